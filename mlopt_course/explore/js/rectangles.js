// DIRECT round by round: the rectangles in their box, and by size and value, where the chosen ones lie on a hull.
function divisionsOf(a, rounds) {
  let at = 0;
  return Array.from(a.length, (n, r) => {
    const first = at, error = a.error.subarray(r * (rounds + 1), (r + 1) * (rounds + 1));
    const evaluations = a.evaluations.subarray(r * (rounds + 1), (r + 1) * (rounds + 1));
    at += n;
    const all = Array.from({ length: n }, (_, k) => {
      const i = first + k;
      return {
        centre: [a.centre[2 * i], a.centre[2 * i + 1]], value: a.value[i], born: a.born[i], divided: a.divided[i],
        parts: [a.sides[2 * i], a.sides[2 * i + 1]].map((m) => 3 ** -m),
      };
    });
    return { error, evaluations, there: (round) => all.filter((one) => one.born <= round && round < one.divided) };
  });
}

// Half the diagonal, in units of the box.
const halfDiagonal = ({ parts }) => Math.hypot(...parts) / 2;

function boxPanel(view) {
  const p = panel("landscape", "The box; striped: divided next");
  p.draw = () => {
    const { colours, state, data, arrays } = view, which = view.problem(), { window: box, levels, optima } = data.problems[which];
    const size = arrays.field.length / data.problems.length;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, which, (under) => {
      ground(under, p, colours, arrays.field.subarray(which * size, (which + 1) * size), levels, box);
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h];
    for (const one of view.run().there(state.step)) {
      const [a, b] = at(one.centre), wide = one.parts[0] * w, high = one.parts[1] * h, chosen = one.divided === state.step + 1;
      if (chosen) stripes(g, a - wide / 2, b - high / 2, wide, high, colours);
      Object.assign(g, { strokeStyle: chosen ? colours.lanes[0] : colours.ink, lineWidth: chosen ? 2 : 0.8 });
      g.strokeRect(a - wide / 2, b - high / 2, wide, high);
      if (Math.min(wide, high) > 7) marker(g, "disc", a, b, 1.8, colours.ink);
    }
    optima.forEach((o) => marker(g, "cross", ...at(o), 5.5, colours.ink, colours.halo));
  };
  return p;
}

function stripes(g, x, y, w, h, colours) {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.globalAlpha = 0.25;
  g.fillStyle = colours.lanes[0];
  g.fill();
  g.globalAlpha = 1;
  Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 1.2 });
  for (let t = x - h; t < x + w; t += 7) line(g, t, y + h, t + h, y);
  g.restore();
}

// Each rectangle as a point: its size across, the value at its middle upwards. The chosen ones lie on the hull below right.
function hullPanel(view) {
  const p = panel("curve", "Size and value; diamonds: divided next");
  p.draw = () => {
    const { colours, state } = view, there = view.run().there(state.step), values = there.map((one) => one.value);
    const low = Math.min(...values), high = Math.max(...values, low + 1e-9), box = [[0, 1.12 * Math.max(...there.map(halfDiagonal))], [low - 0.06 * (high - low), high + 0.06 * (high - low)]];
    const g = fit(p, colours, { left: 44, bottom: 24, top: 18 }, [view.index(), state.step], (under) => axes(under, p, colours, {
      xTicks: linearTicks(0, box[0][1], 4).map((v) => [within(v, box[0]), number(v)]),
      yTicks: linearTicks(...box[1], 4).map((v) => [within(v, box[1]), number(v)]), xLabel: "half-diagonal", yLabel: "value",
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, at = (one) => [x + within(halfDiagonal(one), box[0]) * w, y + h - within(one.value, box[1]) * h];
    const chosen = there.filter((one) => one.divided === state.step + 1).sort((a, b) => halfDiagonal(a) - halfDiagonal(b) || b.value - a.value);
    for (const one of there) marker(g, "disc", ...at(one), 2.6, colours.muted);
    Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 1.8 });
    g.beginPath();
    chosen.forEach((one) => g.lineTo(...at(one)));
    g.stroke();
    chosen.forEach((one) => marker(g, "diamond", ...at(one), 4.5, colours.lanes[0], colours.halo));
  };
  return p;
}

function scene(view) {
  const { data, arrays } = view, runs = divisionsOf(arrays, data.rounds), labels = data.problems.map((one) => one.label);
  view.problem = () => labels.indexOf(view.state.problem);
  view.index = () => view.problem() * data.epsilons.length + data.epsilons.indexOf(view.state.epsilon);
  view.run = () => runs[view.index()];
  return {
    panels: [boxPanel(view), hullPanel(view)],
    summary() {
      const { state } = view, run = view.run(), there = run.there(state.step), next = there.filter((one) => one.divided === state.step + 1);
      const sizes = new Set(next.map((one) => halfDiagonal(one).toPrecision(4))).size;
      const told = state.step < data.rounds ? ` The next round divides ${next.length}, of ${plural(sizes, "size")}.` : "";
      return `${sentence(state.problem)}, round ${state.step}: ${plural(there.length, "rectangle")}, ${plural(run.evaluations[state.step], "evaluation")}, error ${number(run.error[state.step])}.${told}`;
    },
    judge() {
      const { goal } = data, run = view.run(), hit = run.error.findIndex((error) => error <= goal.target);
      if (goal.problem !== view.state.problem) return { reached: false, text: `Choose “${goal.problem}” for it.` };
      if (hit < 0) return { reached: false, text: `With this ε it is not there after ${data.rounds} rounds.` };
      const spent = run.evaluations[hit];
      return { reached: spent <= goal.within, text: `With this ε it takes ${plural(spent, "evaluation")}.` };
    },
  };
}
