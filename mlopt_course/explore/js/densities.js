// TPE on one parameter: trials, densities and where their ratio peaks come from Python.
function scene(view) {
  const { data, arrays } = view, { labels, fractions, seeds, trials, startup, ends } = data, many = arrays.losses.length / labels.length;
  const row = () => labels.indexOf(view.state.problem);
  const which = () => (row() * fractions.length + fractions.indexOf(view.state.fraction)) * seeds + view.state.seed - 1;
  const loss = (place) => arrays.losses[row() * many + place];
  const place = (k) => arrays.place[which() * trials + k];
  const good = (step, k) => arrays.good[(which() * (trials + 1) + step) * trials + k] > 0;
  const density = (step, part) => arrays.density.subarray(((which() * (trials + 1) + step) * 2 + part) * many, ((which() * (trials + 1) + step) * 2 + part + 1) * many);
  const value = (k) => { const [low, high] = ends[row()]; return low * (high / low) ** (k / (many - 1)); };
  const all = () => arrays.losses.subarray(row() * many, (row() + 1) * many);
  const lowest = () => Math.min(...all());
  const ticks = () => { const [low, high] = ends[row()].map(Math.log10); return decades(low, high, 6).reverse().map((d) => [within(d, [low, high]), tenTo(d)]); };
  const along = (k) => k / (many - 1);

  const tried = panel("plot", "What has been tried. Discs: good; crosses: the others; star: the next choice");
  tried.draw = () => {
    const { colours, state } = view, low = lowest(), high = Math.max(...all()), range = [low - 0.06 * (high - low), high + 0.06 * (high - low)];
    const g = fit(tried, colours, { left: 38, bottom: 24, top: 18 }, row(), (under) => axes(under, tried, colours, {
      xTicks: ticks(), yTicks: linearTicks(Math.max(0, range[0]), range[1], 5).map((v) => [within(v, range), number(v)]), xLabel: data.xlabel, yLabel: data.ylabel,
    }));
    if (!g) return;
    const { x, y, w, h } = tried.area, px = (k) => x + along(k) * w, py = (v) => y + h - within(v, range) * h;
    Object.assign(g, { strokeStyle: colours.muted, lineWidth: 1.2 });
    g.beginPath();
    for (let k = 0; k < many; k++) g.lineTo(px(k), py(loss(k)));
    g.stroke();
    for (let k = 0; k < state.step; k++) {
      const fine = state.step >= startup && good(state.step, k);
      marker(g, fine ? "disc" : "cross", px(place(k)), py(loss(place(k))), fine ? 5 : 3.6, fine ? colours.lanes[0] : colours.lanes[1], colours.halo);
    }
    if (state.step < trials) {
      marker(g, "star", px(place(state.step)), py(loss(place(state.step))), 8, colours.goal, colours.halo);
    }
  };

  const pair = panel("curve", "Density of the good (solid) and of the others (dashed). Dotted: where their ratio is largest");
  pair.draw = () => {
    const { colours, state } = view;
    const g = fit(pair, colours, { left: 38, bottom: 24, top: 18 }, row(), (under) => axes(under, pair, colours, { xTicks: ticks(), yTicks: [[0, "0"]], xLabel: data.xlabel, yLabel: "density" }));
    if (!g) return;
    const { x, y, w, h } = pair.area, px = (k) => x + along(k) * w;
    if (state.step < startup) {
      g.fillStyle = colours.muted;
      g.textAlign = "center";
      g.textBaseline = "middle";
      g.fillText(`The first ${startup} trials are random.`, x + w / 2, y + h / 2);
      return;
    }
    [0, 1].forEach((part) => {
      const values = density(state.step, part);
      Object.assign(g, { strokeStyle: colours.lanes[part], lineWidth: 2.2 });
      g.setLineDash(DASHES[part]);
      g.beginPath();
      for (let k = 0; k < many; k++) g.lineTo(px(k), y + h - (values[k] / 255) * 0.94 * h);
      g.stroke();
    });
    const peak = px(arrays.peak[which() * (trials + 1) + state.step]);
    Object.assign(g, { strokeStyle: colours.ink, lineWidth: 1.4 });
    g.setLineDash([2, 3]);
    line(g, peak, y, peak, y + h);
    g.setLineDash([]);
    if (state.step < trials) marker(g, "star", px(place(state.step)), y + h - 6, 7, colours.goal, colours.halo);
  };

  const bestOf = (n) => { let best = Infinity; for (let k = 0; k < n; k++) best = Math.min(best, loss(place(k))); return best; };
  return {
    panels: [tried, pair],
    summary() {
      const { step } = view.state;
      if (!step) return `Nothing tried yet. The first ${startup} trials are random.`;
      const fine = Array.from({ length: step }, (_, k) => k).filter((k) => good(step, k)).length;
      const split = step < startup ? "" : ` ${fine} of them ${fine === 1 ? "is" : "are"} called good; the ratio is largest at ${number(value(arrays.peak[which() * (trials + 1) + step]))}.`;
      const next = step < trials ? ` Next: ${number(value(place(step)))}.` : "";
      return `${plural(step, "trial")}.${split}${next} Best so far ${number(bestOf(step), 3)}, the lowest is ${number(lowest(), 3)}.`;
    },
    judge() {
      if (row() !== 0) return { reached: false, text: `Choose “${labels[0]}” for it.` };
      const half = trials / 2, best = bestOf(half), above = best / lowest() - 1;
      return { reached: above <= data.target + 1e-6, text: `After ${half} trials this run is ${number(100 * Math.max(0, above))} % above.` };
    },
  };
}
