// Two objectives: a population, its front, and the line on which a price lets all points cost the same.
function frontOf(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]), kept = [];
  for (const one of sorted) if (!kept.length || one[1] < kept.at(-1)[1]) kept.push(one);
  return kept;
}
const cheapestOf = (points, price) => points.reduce((best, one) => (one[1] + price * one[0] < best[1] + price * best[0] ? one : best));

function scene(view) {
  const { data, arrays } = view, { names, most, last, supported } = data, many = arrays.values.length / 2 / data.generations;
  const members = (k) => Array.from({ length: many }, (_, n) => [arrays.values[2 * (k * many + n)], arrays.values[2 * (k * many + n) + 1]]);
  const own = () => last.findIndex(([size]) => size === view.state.size);

  const p = panel("landscape", "All of this generation (dots), its front (discs), the cheapest at this price (star), yours (ring)");
  p.draw = () => {
    const { colours, state } = view, across = [0, most[0] * 1.04], up = [0, most[1] * 1.04];
    const g = fit(p, colours, { left: 40, bottom: 24, top: 18 }, "axes", (under) => axes(under, p, colours, {
      xTicks: linearTicks(...across, 6).map((v) => [within(v, across), number(v)]),
      yTicks: linearTicks(...up, 5).map((v) => [within(v, up), String(v)]), xLabel: names[0], yLabel: names[1],
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, on = ([a, b]) => [x + within(a, across) * w, y + h - within(b, up) * h];
    const all = members(state.step), here = frontOf(all), chosen = cheapestOf(here, state.price);
    all.forEach((one) => marker(g, "disc", ...on(one), 2, colours.muted));
    Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 1.6 });
    g.beginPath();
    here.forEach((one, k) => { if (k) g.lineTo(on(one)[0], on(here[k - 1])[1]); g.lineTo(...on(one)); });
    g.stroke();
    Object.assign(g, { strokeStyle: colours.lanes[1], lineWidth: 1.8 });
    g.setLineDash(DASHES[1]);
    const cost = chosen[1] + state.price * chosen[0];
    inside(g, p.area, () => line(g, ...on([0, cost]), ...on([across[1], cost - state.price * across[1]])));
    g.setLineDash([]);
    here.forEach((one) => marker(g, "disc", ...on(one), 4.5, colours.lanes[0], colours.halo));
    marker(g, "star", ...on(chosen), 9, colours.lanes[1], colours.halo);
    if (own() >= 0) marker(g, "ring", ...on(last[own()]), 10, colours.goal, colours.halo);
  };

  return {
    panels: [p],
    summary() {
      const { step, price } = view.state, here = frontOf(members(step)), chosen = cheapestOf(here, price);
      return `Generation ${step}: a front of ${plural(here.length, "point")}, from ${here[0][0]} ${names[0]} with ${here[0][1]} ${names[1]} to ${here.at(-1)[0]} with ${here.at(-1)[1]}. At a price of ${number(price)} the cheapest has ${chosen[0]} ${names[0]} and ${chosen[1]} ${names[1]}.`;
    },
    judge() {
      const k = own();
      if (k < 0) return { reached: false, text: `With ${view.state.size} nothing lies on the last front.` };
      return { reached: !supported[k], text: supported[k] ? `Some price chooses ${view.state.size}.` : `No price chooses ${view.state.size}, and nothing is better in both.` };
    },
  };
}
