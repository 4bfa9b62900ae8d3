// A population of models: points in the plane of hyperparameters, curves through the data; one model is the reader's.
function scene(view) {
  const { data, arrays } = view, { side, window: box, heights, across, sets, generations } = data, long = generations + 1;
  const many = arrays.values.length / long, fine = arrays.own.length / (side * side);
  const cellOf = (at) => at.map((v, k) => Math.round(within(v, box[k]) * (side - 1)));
  const mine = () => { const [i, j] = cellOf(view.state.model); return j * side + i; };
  const value = (k, n) => arrays.values[k * many + n];

  const plane = panel("landscape", "Hyperparameters: the models of this generation (discs), yours (ring)");
  plane.window = box;
  plane.draw = () => {
    const { colours, state } = view;
    const g = fit(plane, colours, { left: 34, bottom: 24, top: 18 }, "plane", (under) => {
      ground(under, plane, colours, arrays.field, data.levels, box, ["log penalty", "log γ"]);
    });
    if (!g) return;
    const { x, y, w, h } = plane.area, on = ([u, v]) => [x + u * w, y + h - v * h];
    for (let n = many - 1; n >= 0; n--) {
      const at = [0, 1].map((axis) => arrays.population[2 * (state.step * many + n) + axis] / 255);
      marker(g, n ? "disc" : "star", ...on(at), n ? 3.6 : 8, colours.lanes[0], colours.halo);
    }
    marker(g, "ring", ...on(state.model.map((v, k) => within(v, box[k]))), 8, colours.lanes[1], colours.halo);
  };

  const plot = panel("plot", "What they predict: all (thin), the best (thick), yours (dashes)");
  plot.draw = () => {
    const { colours, state } = view;
    const g = fit(plot, colours, { left: 34, bottom: 24, top: 18 }, "data", (under) => axes(under, plot, colours, {
      xTicks: linearTicks(...across, 5).map((v) => [within(v, across), number(v)]),
      yTicks: linearTicks(...heights, 5).map((v) => [within(v, heights), number(v)]), xLabel: "t", yLabel: "y",
    }));
    if (!g) return;
    const { x, y, w, h } = plot.area;
    const draw = (array, at, colour, width, alpha, dash) => {
      Object.assign(g, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha });
      g.setLineDash(dash);
      g.beginPath();
      for (let k = 0; k < fine; k++) g.lineTo(x + (k / (fine - 1)) * w, y + h - (array[at * fine + k] / 255) * h);
      g.stroke();
      g.setLineDash([]);
      g.globalAlpha = 1;
    };
    inside(g, plot.area, () => {
      for (let n = many - 1; n > 0; n--) draw(arrays.curves, state.step * many + n, colours.lanes[0], 1, 0.45, []);
      draw(arrays.curves, state.step * many, colours.lanes[0], 3, 1, []);
      draw(arrays.own, mine(), colours.lanes[1], 2.4, 1, DASHES[1]);
      sets.forEach(({ t, y: targets }, which) => t.forEach((v, k) => marker(g, which ? "triangle" : "ring",
        x + within(v, across) * w, y + h - within(targets[k], heights) * h, which ? 4.5 : 3.5, which ? colours.lanes[2] : colours.ink, colours.halo)));
    });
  };

  return {
    panels: [plane, plot],
    settle(next) {
      next.model = cellOf(next.model).map((i, k) => Number((box[k][0] + (i / (side - 1)) * (box[k][1] - box[k][0])).toPrecision(6)));
      return next;
    },
    summary() {
      const { step } = view.state;
      return `Generation ${step}: validation errors from ${number(value(step, 0), 3)} to ${number(value(step, many - 1), 3)}, median ${number((value(step, (many >> 1) - 1) + value(step, many >> 1)) / 2, 3)}. Your model has ${number(arrays.everywhere[mine()], 3)}. Rings: training data, triangles: validation data.`;
    },
    judge() {
      const own = arrays.everywhere[mine()], best = value(data.goal.generation, 0);
      return { reached: own < best, text: `Yours has ${number(own, 3)}, that one ${number(best, 3)}.` };
    },
  };
}
