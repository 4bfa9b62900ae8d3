// The function around the point, in units of the step, with the line through the two values; and the error for each
// step. Slopes, errors and samples are Python's.
function scene(view) {
  const { data, arrays } = view, p = panel("plain", ""), q = panel("curve", "Relative error of the slope, by step");
  const which = () => data.formulas.indexOf(view.state.formula), k = () => data.exponents.indexOf(view.state.exponent);
  const error = () => data.errors[which()][k()];
  const n = arrays.views.length / data.exponents.length / 2, span = [-2, 2], up = [-2 * data.slope, 2 * data.slope * 1.35];

  p.draw = () => {
    const { colours, state } = view;
    p.heading.textContent = `exp near 1, ${state.exponent ? `enlarged ${tenTo(-Math.floor(state.exponent))} times` : "not enlarged"}: distances in units of h`;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, [k()], (under) => axes(under, p, colours, {
      xTicks: [-2, -1, 0, 1, 2].map((v) => [within(v, span), number(v)]),
      yTicks: linearTicks(...up, 5).map((v) => [within(v, up), number(v)]), xLabel: "(x − 1) / h", yLabel: "(f(x) − f(1)) / h" }));
    if (!g) return;
    const { x, y, w, h } = p.area, px = (v) => x + within(v, span) * w, py = (v) => y + h - within(v, up) * h;
    inside(g, p.area, () => {
      g.lineWidth = 1.4;
      g.strokeStyle = colours.muted;
      g.setLineDash([5, 4]);
      line(g, px(-2), py(-2 * data.slope), px(2), py(2 * data.slope)); // the tangent
      g.setLineDash([]);
      g.fillStyle = colours.lanes[1];
      for (let i = 0; i < n; i++) {
        const at = 2 * (k() * n + i);
        g.beginPath();
        g.arc(px(arrays.views[at]), py(arrays.views[at + 1]), 1.9, 0, 7);
        g.fill();
      }
      if (which() === 2) return;
      const view0 = (t) => { const at = 2 * (k() * n + Math.round(((t + 2) / 4) * (n - 1))); return [px(arrays.views[at]), py(arrays.views[at + 1])]; };
      const ends = which() === 0 ? [view0(0), view0(1)] : [view0(-1), view0(1)];
      g.strokeStyle = colours.lanes[0];
      g.lineWidth = 2.2;
      const [[a, b], [c, d]] = ends, steep = (d - b) / (c - a || 1);
      line(g, a - 3 * w, b - 3 * w * steep, a + 3 * w, b + 3 * w * steep);
      for (const end of ends) marker(g, "disc", ...end, 5.5, colours.lanes[0], colours.halo);
    });
  };
  q.draw = () => {
    const { colours } = view, across = [-16, 0], high = [-17, 0.5];
    const g = fit(q, colours, { left: 48, bottom: 24, top: 8 }, [], (under) => axes(under, q, colours, {
      xTicks: [-16, -12, -8, -4, 0].map((v) => [within(v, across), v ? tenTo(v) : "1"]),
      yTicks: [0, -4, -8, -12, -16].map((v) => [within(v, high), v ? tenTo(v) : "1"]), xLabel: "", grid: true }));
    if (!g) return;
    const { x, y, w, h } = q.area, px = (v) => x + within(v, across) * w, py = (v) => y + h - within(Math.log10(v), high) * h;
    inside(g, q.area, () => data.errors.forEach((row, j) => {
      g.strokeStyle = colours.lanes[j];
      g.globalAlpha = j === which() ? 1 : 0.45;
      g.lineWidth = j === which() ? 2.2 : 1.5;
      g.setLineDash(DASHES[j]);
      g.beginPath();
      row.forEach((v, i) => g.lineTo(px(data.exponents[i]), py(v)));
      g.stroke();
      g.setLineDash([]);
      row.forEach((v, i) => { if (i % 8 === (2 * j) % 8) marker(g, MARKERS[j], px(data.exponents[i]), py(v), 3, colours.lanes[j]); });
      g.globalAlpha = 1;
    }));
    marker(g, MARKERS[which()], px(view.state.exponent), py(error()), 6.5, colours.lanes[which()], colours.halo);
  };
  dragging(q, (u) => view.choose({ exponent: -16 + 16 * Math.min(1, Math.max(0, u)) }));

  const summary = () => {
    const value = data.slopes[which()][k()], right = error() < 2e-16 ? "exact to rounding" : `relative error ${number(error())}`;
    const why = which() === 2 ? "No difference is taken, so nothing is lost."
      : view.state.exponent < (which() ? -5.2 : -8) ? "Rounding rules here: a smaller step makes it worse." : "The curve's bend rules here: a smaller step makes it better.";
    return `The ${view.state.formula} gives ${value.toPrecision(12)}; the slope is ${data.slope.toPrecision(12)}: ${right}. ${why}`;
  };
  const judge = () => {
    const reached = which() !== 2 && error() <= data.enough;
    return { reached, text: reached ? "Reached." : which() === 2 ? "That is the complex step." : `The error is ${number(error())}.` };
  };
  return { panels: [p, q], summary, judge };
}
