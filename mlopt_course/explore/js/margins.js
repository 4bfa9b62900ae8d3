// Losses over the margin, how hard they pull, and what they make a model answer. All values come from Python; here
// they are only looked up: focal loss has a row for each gamma.
const CURVES = ["0-1", "hinge", "squared hinge", "log-loss", "focal"];

function scene(view) {
  const { arrays, data, spec } = view, { margins, chances, gammas } = data;
  const column = (name, k) => {
    const [, wide] = spec.arrays.find((a) => a.name === name).shape;
    return arrays[name].subarray(k * wide, (k + 1) * wide);
  };
  const row = () => gammas.indexOf(view.state.gamma);
  const values = (what) => [...[0, 1, 2, 3].map((k) => column(what, k)), column("focal_" + what, row())];
  const at = () => margins.indexOf(view.state.margin);

  const loss = curves(view, "plot", "Loss of one sample, by its margin", margins, () => values("loss"), [0, 4], "margin", { jumps: ["0-1"] });
  const pull = curves(view, "curve", "How hard it pulls the score up", margins, () => values("pull"), [0, 2.6], "margin", { jumps: ["hinge"] });
  const answer = curves(view, "curve", "What a model answers, by the true probability of class 1", chances,
    () => values("answer"), [0, 1], "true probability", { hidden: ["0-1", "hinge", "squared hinge"] });
  const legend = curveLegend(view, () => values("loss").map((v) => number(v[at()])));

  // A sample as wrong as another is right: how many times harder it pulls.
  const ratio = (gamma) => {
    const pulls = column("focal_pull", gammas.indexOf(gamma)), k = margins.findIndex((m) => Math.abs(m - 2) < 1e-9);
    return pulls[margins.length - 1 - k] / pulls[k];
  };
  return {
    panels: [loss, pull, answer],
    extras: [legend.row],
    summary() {
      legend.update();
      const { margin, gamma } = view.state, k = at();
      return `At margin ${number(margin)} a model says ${number(1 / (1 + Math.exp(-margin)))} for the right class. Log-loss pulls with `
        + `${number(values("pull")[3][k])}, focal loss with γ = ${number(gamma)} with ${number(values("pull")[4][k])}. `
        + `Where the true probability is 0.9, it makes a model answer ${number(values("answer")[4][chances.findIndex((c) => Math.abs(c - 0.9) < 1e-9)])}.`;
    },
    judge() {
      const { gamma } = view.state, k = row(), far = ratio(gamma);
      const reached = far >= 100 && (k === 0 || ratio(gammas[k - 1]) < 100);
      return { reached, text: far >= 100 && !reached ? `${number(far)} times; a smaller γ does it too.` : `${number(far)} times.` };
    },
  };
}

// A panel of the five curves over x, with the chosen margin marked where the axis is the margin.
function curves(view, kind, caption, xs, values, [low, high], xLabel, { hidden = [], jumps = [] }) {
  const p = panel(kind, caption), range = [xs[0], xs[xs.length - 1]];
  p.draw = () => {
    const { colours } = view;
    const g = fit(p, colours, { left: 30, bottom: 24 }, "axes", (under) => axes(under, p, colours, {
      xTicks: linearTicks(...range, 6).map((v) => [within(v, range), number(v)]),
      yTicks: linearTicks(low, high, 5).map((v) => [within(v, [low, high]), number(v)]), xLabel, grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, px = (v) => x + within(v, range) * w, py = (v) => y + h - within(v, [low, high]) * h;
    const probe = xLabel === "margin" ? view.state.margin : null;
    if (probe !== null) {
      g.strokeStyle = colours.muted;
      g.lineWidth = 1;
      line(g, px(probe), y, px(probe), y + h);
    }
    inside(g, p.area, () => values().forEach((v, k) => {
      if (hidden.includes(CURVES[k])) return;
      g.strokeStyle = colours.lanes[k];
      g.lineWidth = k === 4 ? 3 : 2;
      g.setLineDash(DASHES[k]);
      g.beginPath();
      xs.forEach((at, i) => {
        if (i && jumps.includes(CURVES[k])) g.lineTo(px(at), py(v[i - 1]));
        g.lineTo(px(at), py(v[i]));
      });
      g.stroke();
      g.setLineDash([]);
      if (probe !== null) marker(g, MARKERS[k], px(probe), py(v[xs.indexOf(probe)]), 4.5, colours.lanes[k], colours.halo);
    }));
  };
  return p;
}

function curveLegend(view, texts) {
  const items = CURVES.map((name) => {
    const swatch = element("canvas", { class: "mlopt-swatch", "aria-hidden": "true" });
    const score = element("span", { class: "mlopt-score" });
    return { swatch, score, row: element("div", { class: "mlopt-lane" }, swatch, element("span", { class: "mlopt-name", text: name }), score) };
  });
  return {
    row: element("div", { class: "mlopt-lanes" }, ...items.map((item) => item.row)),
    update() {
      const ratio = Math.max(1, globalThis.devicePixelRatio || 1), said = texts();
      items.forEach(({ swatch, score }, k) => {
        score.textContent = said[k];
        Object.assign(swatch, { width: 38 * ratio, height: 14 * ratio });
        const g = swatch.getContext("2d");
        g.scale(ratio, ratio);
        g.strokeStyle = view.colours.lanes[k];
        g.lineWidth = k === 4 ? 3 : 2;
        g.setLineDash(DASHES[k]);
        line(g, 2, 7, 36, 7);
        marker(g, MARKERS[k], 19, 7, 4, view.colours.lanes[k]);
      });
    },
  };
}
