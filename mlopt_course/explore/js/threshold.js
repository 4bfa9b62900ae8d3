// Decisions with a price: counts of right and wrong ones at each threshold come from Python, the cost is made of them.
function scene(view) {
  const { arrays, data } = view, { models, thresholds, bins, patients, positives } = data, many = thresholds.length;
  const negatives = patients - positives;
  const here = () => models.indexOf(view.state.model), at = () => thresholds.indexOf(view.state.threshold);
  const caught = (k) => arrays.caught[here() * many + k], alarms = (k) => arrays.alarms[here() * many + k];
  const cost = (k) => (alarms(k) + view.state.miss * (positives - caught(k))) / patients;
  const cheapest = () => thresholds.reduce((best, _, k) => (cost(k) < cost(best) ? k : best), 0);
  const implied = () => 1 / (1 + view.state.miss);
  const range = [0, 1];

  const price = panel("plot", "Cost per patient, by the threshold");
  price.draw = () => {
    const { colours } = view, top = [0, Math.max(...thresholds.map((_, k) => cost(k))) * 1.08];
    const g = fit(price, colours, { left: 34, bottom: 24 }, ["axes", top[1]], (under) => axes(under, price, colours, {
      xTicks: linearTicks(0, 1, 5).map((v) => [v, number(v)]),
      yTicks: linearTicks(...top, 5).map((v) => [within(v, top), number(v)]), xLabel: "threshold", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = price.area, px = (v) => x + v * w, py = (v) => y + h - within(v, top) * h;
    g.strokeStyle = colours.goal;
    g.lineWidth = 1.6;
    g.setLineDash([5, 4]);
    line(g, px(implied()), y, px(implied()), y + h);
    g.setLineDash([]);
    g.strokeStyle = colours.lanes[1];
    g.lineWidth = 2.2;
    g.beginPath();
    thresholds.forEach((t, k) => g.lineTo(px(t), py(cost(k))));
    g.stroke();
    marker(g, "star", px(thresholds[cheapest()]), py(cost(cheapest())), 9, colours.goal, colours.halo);
    marker(g, "disc", px(view.state.threshold), py(cost(at())), 6, colours.lanes[0], colours.halo);
    g.fillStyle = colours.goal;
    g.textAlign = implied() > 0.6 ? "right" : "left";
    g.textBaseline = "top";
    g.fillText("1 / (1 + price)", px(implied()) + (implied() > 0.6 ? -6 : 6), y + 5);
  };

  const roc = panel("curve", "Tumours found, by false alarms (ROC curve)");
  roc.draw = () => {
    const { colours } = view;
    const g = fit(roc, colours, { left: 34, bottom: 24 }, "axes", (under) => axes(under, roc, colours, {
      xTicks: linearTicks(0, 1, 5).map((v) => [v, number(v)]), yTicks: linearTicks(0, 1, 5).map((v) => [v, number(v)]),
      xLabel: "false alarm rate", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = roc.area, px = (v) => x + v * w, py = (v) => y + h - v * h;
    const place = (k) => [px(alarms(k) / negatives), py(caught(k) / positives)];
    g.strokeStyle = colours.lanes[1];
    g.lineWidth = 2.2;
    g.beginPath();
    g.moveTo(px(1), py(1));
    thresholds.forEach((_, k) => g.lineTo(...place(k)));
    g.lineTo(px(0), py(0));
    g.stroke();
    // Points of equal cost lie on lines: one false alarm more is worth 1 / price tumours.
    const slope = negatives / (positives * view.state.miss), [u, v] = [alarms(cheapest()) / negatives, caught(cheapest()) / positives];
    g.strokeStyle = colours.goal;
    g.setLineDash([5, 4]);
    g.lineWidth = 1.6;
    inside(g, roc.area, () => line(g, px(0), py(v - slope * u), px(1), py(v + slope * (1 - u))));
    g.setLineDash([]);
    marker(g, "star", ...place(cheapest()), 9, colours.goal, colours.halo);
    marker(g, "disc", ...place(at()), 6, colours.lanes[0], colours.halo);
  };

  const heap = panel("curve", "Patients by predicted probability: with a tumour (up), without (down)");
  heap.draw = () => {
    const { colours } = view, most = Math.max(...arrays.with, ...arrays.without);
    const reach = [-most, most];
    const g = fit(heap, colours, { left: 34, bottom: 24 }, "axes", (under) => axes(under, heap, colours, {
      xTicks: linearTicks(0, 1, 5).map((v) => [v, number(v)]),
      yTicks: linearTicks(...reach, 4).map((v) => [within(v, reach), number(Math.abs(v))]), xLabel: "probability", grid: false,
    }));
    if (!g) return;
    const { x, y, w, h } = heap.area, py = (v) => y + h - within(v, reach) * h, wide = w / bins;
    for (let k = 0; k < bins; k++) {
      const up = arrays.with[here() * bins + k], down = arrays.without[here() * bins + k];
      g.fillStyle = colours.lanes[0];
      g.fillRect(x + k * wide + 1, py(up), wide - 2, py(0) - py(up));
      g.strokeStyle = colours.lanes[1];
      g.lineWidth = 1.5;
      g.strokeRect(x + k * wide + 1.5, py(0), wide - 3, py(-down) - py(0));
    }
    g.strokeStyle = colours.ink;
    g.lineWidth = 1.5;
    line(g, x, py(0), x + w, py(0));
    line(g, x + view.state.threshold * w, y, x + view.state.threshold * w, y + h);
  };

  return {
    panels: [price, roc, heap],
    summary() {
      const k = at(), found = caught(k), wrong = alarms(k), share = (a, b) => (b ? number(a / b) : "undefined");
      return `${found} of ${positives} tumours found, ${wrong} false alarms: precision ${share(found, found + wrong)}, recall ${share(found, positives)}, `
        + `accuracy ${number((found + negatives - wrong) / patients)}. Cost per patient ${number(cost(k), 3)}. `
        + `The cheapest threshold here is ${number(thresholds[cheapest()])} (${number(cost(cheapest()), 3)}); the formula says ${number(implied())}.`;
    },
    judge() {
      const now = cost(at()), least = cost(cheapest());
      return { reached: view.state.miss === data.asked && here() === 0 && now <= 1.05 * least,
        text: `${number(now, 3)} per patient.` };
    },
  };
}
