// The adversary of the proof, as in adversary.py; test_explore_bracketing.py compares them.
function promised(bound, inner, low, high, remaining) {
  return Math.max((high - low) * bound[remaining + 1], Math.max(inner - low, high - inner) * (remaining > 0 ? bound[remaining] : 1));
}

function answered(bound, { low, high, inner }, at, remaining) {
  if (!(low < at && at < high)) return { low, high, inner, said: "outside" };
  if (inner === null) return { low, high, inner: at, said: "first" };
  if (at === inner) return { low, high, inner, said: "same" };
  const higher = at > inner ? [low, at] : [at, high], lower = at > inner ? [inner, high] : [low, inner];
  if (promised(bound, inner, ...higher, remaining) >= promised(bound, at, ...lower, remaining)) {
    return { low: higher[0], high: higher[1], inner, said: "higher" };
  }
  return { low: lower[0], high: lower[1], inner: at, said: "lower" };
}

const WORDS = {
  first: "is the first: nothing to compare it with.", higher: "is higher than the lowest so far.", lower: "is lower than all so far.",
  outside: "lies outside the interval: wasted.", same: "has been evaluated already: wasted.",
};

function scene(view) {
  const p = panel("plain", "Where to evaluate, and what has been answered"), q = panel("curve", "What is left of the interval");
  const { bound } = view.data;
  p.window = [[0, 1], [-0.35, 1.15]];
  q.window = [[0, 1], [0, 1]];
  let points = [], states = [{ low: 0, high: 1, inner: null, said: "" }];
  const last = () => states[states.length - 1];
  const restart = () => { points = []; states = [states[0]]; };
  const place = () => {
    const { low, high, inner } = last(), n = view.state.budget;
    if (inner === null) return (bound[n] / bound[n - 1]);
    const mirrored = low + high - inner;
    return Math.abs(mirrored - inner) > 0.0025 ? mirrored : inner + 0.005;
  };

  p.draw = () => {
    const { colours, state } = view;
    const g = fit(p, colours, { left: 12, bottom: 26, top: 6, right: 12 }, [], (under) => axes(under, p, colours, {
      xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => [v, number(v)]), yTicks: [], xLabel: "x" }));
    if (!g) return;
    const { x, y, w, h } = p.area, px = (v) => x + v * w, py = (v) => y + h - within(v, p.window[1]) * h;
    const { low, high, inner } = last();
    g.fillStyle = colours.lanes[2];
    g.globalAlpha = 0.18;
    g.fillRect(px(low), y, px(high) - px(low), py(0) - y);
    g.globalAlpha = 1;
    g.strokeStyle = colours.muted;
    g.lineWidth = 1;
    line(g, x, py(0), x + w, py(0));
    const sorted = [...new Set(points)].sort((a, b) => a - b), lowest = sorted.indexOf(inner), most = Math.max(2, sorted.length - 1);
    const height = (k) => 0.12 + (0.85 * Math.abs(k - lowest)) / most;
    g.setLineDash([2, 4]);
    g.strokeStyle = colours.lanes[1];
    g.beginPath();
    sorted.forEach((v, k) => g.lineTo(px(v), py(height(k))));
    g.stroke();
    g.setLineDash([]);
    g.textAlign = "center";
    g.textBaseline = "bottom";
    sorted.forEach((v, k) => {
      marker(g, k === lowest ? "diamond" : "disc", px(v), py(height(k)), k === lowest ? 7 : 5, k === lowest ? colours.lanes[0] : colours.ink, colours.halo);
      g.fillStyle = colours.ink;
      g.fillText(String(points.indexOf(v) + 1), px(v), py(height(k)) - 9);
    });
    if (state.hint && points.length < state.budget) {
      const at = px(place());
      g.strokeStyle = colours.lanes[3];
      g.lineWidth = 1.6;
      g.setLineDash([5, 3]);
      line(g, at, y, at, py(0));
      g.setLineDash([]);
      g.fillStyle = colours.lanes[3];
      g.textBaseline = "top";
      g.fillText(number(place(), 3), Math.min(Math.max(at, x + 16), x + w - 16), py(0) + 16);
    }
    g.strokeStyle = colours.lanes[1];
    line(g, px(state.ask[0]), py(0) - 12, px(state.ask[0]), py(0) + 12);
    marker(g, "square", px(state.ask[0]), py(0), 7, colours.lanes[1], colours.halo);
    g.fillStyle = colours.lanes[1];
    g.textBaseline = "top";
    if (!state.hint) g.fillText(number(state.ask[0], 3), Math.min(Math.max(px(state.ask[0]), x + 16), x + w - 16), py(0) + 16);
  };

  q.draw = () => {
    const { colours, state } = view, rows = state.budget + 1;
    const g = fit(q, colours, { left: 20, bottom: 26, right: 14 }, [], (under) => axes(under, q, colours, {
      xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => [v, number(v)]), yTicks: [], xLabel: "x" }));
    if (!g) return;
    const { x, y, w, h } = q.area, row = h / rows;
    g.textAlign = "right";
    g.textBaseline = "middle";
    states.forEach(({ low, high }, k) => {
      g.fillStyle = colours.lanes[2];
      g.globalAlpha = k === states.length - 1 ? 1 : 0.5;
      g.fillRect(x + low * w, y + k * row + 3, Math.max((high - low) * w, 1.5), row - 6);
      g.globalAlpha = 1;
      g.fillStyle = colours.muted;
      g.fillText(String(k), x - 7, y + (k + 0.5) * row);
      if (k) marker(g, "disc", x + points[k - 1] * w, y + (k + 0.5) * row, Math.min(4, row / 3), colours.ink, colours.halo);
    });
  };

  const long = () => last().high - last().low;
  return {
    panels: [p, q],
    settle(next, before) {
      if (next.budget !== before.budget) restart();
      return next;
    },
    act: {
      evaluate() {
        const { budget, ask } = view.state;
        if (points.length >= budget) {
          view.choose({});
          view.note = "All evaluations are made. Start again to play another game.";
          return view.update();
        }
        const at = Number(ask[0].toFixed(3));
        points.push(at);
        states.push(answered(bound, last(), at, budget - points.length));
        return view.choose({});
      },
      again() { restart(); view.choose({}); },
    },
    summary: () => {
      const { budget } = view.state, { low, high, said } = last();
      const told = points.length ? `Point ${points.length}, at ${number(points[points.length - 1], 3)}, ${WORDS[said]} ` : "";
      return `${told}Left is [${number(low, 3)}, ${number(high, 3)}], a length of ${number(long(), 3)}; ${plural(budget - points.length, "evaluation")} to come. `
        + `With ${budget} nobody can force it below ${number(bound[budget], 3)}.`;
    },
    judge: () => {
      const { budget } = view.state, done = points.length === budget;
      if (budget !== 5) return { reached: false, text: `This game has ${budget}.` };
      if (!done) return { reached: false, text: `${points.length} of 5 made.` };
      const reached = long() <= 0.14;
      return { reached, text: `You left ${number(long(), 3)}.` + (reached ? "" : " The adversary kept more than it had to.") };
    },
  };
}
