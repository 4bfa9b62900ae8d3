// Error by step on a log axis, with the step shown, and the goal as a zone to reach.
function curvePanel(view) {
  const p = panel("curve", "Error by step");
  const ranges = new Map();

  // The same axis for all settings of a problem, so that curves can be compared.
  const range = () => {
    const index = view.state.problem;
    if (!ranges.has(index)) ranges.set(index, errorRange(view.runsOfProblem(index), view.problem(), view.spec.goal));
    return ranges.get(index);
  };

  p.draw = () => {
    const { colours, spec, state } = view;
    const g = fit(p, colours, { left: 42, bottom: 24 }, state.problem, (under) => scaffold(under));
    if (!g) return;
    const { px, py } = scale(), { x, y, w, h } = p.area;
    g.strokeStyle = colours.muted;
    g.lineWidth = 1;
    if (state.step < spec.steps) line(g, px(state.step), y, px(state.step), y + h);
    inside(g, { x, y, w, h }, () => view.lanes().forEach((run, k) => run && drawCurve(g, run, k, view, px, py)));
    view.lanes().forEach((run, k) => {
      if (!run) return;
      const at = run.diverged ? Math.min(state.step, run.last) : state.step;
      const height = py(run.error[Math.min(at, run.last)]);
      marker(g, MARKERS[k], px(at), Math.min(y + h, Math.max(y, height)), 4.5, colours.lanes[k], colours.paper);
    });
  };

  const scale = () => {
    const { x, y, w, h } = p.area, { low, high, log } = range();
    const height = (v) => (log ? Math.log10(Math.max(v, 1e-300)) : v); // what is below the axis leaves the picture
    return {
      px: (step) => x + (step / view.spec.steps) * w, py: (v) => y + h - within(height(v), [low, high]) * h,
    };
  };

  const scaffold = (g) => {
    const { colours, spec } = view, { w, h } = p.area, { low, high, log } = range(), { px, py } = scale();
    const yTicks = log
      ? decades(low, high, Math.max(3, h / 34)).map((k) => [within(k, [low, high]), k === 0 ? "1" : tenTo(k)])
      : linearTicks(low, high, 5).map((v) => [within(v, [low, high]), number(v)]);
    const label = goalZone(g, p.area, view, px, py);
    axes(g, p, colours, {
      xTicks: linearTicks(0, spec.steps, w > 300 ? 6 : 4).map((v) => [v / spec.steps, String(v)]),
      yTicks, xLabel: "step", grid: true,
    });
    label?.();
  };
  dragging(p, (across) => view.choose({ step: Math.round(Math.min(1, Math.max(0, across)) * view.spec.steps) }));
  return p;
}

function errorRange(runs, problem, goal) {
  let least = Infinity, first = 0, most = -Infinity;
  for (const run of runs) {
    first = Math.max(first, run.error[0]);
    for (const e of run.error) {
      if (e < least) least = e;
      if (e > most && !run.diverged) most = e;
    }
  }
  if (problem.measure === "value" && least <= 0) return { low: least, high: Math.max(most, first), log: false };
  const floor = goal && goal.target ? goal.target * 1e-4 : 1e-12;
  const low = Math.floor(Math.log10(Math.max(least, floor, FLOOR)) + 1e-6);
  return { low, high: Math.max(Math.ceil(Math.log10(Math.max(first, FLOOR)) + 0.7), low + 2), log: true };
}

function goalZone(g, { x, y, h }, view, px, py) {
  const { goal, steps } = view.spec, colours = view.colours;
  if (!goal || goal.target === null || !view.goalCounts()) return null;
  const right = px(goal.within || steps), top = py(goal.target);
  g.fillStyle = g.strokeStyle = colours.goal;
  g.globalAlpha = 0.13;
  g.fillRect(x, top, right - x, y + h - top);
  g.globalAlpha = 1;
  g.lineWidth = 1.2;
  g.setLineDash([4, 3]);
  line(g, x, top, right, top);
  if (goal.within && goal.within < steps) line(g, right, top, right, y + h);
  g.setLineDash([]);
  return () => {
    g.textAlign = "left";
    g.textBaseline = "bottom";
    g.strokeStyle = colours.paper;
    g.lineWidth = 4;
    g.strokeText("goal", x + 6, y + h - 5);
    g.fillStyle = colours.goal;
    g.fillText("goal", x + 6, y + h - 5);
  };
}

function drawCurve(g, run, k, view, px, py) {
  const { colours, state, spec } = view, colour = colours.lanes[k], alone = spec.lanes.length === 1;
  const stop = Math.min(state.step, run.last), end = run.diverged ? run.last : spec.steps;
  const trace = (from, to) => {
    g.beginPath();
    for (let i = from; i <= Math.min(to, run.last); i++) g.lineTo(px(i), py(run.error[i]));
    if (to > run.last && !run.diverged) g.lineTo(px(to), py(run.error[run.last]));
    g.stroke();
  };
  g.strokeStyle = colour;
  g.lineWidth = 1.3;
  g.globalAlpha = 0.35;
  if (state.step < end) trace(stop, end);
  g.globalAlpha = 1;
  g.lineWidth = 2;
  g.setLineDash(DASHES[k]);
  trace(0, run.diverged ? stop : state.step);
  g.setLineDash([]);
  const every = Math.max(1, Math.round(spec.steps / 7)), shift = Math.round((every * k) / spec.lanes.length);
  for (let i = every - shift; !alone && i < stop; i += every) marker(g, MARKERS[k], px(i), py(run.error[i]), 3.2, colour);
}
