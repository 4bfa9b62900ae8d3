// A wall on a slider: the best point behind it with the two forces there, and the best value against the budget, whose
// slope is minus the price. All numbers come from Python; the script draws.
function outlineOf(shape, b) {
  if (shape === "a disc") return Array.from({ length: 73 }, (_, k) => [b * Math.cos((k * Math.PI) / 36), b * Math.sin((k * Math.PI) / 36)]);
  if (shape === "a diamond") return [[b, 0], [0, b], [-b, 0], [0, -b]];
  return [[-30, b + 30], [b + 30, -30], [-30, -30]];
}

function wallPanel(view) {
  const p = panel("landscape", "The loss; hatched: not allowed. Pull solid, push dashed"), [across, up] = view.data.window;
  p.box.style.aspectRatio = "13 / 10";
  p.draw = () => {
    const { colours, state } = view;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, "", (under) => {
      ground(under, p, colours, view.arrays.field, view.data.levels, [across, up], ["w₁", "w₂"]);
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, across) * w, y + h - within(b, up) * h];
    const now = view.now(), border = outlineOf(state.shape, state.budget).map(at);
    inside(g, p.area, () => {
      g.save();
      g.beginPath();
      g.rect(x, y, w, h);
      border.forEach(([a, b], k) => (k ? g.lineTo(a, b) : g.moveTo(a, b)));
      g.closePath();
      g.clip("evenodd");
      g.globalAlpha = 0.45;
      Object.assign(g, { strokeStyle: colours.ink, lineWidth: 1 });
      for (let t = x - h; t < x + w; t += 9) line(g, t, y + h, t + h, y);
      g.restore();
      Object.assign(g, { strokeStyle: colours.ink, lineWidth: 2.2 });
      g.beginPath();
      border.forEach(([a, b], k) => (k ? g.lineTo(a, b) : g.moveTo(a, b)));
      g.closePath();
      g.stroke();
      marker(g, "cross", ...at(view.data.centre), 5.5, colours.ink, colours.halo);
      const pull = now.pull.map((v) => 0.5 * v);
      arrow(g, at(now.x), at([now.x[0] + pull[0], now.x[1] + pull[1]]), colours.lanes[0], colours.halo);
      if (now.price > 1e-6) arrow(g, at(now.x), at([now.x[0] - pull[0], now.x[1] - pull[1]]), colours.lanes[1], colours.halo, DASHES[1]);
      marker(g, "disc", ...at(now.x), 6, colours.ink, colours.halo);
    });
  };
  return p;
}

function valuePanel(view) {
  const p = panel("curve", "Best value against the budget; dashed: slope −price"), { budgets } = view.data;
  p.box.style.aspectRatio = "1 / 0.8";
  p.draw = () => {
    const { colours, state } = view, first = view.first(), values = budgets.map((_, k) => view.arrays.value[first + k]);
    const reach = [0, budgets[budgets.length - 1]], high = [-0.25, 4];
    const g = fit(p, colours, { left: 30, bottom: 24, top: 18 }, state.shape, (under) => axes(under, p, colours, {
      xTicks: linearTicks(...reach, 5).map((v) => [within(v, reach), number(v)]),
      yTicks: linearTicks(0, high[1], 4).map((v) => [within(v, high), number(v)]), xLabel: "b", yLabel: "best value", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, at = (b, v) => [x + within(b, reach) * w, y + h - within(v, high) * h], now = view.now();
    inside(g, p.area, () => {
      Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 2.2 });
      g.beginPath();
      budgets.forEach((b, k) => g.lineTo(...at(b, values[k])));
      g.stroke();
      Object.assign(g, { strokeStyle: colours.lanes[1], lineWidth: 2 });
      g.setLineDash(DASHES[1]);
      line(g, ...at(0, now.value + now.price * state.budget), ...at(reach[1], now.value - now.price * (reach[1] - state.budget)));
      g.setLineDash([]);
      marker(g, "disc", ...at(state.budget, now.value), 6, colours.ink, colours.halo);
    });
  };
  return p;
}

function scene(view) {
  const { data, arrays } = view, { budgets, shapes } = data;
  view.first = () => shapes.indexOf(view.state.shape) * budgets.length;
  view.at = (k) => {
    const x = [arrays.x[2 * k], arrays.x[2 * k + 1]], off = x.map((v, i) => v - data.centre[i]);
    return {
      x, value: arrays.value[k], price: Math.max(0, arrays.price[k]), measured: Math.max(0, arrays.measured[k]),
      pull: data.hessian.map((row) => -(row[0] * off[0] + row[1] * off[1])),
    };
  };
  view.now = () => view.at(view.first() + budgets.indexOf(view.state.budget));
  const round = (v) => number(v < 5e-7 ? 0 : v, 3);
  return {
    panels: [wallPanel(view), valuePanel(view)],
    summary() {
      const now = view.now(), said = `${sentence(view.state.shape)}, budget ${number(view.state.budget, 3)}: the best point is ${point(now.x)}, its value ${round(now.value)}.`;
      if (now.price < 5e-7) return `${said} The price is 0: the wall is not touched, and more budget is worth nothing.`;
      return `${said} The price is ${round(now.price)}. Measured, by moving the wall a little to both sides: ${round(now.measured)} of value for each unit of budget.`;
    },
    judge() {
      const k = budgets.indexOf(view.state.budget), now = view.now(), before = view.at(view.first() + Math.max(0, k - 1));
      if (view.state.shape !== shapes[0]) return { reached: false, text: `Choose “${shapes[0]}” for it.` };
      if (now.price >= 5e-7) return { reached: false, text: `Here one unit more is still worth ${round(now.price)}.` };
      const reached = before.price >= 5e-7;
      return { reached, text: reached ? "Just there: the wall touches the bottom of the bowl." : "Nothing, but a smaller budget would do." };
    },
  };
}
