// Generations of a genetic algorithm on a landscape; beside them the error of this run and of twenty.
const LEAST = 1e-4;

function boxLandscape(view, p, key, which, draw) {
  const { colours, arrays, data } = view, { window: box, levels, optima } = data.problems[which];
  const size = arrays.field.length / data.problems.length;
  const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, key, (under) => {
    ground(under, p, colours, arrays.field.subarray(which * size, (which + 1) * size), levels, box);
  });
  if (!g) return;
  const { x, y, w, h } = p.area;
  inside(g, p.area, () => draw(g, (u, v) => [x + u * w, y + h - v * h]));
  optima.forEach(([a, b]) => marker(g, "cross", x + within(a, box[0]) * w, y + h - within(b, box[1]) * h, 5.5, colours.ink, colours.halo));
}

function scene(view) {
  const { data, arrays } = view, { parts, problems, generations, rules, never } = data;
  const labels = problems.map((one) => one.label), long = generations + 1, many = arrays.population.length / 2 / (arrays.error.length);
  const names = Object.keys(parts);
  const index = () => names.reduce((at, name) => at * parts[name].length + parts[name].indexOf(view.state[name]), labels.indexOf(view.state.problem));
  const member = (k, i) => [0, 1].map((axis) => arrays.population[2 * ((index() * long + k) * many + i) + axis] / 255);
  const stop = () => arrays.stops[index() * rules.length + rules.indexOf(view.state.termination)];
  const steps = () => Math.min(generations, stop());
  const errorHere = (k) => arrays.error[index() * long + k], spread = (k) => arrays.spread[index() * long + k];
  const quartile = (k, q) => arrays.quartiles[(index() * long + k) * 3 + q];

  const map = panel("landscape", "This generation (discs) and the one before (rings)");
  map.draw = () => {
    const which = labels.indexOf(view.state.problem);
    boxLandscape(view, map, which, which, (g, at) => {
      const { colours, state } = view;
      for (let i = 0; i < many && state.step; i++) marker(g, "ring", ...at(...member(state.step - 1, i)), 3, colours.muted);
      for (let i = 0; i < many; i++) marker(g, "disc", ...at(...member(state.step, i)), 3.6, colours.lanes[0], colours.halo);
    });
  };

  const curve = panel("curve", "Error: this run (line), median and middle half of 20 seeds (dashes and band)");
  curve.draw = () => {
    const { colours, state } = view, top = Math.ceil(Math.log10(Math.max(quartile(0, 2), errorHere(0))));
    const range = [Math.log10(LEAST), top], log = (v) => within(Math.log10(Math.max(v, LEAST)), range);
    const g = fit(curve, colours, { left: 40, bottom: 24 }, ["axes", top], (under) => axes(under, curve, colours, {
      xTicks: linearTicks(0, generations, 6).map((v) => [v / generations, number(v)]),
      yTicks: decades(...range, 5).map((k) => [within(k, range), tenTo(k)]), xLabel: "generation", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = curve.area, px = (k) => x + (k / generations) * w, py = (v) => y + h - log(v) * h;
    const all = Array.from({ length: long }, (_, k) => k);
    g.globalAlpha = 0.18;
    g.fillStyle = colours.lanes[1];
    g.beginPath();
    all.forEach((k) => g.lineTo(px(k), py(quartile(k, 0))));
    all.reverse().forEach((k) => g.lineTo(px(k), py(quartile(k, 2))));
    g.fill();
    g.globalAlpha = 1;
    all.reverse();
    const path = (colour, dash, f, last) => {
      Object.assign(g, { strokeStyle: colour, lineWidth: 2 });
      g.setLineDash(dash);
      g.beginPath();
      all.slice(0, last + 1).forEach((k) => g.lineTo(px(k), py(f(k))));
      g.stroke();
      g.setLineDash([]);
    };
    path(colours.lanes[1], DASHES[1], (k) => quartile(k, 1), generations);
    path(colours.lanes[0], DASHES[0], errorHere, steps());
    if (stop() !== never) {
      Object.assign(g, { strokeStyle: colours.goal, lineWidth: 1.6 });
      g.setLineDash([5, 4]);
      line(g, px(steps()), y, px(steps()), y + h);
      g.setLineDash([]);
    }
    marker(g, "disc", px(state.step), py(errorHere(state.step)), 5, colours.lanes[0], colours.halo);
  };
  dragging(curve, (u) => view.choose({ step: Math.round(u * generations) }));

  return {
    panels: [map, curve],
    steps,
    summary() {
      const { step } = view.state, ended = stop() === never ? "" : ` This rule ends the run at generation ${steps()}, with an error of ${number(errorHere(steps()))}.`;
      return `Generation ${step}: error ${number(errorHere(step))}, spread ${number(spread(step))}.${ended} After ${generations} generations the median of 20 seeds is ${number(quartile(generations, 1))}, the middle half ${number(quartile(generations, 0))} to ${number(quartile(generations, 2))}.`;
    },
    judge() {
      const { goal } = data, end = quartile(generations, 1);
      if (goal.problem !== view.state.problem) return { reached: false, text: `Choose “${goal.problem}” for it.` };
      return { reached: end <= goal.target, text: `With these operators the median is ${number(end)}.` };
    },
  };
}
