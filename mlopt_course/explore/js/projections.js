// A grid and random searches on a hollow that the reader moves. The loss, here in the page as in `projections.loss`:
// 1 - exp(-(u² + (importance v)²) / 2), where u and v are the distances from the optimum in units of its width.
const lossAt = ([a, b], [c, d], importance, width) => 1 - Math.exp(-(((a - c) / width) ** 2 + ((importance * (b - d)) / width) ** 2) / 2);

function scene(view) {
  const { data, arrays } = view, { sides, draws, most, width, grids } = data;
  const grid = () => grids[sides.indexOf(view.state.side)];
  const count = () => view.state.side ** 2;
  const search = (draw) => Array.from({ length: count() }, (_, k) => { const at = 2 * ((draw - 1) * most + k); return [arrays.searches[at], arrays.searches[at + 1]]; });
  const value = (at) => lossAt(at, view.state.optimum, view.state.importance, width);
  const least = (points) => Math.min(...points.map(value));
  const all = () => Array.from({ length: draws }, (_, k) => least(search(k + 1)));
  const square = [[0, 1], [0, 1]];

  const plane = panel("plot", "The plane; squares: grid, discs: random; on the edges: their shadows");
  plane.window = square;
  plane.draw = () => {
    const { colours, state } = view;
    const g = fit(plane, colours, { left: 26, bottom: 40, top: 18, right: 14 }, "axes", (under) => axes(under, plane, colours, {
      xTicks: [], yTicks: [], xLabel: "", yLabel: "second parameter",
    }));
    if (!g) return;
    const { x, y, w, h } = plane.area, px = (v) => x + v * w, py = (v) => y + h - v * h;
    inside(g, plane.area, () => {
      [2.4, 1.55, 1, 0.46].forEach((far) => {
        g.beginPath();
        g.ellipse(px(state.optimum[0]), py(state.optimum[1]), far * width * w, (far * width * h) / Math.max(state.importance, 0.01), 0, 0, 7);
        Object.assign(g, { fillStyle: colours.lanes[2], globalAlpha: 0.13 });
        g.fill();
        Object.assign(g, { strokeStyle: colours.contour, globalAlpha: 1, lineWidth: 0.8 });
        g.stroke();
      });
    });
    Object.assign(g, { fillStyle: colours.muted, textAlign: "right", textBaseline: "top" });
    italic(g, () => g.fillText("first parameter", x + w, y + h + 21)); // below the shadows
    const show = (points, shape, colour, off) => {
      Object.assign(g, { strokeStyle: colour, lineWidth: 1.6 });
      for (const [a, b] of points) {
        line(g, px(a), y + h + off, px(a), y + h + off + 7);
        line(g, x - off, py(b), x - off - 7, py(b));
      }
      const best = points.reduce((one, other) => (value(other) < value(one) ? other : one));
      for (const at of points) marker(g, shape, px(at[0]), py(at[1]), at === best ? 7 : 4, colour, colours.halo);
    };
    show(grid(), "square", colours.lanes[0], 1);
    show(search(state.draw), "disc", colours.lanes[1], 9);
    marker(g, "cross", px(state.optimum[0]), py(state.optimum[1]), 6, colours.ink, colours.halo);
  };

  const spread = panel("curve", "Lowest loss of the random searches (bars), of this one (disc) and of the grid (line)");
  spread.draw = () => {
    const { colours, state } = view, ends = all(), bins = Array(20).fill(0), mine = least(grid());
    ends.forEach((v) => { bins[Math.min(19, Math.floor(v * 20))] += 1; });
    const tallest = Math.max(...bins), range = [0, 1.12 * tallest];
    const g = fit(spread, colours, { left: 34, bottom: 24, top: 18 }, tallest, (under) => axes(under, spread, colours, {
      xTicks: linearTicks(0, 1, 5).map((v) => [v, number(v)]), yTicks: linearTicks(0, range[1], 4).map((v) => [within(v, range), number(v)]), xLabel: "lowest loss", yLabel: "searches",
    }));
    if (!g) return;
    const { x, y, w, h } = spread.area, py = (v) => y + h - within(v, range) * h;
    bins.forEach((n, k) => {
      Object.assign(g, { fillStyle: colours.lanes[1], globalAlpha: 0.55 });
      g.fillRect(x + (k / 20) * w + 1, py(n), w / 20 - 2, y + h - py(n));
      g.globalAlpha = 1;
    });
    Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 2.4 });
    line(g, x + mine * w, y, x + mine * w, y + h);
    marker(g, "square", x + mine * w, y + 6, 5, colours.lanes[0], colours.halo);
    marker(g, "disc", x + ends[state.draw - 1] * w, y + h - 5, 5, colours.lanes[1], colours.halo);
  };

  const beaten = () => { const mine = least(grid()); return all().filter((v) => v > mine).length; };
  return {
    panels: [plane, spread],
    summary() {
      const { state } = view, mine = least(grid()), ends = all(), better = ends.filter((v) => v < mine).length;
      return `${count()} points each: the grid tries ${state.side} values of each parameter, random search ${count()}. Lowest loss: grid ${number(mine)}, this random search ${number(ends[state.draw - 1])}. `
        + `Of ${draws} random searches ${better} are better than the grid (${Math.round((100 * better) / draws)} %).`;
    },
    judge() {
      const won = beaten() / draws;
      if (view.state.side < 3) return { reached: false, text: "Take nine points or more." };
      return { reached: won >= data.share - 1e-9, text: `Here the grid beats ${Math.round(100 * won)} %.` };
    },
  };
}
