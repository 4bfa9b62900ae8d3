// The settings map: the outcome of every setting on the grid, to click, drag on, or walk with the arrow keys.
function mapPanel(view) {
  const p = panel("map", "");
  const [first, second] = view.spec.settings;
  const handle = element("div", {
    class: "mlopt-handle", role: "slider", tabindex: "0", "aria-roledescription": "two-dimensional slider",
    "aria-label": second
      ? `Settings map. Left and right change ${first.label.toLowerCase()}, up and down ${second.label.toLowerCase()}`
      : `Settings map. Left and right change ${first.label.toLowerCase()}`,
  });
  p.box.append(handle);
  const legend = element("canvas", { class: "mlopt-legend", "aria-hidden": "true" });
  p.figure.append(legend);
  const grids = () => [first, second].map((s) => (s ? s.grids[view.state.problem] : [0]));

  p.draw = () => {
    const { colours, state } = view, [across, up] = grids(), ends = finals(view);
    const what = view.problem().measure === "value" ? "Value" : "Error";
    const from = typeof state.start === "number" ? "" : `, from ${view.problem().starts[0].label}`;
    p.heading.textContent = `${what} after ${view.spec.steps} steps, for every ${second ? "setting" : first.label.toLowerCase()}${from}`;
    legend.hidden = !second;
    const g = fit(p, colours, { left: 42, bottom: 24, top: second ? 20 : 8 }, [state.problem, start()], (under) => {
      const label = (grid) => (v, k) => [(k + 0.5) / grid.length, number(v, 3)];
      const yTicks = second ? up.map(label(up)) : decades(ends.low, ends.high, 5).map((k) => [within(k, [ends.low, ends.high]), k === 0 ? "1" : tenTo(k)]);
      const apart = second ? Math.max(1, Math.ceil((yTicks.length * 20) / p.area.h)) : 1;
      if (second) outcomes(under, p.area, ends, across, up, colours);
      else profile(under, p.area, ends, colours);
      axes(under, p, colours, {
        xTicks: across.map(label(across)), yTicks: yTicks.filter((_, k) => k % apart === 0),
        xLabel: first.label.toLowerCase(), yLabel: second ? second.label.toLowerCase() : "",
      });
      theoryMark(under, p.area, view, across, up);
      if (second) drawLegend(legend, ends, view);
    });
    if (!g) return;
    const { x, y, w, h } = p.area;
    const at = [first, second].map((s, k) => (s ? position(grids()[k], state.settings[s.name]) : 0));
    const left = x + ((at[0] + 0.5) / across.length) * w;
    const top = y + h - (second ? (at[1] + 0.5) / up.length : profileHeight(ends, view.scene().runs[0])) * h;
    for (const [colour, width] of [[colours.paper, 5], [colours.ink, 2.2]]) {
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.beginPath();
      g.arc(left, top, 7, 0, 7);
      g.stroke();
    }
    Object.assign(handle.style, { left: left + "px", top: top + "px" });
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-valuemax", String(across.length * up.length - 1));
    handle.setAttribute("aria-valuenow", String(Math.round(at[1]) * across.length + Math.round(at[0])));
    handle.setAttribute("aria-valuetext", `${view.settingsText()}: ${view.outcomeText(view.spec.steps)}`);
  };
  const start = () => (typeof view.state.start === "number" ? view.state.start : 0);

  const go = (i, j) => {
    const [across, up] = grids(), keep = (k, n) => Math.min(n - 1, Math.max(0, k));
    const settings = { [first.name]: across[keep(i, across.length)] };
    if (second) settings[second.name] = up[keep(j, up.length)];
    view.choose({ settings });
  };
  dragging(p, (u, v, event) => {
    if (event.type === "pointerdown") handle.focus({ preventScroll: true });
    go(Math.floor(u * grids()[0].length), Math.floor(v * grids()[1].length));
  });
  handle.addEventListener("keydown", (event) => {
    const [across, up] = grids();
    const i = Math.round(position(across, view.state.settings[first.name]));
    const j = second ? Math.round(position(up, view.state.settings[second.name])) : 0;
    const moves = { ArrowLeft: [i - 1, j], ArrowRight: [i + 1, j], ArrowUp: [i, j + 1], ArrowDown: [i, j - 1],
      Home: [0, j], End: [across.length - 1, j], PageUp: [i, up.length - 1], PageDown: [i, 0] };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    go(...moves[event.key]);
  });
  return p;
}

// Where a value lies on a grid, as a fraction of its places.
function position(grid, value) {
  if (value <= grid[0] || grid.length === 1) return 0;
  for (let k = 1; k < grid.length; k++) {
    if (value <= grid[k]) return k - 1 + (value - grid[k - 1]) / (grid[k] - grid[k - 1]);
  }
  return grid.length - 1;
}

