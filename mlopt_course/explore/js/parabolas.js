// Newton's method on a curve: at each iterate the parabola with the same value, slope and curvature, and the jump to
// its stationary point. Iterates, slopes and curvatures come from Python.
function startsOf(lengths) {
  const offsets = new Uint32Array(lengths.length);
  for (let k = 1; k < lengths.length; k++) offsets[k] = offsets[k - 1] + lengths[k - 1];
  return offsets;
}

// The run from the computed start nearest to x: { start, states: [[x, f, slope, curvature], ...] }.
function runAt({ data, arrays, offsets }, name, x) {
  const k = data.functions.indexOf(name), [low, high] = data.windows[k][0], last = data.starts - 1;
  const i = Math.min(last, Math.max(0, Math.round(((x - low) / (high - low)) * last))), at = k * data.starts + i;
  const states = Array.from({ length: arrays.lengths[at] }, (_, m) =>
    Array.from(arrays.states.subarray(4 * (offsets[at] + m), 4 * (offsets[at] + m) + 4)));
  return { start: low + (i / last) * (high - low), states };
}

function verdict(states, most) {
  const [x, , slope, curvature] = states[states.length - 1], n = states.length - 1;
  if (Math.abs(slope) < 1e-6 && Math.abs(x) < 1e5 && Math.abs(curvature) > 1e-5) return curvature > 0 ? "minimum" : "maximum";
  return n < most || Math.abs(x) > 1e3 ? "lost" : "underway";
}

function curvePanel(view) {
  const p = panel("landscape", "The function, and the parabola at the point reached");
  p.draw = () => {
    const { data, arrays, colours, state } = view, k = data.functions.indexOf(state.function);
    const [across, up] = (p.window = data.windows[k]), { states } = view.run(), n = Math.min(state.step, states.length - 1);
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, state.function, (under) => {
      axes(under, p, colours, {
        xTicks: linearTicks(...across, 5).map((v) => [within(v, across), number(v)]),
        yTicks: linearTicks(...up, 5).map((v) => [within(v, up), number(v)]), xLabel: "x", yLabel: "f(x)",
      });
      const { x, y, w, h } = p.area, points = arrays.curves.length / data.functions.length;
      inside(under, p.area, () => {
        Object.assign(under, { strokeStyle: colours.lanes[1], lineWidth: 2.2 });
        under.beginPath();
        for (let i = 0; i < points; i++) {
          under.lineTo(x + (i / (points - 1)) * w, y + h - within(arrays.curves[k * points + i], up) * h);
        }
        under.stroke();
      });
    });
    if (!g) return;
    const { x, y, w, h } = p.area, left = (v) => x + within(v, across) * w, top = (v) => y + h - within(v, up) * h;
    inside(g, p.area, () => {
      const [at, f, slope, curvature] = states[n], jump = at - slope / curvature;
      const model = (v) => f + slope * (v - at) + (curvature * (v - at) ** 2) / 2;
      Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 1.8 });
      g.setLineDash(DASHES[1]);
      g.beginPath();
      for (let i = 0; i <= 120; i++) {
        const v = across[0] + (i / 120) * (across[1] - across[0]);
        g.lineTo(x + (i / 120) * w, Math.max(y - 1e4, Math.min(y + 1e4, top(model(v)))));
      }
      g.stroke();
      g.setLineDash([]);
      if (Number.isFinite(jump)) {
        g.lineWidth = 1;
        line(g, left(jump), y, left(jump), y + h);
        marker(g, "diamond", left(jump), top(model(jump)), 5, colours.lanes[0], colours.halo);
      }
      states.slice(0, n).forEach(([a, b]) => marker(g, "disc", left(a), top(b), 3.5, colours.muted, colours.halo));
      marker(g, "ring", left(at), top(f), 6.5, colours.ink, colours.halo);
      marker(g, "triangle", left(view.run().start), top(0), 6, colours.ink, colours.halo);
    });
  };
  return p;
}

// The slope's size by step, on a log axis: correct digits double.
function slopesPanel(view) {
  const p = panel("curve", "Size of the slope, by step"), most = view.spec.controls.find((c) => c.kind === "steps").most;
  const up = [-16, 4];
  p.draw = () => {
    const { colours, state } = view, { states } = view.run(), n = Math.min(state.step, states.length - 1);
    const g = fit(p, colours, { left: 40, bottom: 24, top: 18 }, "", (under) => axes(under, p, colours, {
      xTicks: linearTicks(0, most, 6).map((v) => [v / most, number(v)]),
      yTicks: decades(...up, 6).map((v) => [within(v, up), tenTo(v)]), xLabel: "step", yLabel: "|f′(x)|", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area;
    const at = ([, , slope], k) => [x + (k / most) * w, y + h - Math.min(1, Math.max(0, within(Math.log10(Math.abs(slope) || 1e-16), up))) * h];
    Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 1.8 });
    g.beginPath();
    states.slice(0, n + 1).forEach((s, k) => g.lineTo(...at(s, k)));
    g.stroke();
    states.slice(0, n + 1).forEach((s, k) => marker(g, k === n ? "ring" : "disc", ...at(s, k), k === n ? 6 : 3.5, colours.lanes[0], colours.halo));
  };
  return p;
}

function scene(view) {
  view.offsets = startsOf(view.arrays.lengths);
  view.run = () => runAt(view, view.state.function, view.state.start[0]);
  const most = view.spec.controls.find((c) => c.kind === "steps").most;
  return {
    panels: [curvePanel(view), slopesPanel(view)],
    settle(state) {
      const [low, high] = view.data.windows[view.data.functions.indexOf(state.function)][0];
      const inside = Math.min(high, Math.max(low, state.start[0]));
      return { ...state, start: [inside, 0] };
    },
    summary() {
      const { states, start } = view.run(), n = Math.min(view.state.step, states.length - 1), [x, , slope, curvature] = states[n];
      const shape = curvature > 0 ? "opens upwards: the jump goes to its bottom" : curvature < 0 ? "opens downwards: the jump goes to its top" : "is a straight line: there is no jump";
      const what = verdict(states, most), end = states[states.length - 1][0];
      const fate = { minimum: `It arrives at a minimum, ${number(end, 4)}`, maximum: `It arrives at a maximum, ${number(end, 4)}`,
        lost: "It runs away", underway: "It has not arrived" }[what];
      return `From ${number(start, 3)}, step ${n}: x is ${number(x, 5)}, the slope ${number(slope, 3)}, the curvature ${number(curvature, 3)}. The parabola ${shape}. ${fate}, after ${plural(states.length - 1, "step")}.`;
    },
    judge() {
      const { states } = view.run(), { data, state } = view, what = verdict(states, most);
      const reached = state.function === data.climbs && what === "maximum";
      if (reached) return { reached, text: `From ${number(view.run().start, 3)} it climbs to the top, in ${plural(states.length - 1, "step")}.` };
      if (state.function !== data.climbs) return { reached, text: `Choose the function “${data.climbs}”.` };
      return { reached, text: what === "minimum" ? "From here it ends at a minimum." : "From here it does not arrive." };
    },
    steps: () => view.run().states.length - 1,
  };
}
