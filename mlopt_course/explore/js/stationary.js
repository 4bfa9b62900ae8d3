// A quadratic with two curvatures: its contours, its two profiles, and the path that gradient descent took on it. Kinds,
// condition numbers and paths are Python's; only the quadratic itself is computed here.
const quadratic = (a, b) => (x, y) => (a * x * x + b * y * y) / 2;
const ARTICLE = { minimum: "a minimum", maximum: "a maximum", saddle: "a saddle", degenerate: "undecided: a curvature is zero" };

function scene(view) {
  const { data, arrays } = view, p = panel("plain", ""), q = panel("curve", "Along each axis alone");
  const across = [-4, 4], up = [-3, 3], points = data.steps + 1;
  p.window = [across, up];
  const pair = () => data.curvatures.indexOf(view.state.first) * data.curvatures.length + data.curvatures.indexOf(view.state.second);
  const found = () => data.outcomes[pair()];
  const at = (step) => { const k = 2 * (pair() * points + step); return [arrays.paths[k], arrays.paths[k + 1]]; };

  p.draw = () => {
    const { colours, state } = view, f = quadratic(state.first, state.second), n = 61;
    p.heading.textContent = `The landscape: ${ARTICLE[found().kind]}`;
    const g = fit(p, colours, { left: 30, bottom: 24, top: 18 }, [state.first, state.second], (under) => {
      const field = new Float32Array(n * n);
      for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) field[j * n + i] = f(-4 + (8 * i) / (n - 1), -3 + (6 * j) / (n - 1));
      let low = Infinity, high = -Infinity;
      for (const v of field) { low = Math.min(low, v); high = Math.max(high, v); }
      const levels = Array.from({ length: 13 }, (_, k) => low + (high - low || 1) * ((k + 1) / 14) ** (low < 0 ? 1 : 1.7));
      ground(under, p, colours, field, levels, [across, up]);
    });
    if (!g) return;
    inside(g, p.area, () => drawPath(g, p.area, view, at, across, up));
  };
  q.draw = () => drawProfiles(q, view, at);

  const summary = () => {
    const { first, second, step } = view.state, { kind, condition, needed } = found(), [x, y] = at(step);
    const value = quadratic(first, second)(x, y), far = Math.max(Math.abs(x), Math.abs(y)) > 1e3;
    const told = kind === "minimum"
      ? `A minimum, condition number ${number(condition, 3)}: descent needs ${needed} steps to a millionth of the first value.`
      : { saddle: "A saddle: a minimum along one axis, a maximum along the other. Descent is drawn in, then thrown out.",
          maximum: "A maximum: whichever way descent goes, it goes away.",
          degenerate: "A zero curvature: the second derivatives alone do not decide what this point is." }[kind];
    return `${told} After ${step} steps ${far ? "the path is far outside" : `f = ${number(value, 3)} at ${point([x, y])}`}.`;
  };
  const judge = () => {
    const { kind, needed } = found(), reached = kind === "minimum" && needed > data.more;
    return { reached, text: kind !== "minimum" ? "This is no minimum." : reached ? `${needed} steps.` : `Here it takes ${plural(needed, "step")}.` };
  };
  return { panels: [p, q], summary, judge };
}

function drawPath(g, { x, y, w, h }, view, at, across, up) {
  const colour = view.colours.lanes[0], place = ([a, b]) => [x + within(a, across) * w, y + h - within(b, up) * h];
  const last = view.state.step;
  marker(g, "cross", ...place([0, 0]), 5.5, view.colours.ink, view.colours.halo);
  for (const [stroke, width] of [[view.colours.halo, 4], [colour, 1.8]]) {
    g.strokeStyle = stroke;
    g.lineWidth = width;
    g.beginPath();
    for (let k = 0; k <= last; k++) g.lineTo(...place(at(k)));
    g.stroke();
  }
  for (let k = 1; k < last; k++) marker(g, "disc", ...place(at(k)), 2.4, colour);
  marker(g, "ring", ...place(at(0)), 6, colour, view.colours.halo);
  if (last) marker(g, "disc", ...place(at(last)), 5.5, colour, view.colours.halo);
}

function drawProfiles(q, view, at) {
  const { colours, state } = view, curvatures = [state.first, state.second], span = [-4, 4];
  const steep = Math.max(...curvatures.map(Math.abs), 1), high = Math.max(0, ...curvatures) * 8, low = Math.min(0, ...curvatures) * 8;
  const up = high > low ? [low - 0.08 * (high - low), high + 0.08 * (high - low)] : [-steep, steep];
  const g = fit(q, colours, { left: 40, bottom: 24, top: 8 }, [curvatures], (under) => {
    axes(under, q, colours, { xTicks: linearTicks(...span, 5).map((v) => [within(v, span), number(v)]),
      yTicks: linearTicks(...up, 5).map((v) => [within(v, up), number(v, 3)]), xLabel: "x₁ (full), x₂ (dashed)", grid: true });
  });
  if (!g) return;
  const { x, y, w, h } = q.area, [a, b] = at(state.step);
  inside(g, q.area, () => curvatures.forEach((c, k) => {
    g.strokeStyle = colours.lanes[k + 1];
    g.lineWidth = 2.2;
    g.setLineDash(DASHES[k]);
    g.beginPath();
    for (let i = 0; i <= 80; i++) { const t = -4 + i / 10; g.lineTo(x + within(t, span) * w, y + h - within((c * t * t) / 2, up) * h); }
    g.stroke();
    g.setLineDash([]);
    const t = [a, b][k];
    marker(g, MARKERS[k + 1], x + within(t, span) * w, y + h - within((c * t * t) / 2, up) * h, 5.5, colours.lanes[k + 1], colours.halo);
  }));
}
