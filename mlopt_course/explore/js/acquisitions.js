// A rule evaluates a hidden function step by step: belief above, the rule's opinion of every point below.
const GRID = Array.from({ length: 201 }, (_, k) => k / 200), COARSE = GRID.filter((_, k) => k % 2 === 0);

// What is believed after some evaluations, and what each point is worth; the highest is evaluated next.
function judged(values, places, { rule, daring, scale, xis, betas, normals }) {
  const process = gaussianProcess({ points: places.map((k) => [GRID[k]]), values: places.map((k) => values[k]), kernel: "Matérn 5/2", scales: [scale] });
  const told = GRID.map((x) => process.predict([x])), best = Math.min(...places.map((k) => values[k]));
  let drawn = null, worth;
  if (rule === "expected improvement") worth = told.map(([m, s]) => expectedImprovement(m, s, best, xis[daring]));
  else if (rule === "probability of improvement") worth = told.map(([m, s]) => probabilityOfImprovement(m, s, best, xis[daring]));
  else if (rule === "lower confidence bound") worth = told.map(([m, s]) => betas[daring] * s - m);
  else {
    const rough = process.draw(COARSE.map((x) => [x]), [normals])[0];
    drawn = GRID.map((_, k) => (k % 2 ? (rough[(k - 1) / 2] + rough[(k + 1) / 2]) / 2 : rough[k / 2]));
    worth = drawn.map((v) => -v);
  }
  return { mean: told.map(([m]) => m), std: told.map(([, s]) => s), best, worth, drawn, next: highest(worth, places) };
}

function walk(values, first, steps, asked, normalsAt) {
  const places = [...first], seen = [];
  for (let k = 0; k <= steps; k++) {
    const now = judged(values, places, { ...asked, normals: normalsAt(k) });
    seen.push({ ...now, places: [...places] });
    places.push(now.next);
  }
  return seen;
}

function scene(view) {
  const { data, arrays } = view, { labels, xis, betas, first, steps } = data;
  const functions = labels.map((_, k) => Array.from(arrays.values.subarray(201 * k, 201 * (k + 1))));
  const values = () => functions[labels.indexOf(view.state.function)], kept = new Map();
  const look = () => {
    const { function: f, rule, daring, lengthscale } = view.state, key = [f, rule, daring, lengthscale].join();
    if (!kept.has(key)) {
      const normalsAt = (k) => arrays.normals.subarray(101 * ((steps + 1) * daring + k), 101 * ((steps + 1) * daring + k + 1));
      kept.set(key, walk(values(), first, steps, { rule, daring, scale: lengthscale, xis, betas }, normalsAt));
    }
    return kept.get(key);
  };
  const now = () => look()[view.state.step], above = (one) => one.best - Math.min(...values());
  const p = panel("curve", ""), q = panel("curve", "");
  p.draw = () => {
    const { colours, state } = view, f = values(), { places, next, drawn, ...belief } = now();
    p.heading.textContent = drawn ? "Mean, band, function (dashed); drawn: the sample (solid)" : "Mean, band of two deviations, function (dashed)";
    p.window = [[0, 1], [-4, 4]];
    const g = fit(p, colours, { left: 30, bottom: 24 }, "axes", (under) => axes(under, p, colours, unitTicks("x", p.window)));
    if (!g) return;
    const { px, py } = drawBelief(g, p, colours, GRID, { ...belief, truth: f, drawn: drawn ? [drawn] : [], points: places.map((k) => [GRID[k], f[k]]) });
    if (state.step) marker(g, "ring", px(GRID[places.at(-1)]), py(f[places.at(-1)]), 8, colours.lanes[0], colours.halo);
    marker(g, "star", px(GRID[next]), p.area.y + p.area.h - 8, 7, colours.lanes[2], colours.halo);
  };
  q.draw = () => {
    const { colours, state } = view, { worth, next } = now(), low = Math.min(...worth), high = Math.max(...worth), room = 0.08 * (high - low) || 1e-12;
    const what = { "expected improvement": "Expected improvement", "probability of improvement": "Probability of improvement", "lower confidence bound": "Bound, upside down: β s − m", "Thompson sampling": "The sample, upside down" };
    q.heading.textContent = `${what[state.rule]}; star: next`;
    q.window = [[0, 1], [low - room, high + room]];
    const g = fit(q, colours, { left: 46, bottom: 24 }, q.window, (under) => axes(under, q, colours, unitTicks("x", q.window, 4)));
    if (!g) return;
    const { x, y, w, h } = q.area, px = (v) => x + v * w, py = (v) => y + h - within(v, q.window[1]) * h;
    Object.assign(g, { strokeStyle: colours.lanes[2], lineWidth: 2.2 });
    g.beginPath();
    worth.forEach((v, k) => g.lineTo(px(GRID[k]), py(v)));
    g.stroke();
    marker(g, "star", px(GRID[next]), py(worth[next]), 7, colours.lanes[2], colours.halo);
  };
  const meaning = () => ({
    "expected improvement": `ξ = ${xis[view.state.daring]}`, "probability of improvement": `ξ = ${xis[view.state.daring]}`,
    "lower confidence bound": `β = ${betas[view.state.daring]}`, "Thompson sampling": `draws number ${view.state.daring + 1}`,
  }[view.state.rule]);
  return {
    panels: [p, q],
    summary() {
      const { state } = view, { next, mean, std } = now();
      return `${sentence(state.rule)} with ${meaning()}, after ${plural(state.step, "evaluation")}: the lowest value is ${number(above(now()))} above the minimum. `
        + `Next it asks at x = ${number(GRID[next], 3)}, where ${number(mean[next])} ± ${number(2 * std[next])} is expected.`;
    },
    judge() {
      const { goal } = data, hit = look().findIndex((one) => above(one) <= goal.close);
      if (view.state.function !== goal.function) return { reached: false, text: `Choose “${goal.function}” for it.` };
      if (hit < 0) return { reached: false, text: `With these settings it is not there after ${steps}.` };
      return { reached: hit <= goal.within, text: `With these settings it takes ${plural(hit, "evaluation")}.` };
    },
  };
}
