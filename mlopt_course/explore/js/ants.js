// Pheromone between cities, as the width of the lines; the shortest tour so far; lengths by iteration.
function scene(view) {
  const { data, arrays } = view, { maps, evaporations, iterations } = data, labels = maps.map((one) => one.label);
  const which = () => labels.indexOf(view.state.map), here = () => maps[which()];
  const own = () => evaporations.indexOf(view.state.evaporation) * 2 + (view.state.improve ? 1 : 0);
  const row = (k) => (which() * evaporations.length * 2 + own()) * iterations + k;
  const trail = (k) => { const m = here().places.length, edges = (m * (m - 1)) / 2, at = own() * iterations + k; return arrays[`pheromone${which()}`].subarray(at * edges, (at + 1) * edges); };
  const tour = (k) => { const m = here().places.length, at = own() * iterations + k; return arrays[`tour${which()}`].subarray(at * m, (at + 1) * m); };

  const map = panel("plain", "Pheromone (thick lines), and the shortest tour so far (thin line)");
  map.draw = () => {
    const { colours, state } = view, { places, distances } = here();
    const g = fit(map, colours, { left: 14, bottom: 14, top: 14, right: 14 }, which(), () => {});
    if (!g) return;
    const { x, y, w, h } = map.area, most = [0, 1].map((k) => Math.max(...places.map((one) => one[k])));
    const scale = Math.min(w / most[0], h / most[1]), left = x + (w - scale * most[0]) / 2, low = y + h - (h - scale * most[1]) / 2;
    const on = (i) => [left + scale * places[i][0], low - scale * places[i][1]];
    const levels = trail(state.step);
    let edge = 0;
    g.strokeStyle = colours.lanes[1];
    for (let i = 0; i < places.length; i++) for (let j = i + 1; j < places.length; j++, edge++) {
      const level = levels[edge] / 255;
      if (level < 0.04 && !distances) continue;
      g.globalAlpha = 0.15 + 0.5 * level;
      g.lineWidth = (distances ? 1 : 0.5) + 7 * level;
      line(g, ...on(i), ...on(j));
    }
    g.globalAlpha = 1;
    Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 1.8 });
    g.beginPath();
    for (const city of tour(state.step)) g.lineTo(...on(city));
    g.closePath();
    g.stroke();
    places.forEach((_, i) => marker(g, "disc", ...on(i), distances ? 6 : 3, colours.ink, colours.halo));
    if (!distances) return;
    g.textAlign = "center";
    g.textBaseline = "middle";
    for (let i = 0; i < places.length; i++) for (let j = i + 1; j < places.length; j++) {
      const [a, b] = [on(i), on(j)], at = [0.58 * a[0] + 0.42 * b[0], 0.58 * a[1] + 0.42 * b[1]];
      g.fillStyle = colours.halo;
      g.beginPath();
      g.arc(...at, 9, 0, 7);
      g.fill();
      g.fillStyle = colours.ink;
      g.fillText(String(distances[i][j]), ...at);
    }
  };

  const curve = panel("curve", "Length: shortest of the iteration (line), so far (dashes), of all tours (dotted)");
  curve.draw = () => {
    const { colours, state } = view, { shortest } = here();
    const lengths = Array.from({ length: iterations }, (_, k) => arrays.length[row(k)]);
    const high = Math.max(...lengths), range = [shortest - 0.08 * (high - shortest || 1), high + 0.05 * (high - shortest || 1)], last = iterations - 1;
    const g = fit(curve, colours, { left: 44, bottom: 24 }, [which(), own()], (under) => axes(under, curve, colours, {
      xTicks: linearTicks(0, last, 6).map((v) => [v / last, number(v)]),
      yTicks: linearTicks(...range, 4).map((v) => [within(v, range), String(Math.round(v))]), xLabel: "iteration", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = curve.area, px = (k) => x + (k / last) * w, py = (v) => y + h - within(v, range) * h;
    g.strokeStyle = colours.goal;
    g.lineWidth = 1.6;
    g.setLineDash(DASHES[2]);
    line(g, x, py(shortest), x + w, py(shortest));
    for (const [f, colour, dash] of [[(k) => lengths[k], colours.lanes[1], []], [(k) => arrays.best[row(k)], colours.lanes[0], DASHES[1]]]) {
      Object.assign(g, { strokeStyle: colour, lineWidth: 2 });
      g.setLineDash(dash);
      g.beginPath();
      lengths.forEach((_, k) => g.lineTo(px(k), py(f(k))));
      g.stroke();
    }
    g.setLineDash([]);
    marker(g, "disc", px(state.step), py(lengths[state.step]), 5, colours.lanes[1], colours.halo);
  };
  dragging(curve, (u) => view.choose({ step: Math.round(u * (iterations - 1)) }));

  return {
    panels: [map, curve],
    summary() {
      const { step } = view.state, strong = trail(step).reduce((n, level) => n + (level > 127), 0), now = arrays.length[row(step)], best = arrays.best[row(step)];
      return `Iteration ${step}: shortest tour of this iteration ${Math.round(now)}, so far ${Math.round(best)}; the shortest of all is ${here().shortest}. ${plural(strong, "edge")} of ${trail(step).length} ${strong === 1 ? "carries" : "carry"} much pheromone.`;
    },
    judge() {
      const { goal } = data, { state } = view, found = Array.from({ length: iterations }, (_, k) => k).find((k) => arrays.best[row(k)] <= here().shortest + 0.5);
      if (goal.map !== state.map) return { reached: false, text: `Choose “${goal.map}” for it.` };
      if (goal.improve !== state.improve) return { reached: false, text: `Switch local search ${goal.improve ? "on" : "off"} for it.` };
      if (found === undefined) return { reached: false, text: `With this evaporation they come to ${Math.round(arrays.best[row(iterations - 1)])}.` };
      return { reached: true, text: `Found in iteration ${found}.` };
    },
  };
}
