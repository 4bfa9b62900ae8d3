// The reader measures a hidden function; then it is shown, with what methods did in as many evaluations. The values
// and the methods' points are Python's; here the reader's lowest value is kept and put in shares of the range.
const share = (value, { low, high }) => Math.max(0, (value - low) / (high - low));
const lowest = (values) => values.reduce((list, v) => [...list, Math.min(v, list.at(-1) ?? Infinity)], []);
const percent = (t) => (t < 5e-5 ? "below 0.01 %" : `${number(100 * t, 2)} %`);

function scene(view) {
  const { data, arrays } = view, plane = data.kind === "plane", { budget, names } = data;
  const tries = Object.fromEntries(names.map((name) => [name, []])), seenBefore = {}; // the reader's points, by function
  const p = panel("plain", ""), q = panel("curve", "");
  const which = () => names.indexOf(view.state.function), hidden = () => data.hidden[view.state.function];
  const mine = () => tries[view.state.function], open = () => view.state.reveal;
  const span = [data.low, data.high];
  p.window = [span, span];

  const valueAt = ([x, y]) => {
    const n = plane ? data.side : arrays.places.length / names.length;
    const at = (t) => Math.round(within(t, span) * (n - 1));
    return arrays.places[plane ? (which() * n + at(y)) * n + at(x) : which() * n + at(x)];
  };
  const place = () => (plane ? view.state.place : [view.state.x]);
  const snapped = (at) => at.map((t) => (plane ? data.low + (Math.round(within(t, span) * (data.side - 1)) / (data.side - 1)) * (data.high - data.low) : t));

  const measure = () => {
    if (mine().length >= budget || open()) {
      view.note = open() ? "The function is shown. Hide it and start over to play again." : "";
      return view.update();
    }
    const at = place();
    mine().push({ at, value: valueAt(at) });
    return view.choose(mine().length === budget ? { reveal: true } : {});
  };
  const again = () => {
    tries[view.state.function] = [];
    view.choose({ reveal: false });
  };
  // Who looks before the last measurement does not win with the rest.
  const settle = (next) => {
    if (plane) next.place = snapped(next.place);
    if (next.reveal && (tries[next.function] ?? []).length < budget) seenBefore[next.function] = true;
    if (!next.reveal && (tries[next.function] ?? []).length === 0) seenBefore[next.function] = false;
    return next;
  };

  const best = () => Math.min(...mine().map(({ value }) => value));
  const heights = () => { // the values between which the picture runs; before the function is shown, those seen
    if (open()) { const { low, high } = hidden(); return [low - 0.5 * (high - low), high + 0.05 * (high - low)]; }
    const values = mine().map(({ value }) => value), low = Math.min(...values), high = Math.max(...values);
    if (!values.length) return [0, 1];
    const room = 0.15 * (high - low) || 0.5;
    return [low - room, high + room];
  };

  p.draw = () => (plane ? drawPlane(p, view, { mine, open, hidden, which }) : drawLine(p, view, { mine, open, hidden, which, heights }));
  const key = markKey(view, () => (open() ? ["you", ...hidden().runs.map(({ name }) => name)] : []));
  q.draw = () => { key.update(); drawBest(q, view, { mine, open, hidden }); };

  if (!plane) dragging(p, (u) => view.choose({ x: data.low + Math.min(1, Math.max(0, u)) * (data.high - data.low) }));
  else p.canvas.addEventListener("pointerdown", (event) => { // a click anywhere brings the handle there
    const r = p.canvas.getBoundingClientRect(), { x, y, w, h } = p.area;
    const at = [(event.clientX - r.left - x) / w, 1 - (event.clientY - r.top - y) / h];
    if (!event.button) view.choose({ place: at.map((t) => data.low + t * (data.high - data.low)) });
  });

  const told = () => {
    const { runs, quartiles } = hidden();
    const list = runs.map(({ name, share: s }) => (name === "random search"
      ? `${name} ${percent(quartiles[0])} to ${percent(quartiles[1])} (the middle half of ${data.seeds} seeds)` : `${name} ${percent(s.at(-1))}`));
    const you = mine().length ? `, you ${percent(share(best(), hidden()))} with ${plural(mine().length, "measurement")}` : "";
    return `How far above the minimum, in shares of the range: with ${budget} measurements ${list.join(", ")}${you}.`;
  };
  const summary = () => {
    if (open()) return told();
    const n = mine().length;
    if (!n) return `Choose a place and measure. You have ${plural(budget, "measurement")}.`;
    const { at } = mine().reduce((a, b) => (b.value < a.value ? b : a)), last = mine().at(-1);
    return `Measurement ${n} of ${budget}: ${number(last.value, 3)} at ${plane ? point(last.at) : `x = ${number(last.at[0], 3)}`}. Lowest so far ${number(best(), 3)}, at ${plane ? point(at) : `x = ${number(at[0], 3)}`}.`;
  };
  const judge = () => {
    const n = mine().length, near = n > 0 && share(best(), hidden()) <= data.close, fair = !seenBefore[view.state.function];
    const first = mine().findIndex(({ value }) => share(value, hidden()) <= data.close) + 1;
    if (near && fair) return { reached: true, text: `Reached on ${view.state.function} with ${plural(first, "measurement")}.`, score: null };
    if (near) return { reached: false, text: "Near enough, but you have looked." };
    return { reached: false, text: n >= budget ? "Not this time." : n ? `${plural(budget - n, "measurement")} left.` : "" };
  };
  return { panels: [p, q], summary, judge, settle, act: { measure, again }, extras: [key.row] };
}