// Where the runs of all settings end (log10 of the error; null where they diverge), and the range of that.
function finals(view) {
  const { problem } = view.state, start = typeof view.state.start === "number" ? view.state.start : 0;
  const key = [problem, start].join();
  if (view.ends?.key === key) return view.ends;
  const runs = view.runsFrom(problem, start).filter((_, k) => k % view.spec.lanes.length === 0);
  const values = runs.map((run) => (run.diverged ? null : Math.log10(Math.max(run.error[run.last], FLOOR))));
  const ended = values.filter((v) => v !== null), low = Math.max(Math.floor(Math.min(0, ...ended)), -12) - (view.spec.settings.length < 2 ? 1 : 0);
  view.ends = { key, values, low, high: Math.max(Math.ceil(Math.max(...ended, -16)), low + 1) };
  return view.ends;
}

const shade = (t, colours) => css(mix(colours.good, colours.bad, Math.min(1, Math.max(0, t)) ** 0.9));

function outcomes(g, { x, y, w, h, ratio }, { values, low, high }, across, up, colours) {
  const whole = (v) => Math.round(v * ratio) / ratio; // cells meet without seams
  for (let i = 0; i < across.length; i++) for (let j = 0; j < up.length; j++) {
    const left = whole(x + (i / across.length) * w), right = whole(x + ((i + 1) / across.length) * w);
    const top = whole(y + h - ((j + 1) / up.length) * h), bottom = whole(y + h - (j / up.length) * h);
    const value = values[i * up.length + j];
    if (value === null) {
      hatch(g, left, top, right - left, bottom - top, colours);
      continue;
    }
    g.fillStyle = shade(within(value, [low, high]), colours);
    g.fillRect(left, top, right - left, bottom - top);
  }
}

// With one setting the map is a line: where each value of it ends.
function profile(g, { x, y, w, h }, ends, colours) {
  const n = ends.values.length, at = (k) => [x + ((k + 0.5) / n) * w, y + h - heightOf(ends, ends.values[k]) * h];
  ends.values.forEach((v, k) => { if (v === null) hatch(g, x + (k / n) * w, y, w / n, h, colours); });
  g.strokeStyle = colours.muted;
  g.lineWidth = 1.5;
  g.beginPath();
  ends.values.forEach((v, k) => { if (v !== null) g[k && ends.values[k - 1] !== null ? "lineTo" : "moveTo"](...at(k)); });
  g.stroke();
  ends.values.forEach((v, k) => { if (v !== null) marker(g, "disc", ...at(k), 2.5, colours.muted); });
}

const heightOf = ({ low, high }, value) => Math.min(1, Math.max(0, within(value, [low, high])));
const profileHeight = (ends, run) => (!run ? 0.5 : run.diverged ? 1 : heightOf(ends, Math.log10(Math.max(run.error[run.last], FLOOR))));

function hatch(g, x, y, w, h, colours) {
  const gap = 6;
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.fillStyle = colours.paper;
  g.fillRect(x, y, w, h);
  g.strokeStyle = colours.rule;
  g.lineWidth = 1.2;
  for (let c = Math.floor((x - y - h) / gap) * gap; c < x + w - y; c += gap) line(g, c + y, y, c + y + h, y + h);
  g.restore();
}

function theoryMark(g, { x, y, w, h }, view, across, up) {
  const best = view.problem().best, [first, second] = view.spec.settings;
  if (!best) return;
  const at = [position(across, best[first.name]), second ? position(up, best[second.name]) : up.length / 2 - 0.5];
  marker(g, "star", x + ((at[0] + 0.5) / across.length) * w, y + h - ((at[1] + 0.5) / up.length) * h, 7,
    view.colours.lanes[0], view.colours.halo);
}

function drawLegend(canvas, { low, high }, view) {
  const { colours } = view, w = canvas.parentElement.clientWidth, ratio = Math.max(1, window.devicePixelRatio || 1);
  if (!w) return;
  Object.assign(canvas, { width: w * ratio, height: 18 * ratio });
  const g = canvas.getContext("2d");
  g.scale(ratio, ratio);
  g.font = `12px ${colours.font}`;
  g.textBaseline = "middle";
  const say = (text, at) => { g.fillStyle = colours.muted; g.fillText(text, at, 9.5); return at + g.measureText(text).width; };
  let at = say(tenTo(low), 0) + 5;
  for (let k = 0; k < 34; k++) {
    g.fillStyle = shade(k / 33, colours);
    g.fillRect(at + k, 4, 1.5, 11);
  }
  at = say(tenTo(high), at + 39) + 10;
  hatch(g, at, 4, 16, 11, colours);
  at = say("diverges", at + 21) + 10;
  if (view.problem().best) {
    marker(g, "star", at + 5, 9.5, 6, colours.lanes[0]);
    say(w < 295 ? "theory" : "best in theory", at + 15);
  }
}
