// A swarm on its landscape; the plane of its coefficients, where the reader drags a point; error and spread by step.
function scene(view) {
  const { data, arrays } = view, { inertias, attractions, steps, followed, window: box } = data;
  const long = steps + 1, many = arrays.population.length / 2 / arrays.error.length;
  const place = () => [attractions.indexOf(nearestOf(attractions, view.state.coefficients[0])), inertias.indexOf(nearestOf(inertias, view.state.coefficients[1]))];
  const cell = (i, j) => (followed.indexOf(view.state.followed) * inertias.length + j) * attractions.length + i;
  const index = () => cell(...place());
  const at = (array, k, n) => [0, 1].map((axis) => array[2 * ((index() * long + k) * many + n) + axis] / 255);
  const errorHere = (k) => arrays.error[index() * long + k], spread = (k) => arrays.spread[index() * long + k];

  const map = panel("landscape", "Particles with their last steps (discs), and the best that each has seen (plus)");
  map.draw = () => {
    const { colours, state } = view;
    const g = fit(map, colours, { left: 34, bottom: 24, top: 18 }, "map", (under) => {
      ground(under, map, colours, arrays.field, data.levels, box);
    });
    if (!g) return;
    const { x, y, w, h } = map.area, on = ([u, v]) => [x + u * w, y + h - v * h];
    inside(g, map.area, () => {
      for (let n = 0; n < many; n++) {
        Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 1.2 });
        g.beginPath();
        for (let k = Math.max(0, state.step - 2); k <= state.step; k++) g.lineTo(...on(at(arrays.population, k, n)));
        g.stroke();
        marker(g, "plus", ...on(at(arrays.bests, state.step, n)), 4.5, colours.lanes[1], colours.halo);
        marker(g, "disc", ...on(at(arrays.population, state.step, n)), 3.6, colours.lanes[0], colours.halo);
      }
    });
    data.optima.forEach(([a, b]) => marker(g, "cross", ...on([within(a, box[0]), within(b, box[1])]), 5.5, colours.ink, colours.halo));
  };

  const plane = panel("plot", "Coefficients. Discs: swarms of 20 that find the minimum. Crosses: that converge too early");
  plane.window = [[0, Math.max(...attractions) + 0.35], [-0.12, 1.05]];
  plane.draw = () => {
    const { colours } = view, [across, up] = plane.window;
    const g = fit(plane, colours, { left: 34, bottom: 24, top: 18 }, "plane", (under) => axes(under, plane, colours, {
      xTicks: linearTicks(...across, 6).map((v) => [within(v, across), number(v)]),
      yTicks: linearTicks(0, 1, 5).map((v) => [within(v, up), number(v)]), xLabel: "attraction c", yLabel: "inertia w",
    }));
    if (!g) return;
    const { x, y, w, h } = plane.area, on = ([u, v]) => [x + within(u, across) * w, y + h - within(v, up) * h];
    inside(g, plane.area, () => {
      for (const [curve, colour, dash] of [[data.mean, colours.lanes[1], DASHES[1]], [data.variance, colours.lanes[3], DASHES[0]]]) {
        Object.assign(g, { strokeStyle: colour, lineWidth: 2 });
        g.setLineDash(dash);
        g.beginPath();
        curve.forEach((one) => g.lineTo(...on(one)));
        g.stroke();
      }
      g.setLineDash([]);
    });
    attractions.forEach((c, i) => inertias.forEach((v, j) => {
      const good = data.found[cell(i, j)], bad = data.early[cell(i, j)];
      marker(g, "disc", ...on([c, v]), 1.5 + 2.4 * Math.sqrt(good), good ? colours.lanes[2] : colours.muted);
      if (bad) marker(g, "cross", ...on([c, v]), 1.5 + 1.7 * Math.sqrt(bad), colours.lanes[0], colours.halo);
    }));
    marker(g, "ring", ...on(view.state.coefficients), 14, colours.ink, colours.halo);
    g.textBaseline = "bottom";
    g.textAlign = "right";
    g.fillStyle = colours.lanes[1];
    g.fillText("the mean settles left of this", ...on([2.0, -0.1]).map((v, k) => v + (k ? 0 : -6)));
    g.fillStyle = colours.lanes[3];
    g.textAlign = "left";
    g.fillText("solid: the variance, too", x + 6, y + h - 4 - 14);
  };

  const curve = panel("curve", "Error (line) and spread of the best points (dashes), by step");
  curve.draw = () => {
    const { colours, state } = view, range = [-6, 2], log = (v) => within(Math.log10(Math.max(v, 1e-6)), range);
    const g = fit(curve, colours, { left: 40, bottom: 24 }, "axes", (under) => axes(under, curve, colours, {
      xTicks: linearTicks(0, steps, 6).map((v) => [v / steps, number(v)]),
      yTicks: decades(...range, 5).map((k) => [within(k, range), tenTo(k)]), xLabel: "step", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = curve.area;
    for (const [f, colour, dash] of [[errorHere, colours.lanes[0], []], [spread, colours.lanes[1], DASHES[1]]]) {
      Object.assign(g, { strokeStyle: colour, lineWidth: 2 });
      g.setLineDash(dash);
      g.beginPath();
      for (let k = 0; k <= steps; k++) g.lineTo(x + (k / steps) * w, y + h - log(f(k)) * h);
      g.stroke();
      g.setLineDash([]);
      marker(g, f === spread ? "square" : "disc", x + (state.step / steps) * w, y + h - log(f(state.step)) * h, 5, colour, colours.halo);
    }
  };
  dragging(curve, (u) => view.choose({ step: Math.round(u * steps) }));

  return {
    panels: [map, plane, curve],
    settle(next) {
      next.coefficients = [nearestOf(attractions, next.coefficients[0]), nearestOf(inertias, next.coefficients[1])];
      return next;
    },
    summary() {
      const { step, coefficients: [c, w] } = view.state, k = index();
      return `Inertia ${number(w)}, attraction ${number(c, 3)}. Step ${step}: error ${number(errorHere(step))}, spread of the best points ${number(spread(step))}. Of ${data.seeds} swarms ${data.found[k]} find the minimum, ${data.early[k]} converge too early.`;
    },
    judge() {
      const good = data.found[index()];
      return { reached: good >= data.goal.found, text: `Here ${good} of ${data.seeds} do.` };
    },
  };
}
