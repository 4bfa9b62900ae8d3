// Left: the curve with its evaluations, and below it the interval after each as a bar. Right: lengths on a log axis.
function scene(view) {
  const p = panel("plain", "Evaluations, and the interval after each"), q = panel("curve", "Length of the interval, as a part of the first");
  p.box.style.aspectRatio = "1 / 1.02";
  q.box.style.aspectRatio = "1 / 0.95";
  const { data } = view, [from, to] = data.window;
  const runOf = (method) => {
    const run = data.runs[view.state.curve][method];
    return Array.isArray(run) ? run[data.budgets.indexOf(view.state.budget)] : run;
  };
  const shown = (run) => Math.min(view.state.step, view.state.budget, run.x.length);
  const part = (run, k) => (run.interval[k][1] - run.interval[k][0]) / (to - from);

  p.draw = () => {
    const { colours, state } = view, curve = data.curves[state.curve], run = runOf(state.method), count = shown(run);
    const low = Math.min(...curve.y), high = Math.max(...curve.y);
    const g = fit(p, colours, { left: 26, bottom: 26, top: 6 }, [state.curve], (under) => {
      axes(under, p, colours, { xTicks: linearTicks(from, to, 6).map((v) => [within(v, data.window), number(v)]), yTicks: [], xLabel: "x" });
    });
    if (!g) return;
    const { x, y, w, h } = p.area, half = 0.44 * h, px = (v) => x + within(v, data.window) * w;
    const py = (v) => y + half - 8 - within(v, [low, high]) * (half - 30);
    const [a, b] = run.interval[count];
    g.fillStyle = colours.lanes[2];
    g.globalAlpha = 0.16;
    g.fillRect(px(a), y, Math.max(px(b) - px(a), 1.5), half);
    g.globalAlpha = 1;
    g.strokeStyle = colours.rule;
    line(g, x, y + half, x + w, y + half);
    g.strokeStyle = colours.muted;
    g.lineWidth = 1;
    g.setLineDash([3, 3]);
    line(g, px(curve.best), y, px(curve.best), y + h);
    g.setLineDash([]);
    g.strokeStyle = colours.lanes[1];
    g.lineWidth = 2;
    g.beginPath();
    curve.x.forEach((v, k) => g.lineTo(px(v), py(curve.y[k])));
    g.stroke();
    const numbered = []; // the newest first; where points crowd, the older go without a number
    for (let k = count - 1; k >= 0; k--) if (numbered.every((j) => Math.abs(px(run.x[j]) - px(run.x[k])) > 13)) numbered.push(k);
    for (let k = 0; k < count; k++) dot(g, numbered.includes(k) ? String(k + 1) : "", px(run.x[k]), py(run.fun[k]), k === count - 1, colours);
    bars(g, run, count, px, { x, top: y + half + 6, high: h - half - 8 }, colours);
  };

  const dot = (g, text, x, y, last, colours) => {
    marker(g, last ? "diamond" : "disc", x, y, last ? 6 : 4.5, last ? colours.lanes[0] : colours.ink, colours.halo);
    g.textAlign = "center";
    g.textBaseline = "bottom";
    g.strokeStyle = colours.paper;
    g.lineWidth = 3;
    g.strokeText(text, x, y - 7);
    g.fillStyle = last ? colours.lanes[0] : colours.ink;
    g.fillText(text, x, y - 7);
  };

  const bars = (g, run, count, px, { x, top, high }, colours) => {
    const rows = view.state.budget + 1, row = high / rows, thick = Math.max(3, Math.min(12, row - 3));
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (let k = 0; k <= count; k++) {
      const [a, b] = run.interval[k], y = top + (k + 0.5) * row;
      g.fillStyle = colours.lanes[2];
      g.globalAlpha = k === count ? 1 : 0.55;
      g.fillRect(px(a), y - thick / 2, Math.max(px(b) - px(a), 1.5), thick);
      g.globalAlpha = 1;
      g.fillStyle = colours.muted;
      if (row > 9 || k % 2 === 0) g.fillText(String(k), x - 7, y);
      if (k === 0) continue;
      marker(g, k === count ? "diamond" : "disc", px(run.x[k - 1]), y, Math.min(4, thick / 2), k === count ? colours.lanes[0] : colours.ink, colours.halo);
    }
  };

  q.draw = () => {
    const { colours, state } = view, lowest = -3.6;
    const g = fit(q, colours, { left: 40, bottom: 26 }, [], (under) => axes(under, q, colours, {
      xTicks: linearTicks(0, 14, 7).map((v) => [v / 14, String(v)]), xLabel: "evaluations", grid: true,
      yTicks: [0, -1, -2, -3].map((k) => [within(k, [lowest, 0.15]), k === 0 ? "1" : tenTo(k)]) }));
    if (!g) return;
    const { x, y, w, h } = q.area, px = (k) => x + (k / 14) * w;
    const py = (v) => y + h - within(Math.log10(Math.max(v, 1e-9)), [lowest, 0.15]) * h;
    inside(g, q.area, () => {
      g.strokeStyle = colours.ink;
      g.lineWidth = 1.4;
      g.setLineDash([5, 4]);
      g.beginPath();
      data.bound.forEach((v, k) => g.lineTo(px(k), py(v)));
      g.stroke();
      g.setLineDash([]);
      const drawn = [[state.method, 0]];
      if (state.rival !== "nothing") drawn.push([state.rival, 3]);
      for (const [method, lane] of drawn.reverse()) lengths(g, runOf(method), lane, px, py, colours);
    });
    const names = [[state.method, 0], ...(state.rival === "nothing" ? [] : [[state.rival, 3]])];
    names.forEach(([name, lane], k) => legend(g, x + w - 8, y + 13 + 17 * k, name, lane, colours));
    g.fillStyle = colours.ink;
    g.textAlign = "left";
    g.fillText("– – the least that values can promise", x + 8, y + h - 12);
  };

  const lengths = (g, run, lane, px, py, colours) => {
    const count = shown(run), end = Math.min(view.state.budget, run.x.length);
    const trace = (last) => {
      g.beginPath();
      for (let k = 0; k <= last; k++) g.lineTo(px(k), py(part(run, k)));
      g.stroke();
    };
    g.strokeStyle = colours.lanes[lane];
    g.lineWidth = 1.2;
    g.globalAlpha = 0.4;
    trace(end);
    g.globalAlpha = 1;
    g.lineWidth = 2;
    g.setLineDash(DASHES[lane]);
    trace(count);
    g.setLineDash([]);
    for (let k = 0; k <= count; k++) marker(g, MARKERS[lane], px(k), py(part(run, k)), k === count ? 5 : 3, colours.lanes[lane], colours.paper);
  };

  const legend = (g, right, y, name, lane, colours) => {
    g.textAlign = "right";
    g.textBaseline = "middle";
    g.fillStyle = colours.lanes[lane];
    g.fillText(name, right - 14, y);
    marker(g, MARKERS[lane], right - 4, y, 4, colours.lanes[lane]);
  };

  const long = (run, count) => number(part(run, count), 2);
  return {
    panels: [p, q],
    steps: () => view.state.budget,
    summary: () => {
      const { state } = view, run = runOf(state.method), count = shown(run), [a, b] = run.interval[count];
      const best = data.curves[state.curve].best, lost = best < a - 1e-6 || best > b + 1e-6;
      const other = state.rival === "nothing" ? null : runOf(state.rival);
      const done = run.x.length < state.budget && count === run.x.length ? " It has stopped: its points have come together." : "";
      return `${sentence(state.method)}, after ${plural(count, "evaluation")}: the interval is [${number(a, 4)}, ${number(b, 4)}], ${long(run, count)} of the first.`
        + (other ? ` ${sentence(state.rival)}: ${long(other, shown(other))} after ${shown(other)}.` : "")
        + (lost ? " The lowest point of the curve is no longer in it." : "") + done;
    },
    judge: () => {
      const { state } = view, run = runOf(state.method), count = shown(run);
      if (state.method.startsWith("bisection")) return { reached: false, text: "Bisection uses slopes." };
      if (state.curve !== "kink") return { reached: false, text: "" };
      if (count > 9) return { reached: false, text: `These are ${count} evaluations.` };
      const reached = part(run, count) < 1 / 50;
      return { reached, text: `${sentence(state.method)} has ${long(run, count)} after ${count}.` };
    },
  };
}