// Which mark is whose.
function markKey(view, names) {
  const row = element("div", { class: "mlopt-lanes" });
  const update = () => {
    const ratio = Math.max(1, window.devicePixelRatio || 1);
    row.hidden = !names().length;
    row.replaceChildren(...names().map((name, k) => {
      const swatch = element("canvas", { class: "mlopt-swatch", "aria-hidden": "true", width: 38 * ratio, height: 14 * ratio });
      const g = swatch.getContext("2d");
      g.scale(ratio, ratio);
      g.strokeStyle = view.colours.lanes[k];
      g.lineWidth = 2.2;
      g.setLineDash(DASHES[k]);
      line(g, 2, 7, 36, 7);
      marker(g, MARKERS[k], 19, 7, 4, view.colours.lanes[k]);
      return element("div", { class: "mlopt-lane" }, swatch, element("span", { class: "mlopt-name", text: name }));
    }));
  };
  return { row, update };
}

function cornerTicks([low, high]) {
  const ticks = linearTicks(low, high, 5), texts = ticks.map((v) => number(v));
  const digits = new Set(texts).size < texts.length ? 4 : 2; // so that neighbours differ
  return ticks.map((v) => [within(v, [low, high]), number(v, digits)]);
}

function drawLine(p, view, { mine, open, hidden, which, heights }) {
  const { colours, data, arrays, state } = view, span = [data.low, data.high], up = heights();
  p.heading.textContent = open() ? `Function ${state.function}, and where it was measured` : "What you have measured";
  const g = fit(p, colours, { left: 40, bottom: 24, top: 18 }, [which(), open(), up], (under) => {
    axes(under, p, colours, { xTicks: cornerTicks(span), yTicks: mine().length || open() ? cornerTicks(up) : [], xLabel: "x", yLabel: "f(x)" });
    if (!open()) return;
    const n = arrays.fine.length / data.names.length, { x, y, w, h } = p.area;
    under.strokeStyle = colours.muted;
    under.lineWidth = 1.8;
    under.beginPath();
    for (let k = 0; k < n; k++) under.lineTo(x + (k / (n - 1)) * w, y + h - within(arrays.fine[which() * n + k], up) * h);
    under.stroke();
    hidden().runs.forEach(({ points, name }, k) => { // a row of marks for each method
      const row = y + h - (0.06 + 0.07 * (2 - k)) * h;
      for (const [at] of points) marker(under, MARKERS[k + 1], x + within(at, span) * w, row, 3.4, colours.lanes[k + 1]);
      const low = points.reduce((a, b) => (b[1] < a[1] ? b : a));
      marker(under, MARKERS[k + 1], x + within(low[0], span) * w, y + h - within(low[1], up) * h, 5.5, colours.lanes[k + 1], colours.halo);
    });
  });
  if (!g) return;
  const { x, y, w, h } = p.area, at = x + within(state.x, span) * w;
  g.strokeStyle = colours.ink;
  g.lineWidth = 1;
  g.setLineDash([4, 3]);
  line(g, at, y, at, y + h);
  g.setLineDash([]);
  mine().forEach(({ at: [t], value }) => marker(g, MARKERS[0], x + within(t, span) * w, y + h - within(value, up) * h, 4.5, colours.lanes[0], colours.halo));
}

