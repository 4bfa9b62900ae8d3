// Draws from a Gaussian process, and the log marginal likelihood of its settings for points in the reader's hand.
const PLACES = Array.from({ length: 121 }, (_, k) => k / 120);

function process(state, known) {
  return gaussianProcess({ points: known.map(([x]) => [x]), values: known.map(([, y]) => y), kernel: state.kernel, scales: [state.lengthscale], noise: state.noise ** 2 });
}

function scene(view) {
  const { data, arrays } = view, names = Object.keys(data.points);
  const known = () => names.map((name) => view.state[name]);
  const p = panel("curve", ""), q = panel("curve", "Log marginal likelihood by ℓ (thick: this kernel; dashed: the others)");
  p.window = [[0, 1], [-3.2, 3.2]];
  let pictured = { key: "" }, scored = { key: "" };
  const picture = () => {
    const { state } = view, posterior = state.show === "the posterior", key = JSON.stringify([state.show, state.kernel, state.lengthscale, state.draw, ...(posterior ? [state.noise, known()] : [])]);
    if (pictured.key === key) return pictured;
    const shown = process(state, posterior ? known() : []), told = PLACES.map((x) => shown.predict([x])), from = 3 * 121 * (state.draw - 1);
    const normals = [0, 1, 2].map((k) => arrays.normals.subarray(from + 121 * k, from + 121 * (k + 1)));
    pictured = { key, mean: told.map(([m]) => m), std: told.map(([, s]) => s), drawn: shown.draw(PLACES.map((x) => [x]), normals) };
    return pictured;
  };
  // The likelihood of every setting there is, for the points as they are.
  const scores = () => {
    const key = JSON.stringify(known());
    if (scored.key === key) return scored;
    const all = data.kernels.map((kernel) => data.noises.map((noise) => data.scales.map((lengthscale) => process({ kernel, noise, lengthscale }, known()).likelihood)));
    scored = { key, all, best: Math.max(...all.flat(2)) };
    return scored;
  };
  const mine = () => process(view.state, known());

  p.draw = () => {
    const { colours, state } = view, shown = picture();
    p.heading.textContent = state.show === "the prior" ? "Before any point is known: three draws, and the band" : "Given the points: three draws, the mean (thick), the band";
    const g = fit(p, colours, { left: 30, bottom: 24 }, "axes", (under) => axes(under, p, colours, unitTicks("x", p.window)));
    if (!g) return;
    const { px, py } = drawBelief(g, p, colours, PLACES, shown);
    for (const [x, y] of known()) marker(g, state.show === "the prior" ? "ring" : "disc", px(x), py(y), 6, colours.ink, colours.halo);
  };
  q.draw = () => {
    const { colours, state } = view, { all } = scores(), at = data.noises.indexOf(state.noise), rows = all.map((one) => one[at]);
    const top = Math.max(...rows.flat()), low = Math.max(Math.min(...rows.flat()), top - 14), n = data.scales.length;
    const box = [low - 0.06 * (top - low), top + 0.06 * (top - low)];
    const g = fit(q, colours, { left: 38, bottom: 24 }, box, (under) => axes(under, q, colours, {
      xTicks: data.scales.map((v, k) => [(k + 0.5) / n, number(v)]), yTicks: linearTicks(...box, 5).map((v) => [within(v, box), number(v)]), xLabel: "ℓ", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = q.area, spot = (k, v) => [x + ((k + 0.5) / n) * w, y + h - within(v, box) * h];
    inside(g, q.area, () => rows.forEach((row, r) => {
      const chosen = data.kernels[r] === state.kernel;
      Object.assign(g, { strokeStyle: chosen ? colours.lanes[1] : colours.muted, lineWidth: chosen ? 2.6 : 1.2 });
      g.setLineDash(chosen ? [] : DASHES[1 + (r % 4)]);
      g.beginPath();
      row.forEach((v, k) => g.lineTo(...spot(k, v)));
      g.stroke();
      g.setLineDash([]);
    }));
    const here = spot(data.scales.indexOf(state.lengthscale), mine().likelihood);
    marker(g, "diamond", here[0], Math.min(y + h - 4, here[1]), 6, colours.lanes[0], colours.halo);
  };
  return {
    panels: [p, q],
    act: { back: () => view.choose(data.points) },
    summary() {
      const one = mine();
      return `${view.state.kernel}, ℓ = ${number(view.state.lengthscale)}, σ = ${number(view.state.noise)}: the log marginal likelihood is ${number(one.likelihood, 3)} = `
        + `${number(one.misfit, 3)} (fit) ${one.complexity < 0 ? "−" : "+"} ${number(Math.abs(one.complexity), 3)} (narrowness) − ${number(0.5 * names.length * Math.log(2 * Math.PI), 3)}.`;
    },
    judge() {
      const short = scores().best - mine().likelihood;
      return short < 0.005 ? { reached: true, text: "No setting makes these points more likely." }
        : { reached: false, text: `There is a setting that makes them ${short < 6 ? number(Math.exp(short)) : `more than ${tenTo(Math.floor(short / Math.LN10))}`} times as likely.` };
    },
  };
}
