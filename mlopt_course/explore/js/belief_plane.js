// What Bayesian optimisation believes on a box: the process of each step, computed on a grid, and the points.
const centre = (k, side) => k / (side - 1);

// The map after a step, row by row; the last point chosen is not yet known to it.
function mapOf(problem, step, which, side, initial) {
  const n = initial + step, { kernel, scales, variance, mean } = problem.processes[step];
  const values = problem.values.slice(0, n), best = Math.min(...values);
  const process = gaussianProcess({ points: problem.points.slice(0, n), values, kernel, scales, variance, mean });
  return Float64Array.from({ length: side * side }, (_, k) => {
    const [m, s] = process.predict([centre(k % side, side), centre(Math.floor(k / side), side)]);
    return which === "mean" ? m : which === "deviation" ? s : expectedImprovement(m, s, best);
  });
}

// Levels of equal shares, closer together at the end that matters: low values, or large improvements.
function levelsOf(field, fromAbove) {
  const sorted = Float64Array.from(field).sort(), n = sorted.length - 1;
  const shares = Array.from({ length: 12 }, (_, k) => ((k + 1) / 13) ** 2).map((t) => (fromAbove ? 1 - t : t));
  const chosen = shares.map((t) => sorted[Math.round(t * n)]).filter((v) => !fromAbove || v > 1e-4 * sorted[n]); // no lines where it is next to nothing
  return [...new Set(chosen)].sort((a, b) => a - b);
}

function scene(view) {
  const { data, arrays } = view, { side, initial } = data, labels = data.problems.map((one) => one.label), kept = new Map();
  const problem = () => data.problems[labels.indexOf(view.state.problem)];
  const steps = () => problem().processes.length - 1;
  const field = () => {
    const { problem: name, map, step } = view.state, key = map === "the function" ? `${name}:${map}` : `${name}:${map}:${step}`;
    if (!kept.has(key)) {
      const at = labels.indexOf(name) * side * side;
      const values = map === "the function" ? arrays.truth.subarray(at, at + side * side) : mapOf(problem(), step, map, side, initial);
      kept.set(key, { values, levels: levelsOf(values, map === "expected improvement"), key });
    }
    return kept.get(key);
  };
  const error = (n) => Math.min(...problem().values.slice(0, n)) - problem().lowest;
  const p = panel("landscape", ""), q = panel("curve", "Error: this run (discs), random search (band)");
  p.draw = () => {
    const { colours, state } = view, one = problem(), { window: box } = one, { values, levels, key } = field();
    p.heading.textContent = state.map === "the function" ? "The function itself" : `Map of ${state.map}: full blue is ${state.map === "expected improvement" || state.map === "deviation" ? "small" : "low"}`;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, key, (under) => {
      ground(under, p, colours, values, levels, box);
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + a * w, y + h - b * h], n = initial + state.step;
    one.optima.forEach((o) => marker(g, "cross", ...at(o.map((v, k) => within(v, box[k]))), 5.5, colours.ink, colours.halo));
    one.points.slice(0, n).forEach((u, k) => marker(g, k < initial ? "square" : "disc", ...at(u), k === n - 1 ? 6 : 4, colours.lanes[0], colours.halo));
    if (state.step < steps()) marker(g, "star", ...at(one.points[n]), 8, colours.lanes[2], colours.halo);
  };
  q.draw = () => {
    const { colours, state } = view, one = problem(), n = one.values.length, tens = (v) => Math.log10(Math.max(v, 1e-9));
    const mine = Array.from({ length: n }, (_, k) => tens(error(k + 1))), [low, middle, high] = one.quartiles.map((row) => row.map(tens));
    const box = [Math.floor(Math.min(...mine)), Math.ceil(Math.max(...high, ...mine))];
    const g = fit(q, colours, { left: 40, bottom: 24 }, [state.problem], (under) => axes(under, q, colours, {
      xTicks: linearTicks(0, n, 5).map((v) => [v / n, number(v)]), yTicks: decades(...box, 5).map((k) => [within(k, box), k === 0 ? "1" : tenTo(k)]), xLabel: "evaluations", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = q.area, spot = (k, v) => [x + ((k + 1) / n) * w, y + h - within(v, box) * h];
    inside(g, q.area, () => {
      g.fillStyle = colours.muted;
      g.globalAlpha = 0.25;
      g.beginPath();
      low.forEach((v, k) => g.lineTo(...spot(k, v)));
      for (let k = n - 1; k >= 0; k--) g.lineTo(...spot(k, high[k]));
      g.fill();
      g.globalAlpha = 1;
      const trace = (row, upTo, colour, dash) => {
        Object.assign(g, { strokeStyle: colour, lineWidth: 2 });
        g.setLineDash(dash);
        g.beginPath();
        row.slice(0, upTo).forEach((v, k) => g.lineTo(...spot(k, v)));
        g.stroke();
        g.setLineDash([]);
      };
      trace(middle, n, colours.muted, DASHES[1]);
      trace(mine, initial + state.step, colours.lanes[0], []);
      mine.slice(0, initial + state.step).forEach((v, k) => marker(g, "disc", ...spot(k, v), 3, colours.lanes[0], colours.halo));
    });
  };
  return {
    panels: [p, q],
    steps,
    summary() {
      const n = initial + view.state.step, one = problem(), { scales } = one.processes[view.state.step];
      const near = scales.map((s, k) => number(s * (one.window[k][1] - one.window[k][0]))).join(" and ");
      return `After ${n} evaluations the error is ${number(error(n))}; the median of random search is ${number(one.quartiles[1][n - 1])}. The fitted length scales are ${near}.`
        + (view.state.step < steps() ? " The star is evaluated next." : "");
    },
    judge() {
      const n = initial + view.state.step, there = (k) => error(k) <= 1e-3 * error(initial), first = there(n) && (view.state.step === 0 || !there(n - 1));
      const text = !there(n) ? `Here the error is ${number(error(n) / error(initial))} times the first.` : first ? `Evaluation ${n} it is.` : "It was there before.";
      return { reached: first && view.state.map === "mean", text: first && view.state.map !== "mean" ? `${text} Now show the map of the mean.` : text };
    },
  };
}