function drawPlane(p, view, { mine, open, hidden, which }) {
  const { colours, data, arrays } = view, span = [data.low, data.high], n = data.side;
  p.heading.textContent = open() ? `Function ${view.state.function}, and where it was measured` : "What you have measured";
  const g = fit(p, colours, { left: 30, bottom: 24, top: 18 }, [which(), open()], (under) => {
    const { x, y, w, h, ratio } = p.area, field = arrays.places.subarray(which() * n * n, (which() + 1) * n * n);
    if (open()) {
      const { low, high } = hidden(), levels = Array.from({ length: 14 }, (_, k) => low + (high - low) * ((k + 1) / 15) ** 1.6);
      under.drawImage(contours(field, levels, w * ratio, h * ratio, colours), x, y, w, h);
    }
    axes(under, p, colours, { xTicks: cornerTicks(span), yTicks: cornerTicks(span), xLabel: "x₁", yLabel: "x₂" });
    if (open()) hidden().runs.forEach(({ points }, k) => points.forEach(([a, b]) => (
      marker(under, MARKERS[k + 1], x + within(a, span) * w, y + h - within(b, span) * h, 4, colours.lanes[k + 1], colours.halo))));
  });
  if (!g) return;
  const { x, y, w, h } = p.area, low = Math.min(...mine().map(({ value }) => value));
  g.textAlign = "left";
  g.textBaseline = "middle";
  mine().forEach(({ at: [a, b], value }) => {
    const left = x + within(a, span) * w, top = y + h - within(b, span) * h, text = number(value, 3);
    marker(g, MARKERS[0], left, top, value === low ? 6 : 4, colours.lanes[0], colours.halo);
    if (open()) return;
    const wide = g.measureText(text).width, from = left + 9 + wide > x + w ? left - 9 - wide : left + 9;
    g.fillStyle = value === low ? colours.lanes[0] : colours.muted;
    g.fillText(text, from, top - 9);
  });
  const [u, v] = view.state.place.map((t) => within(t, span)), cx = x + u * w, cy = y + h - v * h;
  g.strokeStyle = colours.ink;
  g.lineWidth = 1.5;
  line(g, cx - 13, cy, cx - 5, cy);
  line(g, cx + 5, cy, cx + 13, cy);
  line(g, cx, cy - 13, cx, cy - 5);
  line(g, cx, cy + 5, cx, cy + 13);
}

// The lowest value by measurement: the reader's alone while the function is hidden, then everybody's distance from
// the minimum, on a log axis.
function drawBest(q, view, { mine, open, hidden }) {
  const { colours, data } = view, n = data.budget, xTicks = [1, 5, 10, 15].map((k) => [(k - 0.5) / n, String(k)]);
  const yours = lowest(mine().map(({ value }) => value));
  q.heading.textContent = open() ? "Distance from the minimum (share of the range) by measurement" : "Your lowest value so far, by measurement";
  const floor = -4, rows = open() ? hidden().runs.map((run) => run.share) : [];
  const all = open() ? [yours.map((v) => share(v, hidden())), ...rows] : [yours];
  const up = open() ? [floor, 0] : [Math.min(...yours, Infinity), Math.max(...yours, -Infinity)];
  if (!open()) { const room = yours.length ? 0.15 * (up[1] - up[0]) || 0.5 : 0; up[0] -= room; up[1] += room; }
  const height = (v) => (open() ? Math.log10(Math.max(v, 10 ** floor)) : v);
  const yTicks = open() ? [0, -1, -2, -3, -4].map((k) => [within(k, up), ["100 %", "10 %", "1 %", "0.1 %", "0.01 %"][-k]]) : yours.length ? cornerTicks(up) : [];
  const g = fit(q, colours, { left: 48, bottom: 24, top: 8 }, [open(), up, view.state.function], (under) => axes(under, q, colours, { xTicks, yTicks, xLabel: "", grid: true }));
  if (!g) return;
  const { x, y, w, h } = q.area, px = (k) => x + ((k + 0.5) / n) * w, py = (v) => y + h - within(height(v), up) * h;
  all.forEach((values, k) => {
    if (!values.length) return;
    g.strokeStyle = colours.lanes[k];
    g.lineWidth = k ? 1.6 : 2.2;
    g.setLineDash(DASHES[k]);
    g.beginPath();
    values.forEach((v, i) => g.lineTo(px(i), py(v)));
    g.stroke();
    g.setLineDash([]);
    values.forEach((v, i) => { if (i === values.length - 1 || (i + k) % 4 === 0) marker(g, MARKERS[k], px(i), py(v), 3.6, colours.lanes[k], colours.paper); });
  });
}
