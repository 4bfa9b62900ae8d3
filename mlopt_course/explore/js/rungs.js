// Successive halving over measured learning curves. Which networks go on is found here, as `rungs.bracket` does it:
// of each rung the best floor(n / eta^k), equal ones in their order.
function halve(curve, n, epochs, eta, least) {
  const levels = [], there = [];
  let alive = Array.from({ length: n }, (_, j) => j);
  for (let k = 0, level = least; level <= epochs * (1 + 1e-9); k++, level *= eta) {
    const keep = Math.floor(n / eta ** k + 1e-9);
    if (keep < 1) break;
    if (k) {
      const at = levels[k - 1] - 1;
      alive = alive.map((j, place) => [curve(j)[at], place, j]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, keep).map((one) => one[2]);
    }
    levels.push(level);
    there.push(alive);
  }
  return { levels, there, cost: there.reduce((sum, rung, k) => sum + rung.length * levels[k], 0) };
}

function scene(view) {
  const { data, arrays } = view, { epochs, unit, largest, low, ceiling } = data;
  let run, curve, rank, winner;
  const refresh = () => {
    const { draw, size, eta, least } = view.state;
    curve = (j) => { const row = arrays.orders[(draw - 1) * largest + j]; return arrays.curves.subarray(row * epochs, (row + 1) * epochs); };
    run = halve(curve, size, epochs, eta, least);
    rank = (j) => { let better = 1; for (let i = 0; i < size; i++) if (curve(i)[epochs - 1] < curve(j)[epochs - 1]) better += 1; return better; };
    const last = run.there.length - 1, at = run.levels[last] - 1;
    winner = run.there[last].reduce((best, j) => (curve(j)[at] < curve(best)[at] ? j : best), run.there[last][0]);
  };
  const rung = () => Math.min(view.state.step, run.levels.length);
  const lastRung = (j) => run.there.reduce((last, there, k) => (k < rung() && there.includes(j) ? k : last), -1);
  const loss = (code) => code * unit, high = (code) => Math.log(loss(code) / low) / Math.log(ceiling / low);
  const ticks = [0.1, 0.2, 0.3, 0.5, 1, 2, 3].filter((v) => v >= low && v <= ceiling).map((v) => [high(v / unit), number(v)]);
  const th = (n) => n + (n % 100 > 10 && n % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][n % 10] ?? "th");

  const curves = panel("plot", "Losses by epoch. Discs: trained so far; crosses: cut off; faint: never seen");
  curves.draw = () => {
    refresh();
    const { colours, state } = view;
    const g = fit(curves, colours, { left: 34, bottom: 24, top: 18 }, [state.eta, state.least], (under) => axes(under, curves, colours, {
      xTicks: run.levels.map((r) => [Math.log(r) / Math.log(epochs), String(r)]),
      yTicks: ticks, xLabel: "epoch", yLabel: "validation loss",
    }));
    if (!g) return;
    const { x, y, w, h } = curves.area, px = (epoch) => x + (Math.log(epoch) / Math.log(epochs)) * w, py = (v) => y + h - high(v) * h;
    const draw = (values, from, to) => {
      g.beginPath();
      for (let k = from; k <= to; k++) g.lineTo(px(k), py(values[k - 1]));
      g.stroke();
    };
    const done = rung(), names = Array.from({ length: state.size }, (_, j) => j), end = names.map(lastRung);
    g.strokeStyle = colours.rule;
    g.setLineDash([3, 3]);
    run.levels.forEach((r) => line(g, px(r), y, px(r), y + h));
    g.setLineDash([]);
    for (const j of names) {
      Object.assign(g, { strokeStyle: colours.muted, lineWidth: 0.7, globalAlpha: 0.3 });
      draw(curve(j), end[j] < 0 ? 1 : run.levels[end[j]], epochs);
    }
    g.globalAlpha = 1;
    for (const j of names) {
      if (end[j] < 0) continue;
      const stays = end[j] === done - 1, r = run.levels[end[j]];
      Object.assign(g, { strokeStyle: colours.lanes[1], lineWidth: stays ? 1.7 : 0.9 });
      draw(curve(j), 1, r);
      marker(g, stays ? "disc" : "cross", px(r), py(curve(j)[r - 1]), 3, colours.lanes[stays ? 1 : 0]);
    }
    if (done === run.levels.length) marker(g, "star", px(run.levels[done - 1]), py(curve(winner)[run.levels[done - 1] - 1]), 9, colours.goal, colours.halo);
  };

  const worth = panel("curve", "Loss at this rung, and in the end. Discs go on, crosses are cut, the star is the winner");
  worth.draw = () => {
    const { colours, state } = view, done = rung();
    const g = fit(worth, colours, { left: 34, bottom: 24, top: 18 }, "axes", (under) => axes(under, worth, colours, {
      xTicks: ticks, yTicks: ticks, xLabel: "loss at this rung", yLabel: "loss in the end",
    }));
    if (!g || !done) return;
    const { x, y, w, h } = worth.area, at = run.levels[done - 1] - 1, next = run.there[done];
    const place = (j) => [x + high(curve(j)[at]) * w, y + h - high(curve(j)[epochs - 1]) * h];
    g.strokeStyle = colours.rule;
    line(g, x, y + h, x + w, y);
    const here = run.there[done - 1], goesOn = (j) => (next ? next.includes(j) : j === winner);
    here.filter((j) => !goesOn(j)).forEach((j) => marker(g, "cross", ...place(j), 3.2, colours.lanes[0], colours.halo));
    here.filter(goesOn).forEach((j) => marker(g, "disc", ...place(j), 4, colours.lanes[1], colours.halo));
    if (here.includes(winner)) marker(g, "star", ...place(winner), 8, colours.goal, colours.halo);
  };

  return {
    panels: [curves, worth],
    steps() { refresh(); return run.levels.length; },
    summary() {
      refresh();
      const done = rung(), { size } = view.state, whole = size * epochs;
      if (!done) return `${size} networks, none trained yet. Training all of them for ${plural(epochs, "epoch")} would take ${whole}.`;
      const spent = run.there.slice(0, done).reduce((sum, there, k) => sum + there.length * run.levels[k], 0);
      const lead = run.there[done - 1], r = run.levels[done - 1];
      const said = `Rung ${done} of ${run.levels.length}: ${plural(lead.length, "network")} trained for ${plural(r, "epoch")}; ${spent} epochs spent of ${whole} (${number((100 * spent) / whole)} %).`;
      if (done < run.levels.length) return said;
      return `${said} The winner has the loss ${number(loss(curve(winner)[r - 1]), 3)} and comes ${th(rank(winner))} of ${size} in the end; the best ends at ${number(loss(Math.min(...Array.from({ length: size }, (_, j) => curve(j)[epochs - 1]))), 3)}.`;
    },
    judge() {
      refresh();
      const { size, draw } = view.state, { goal } = data, share = run.cost / (size * epochs);
      if (size !== goal.size || draw !== goal.draw) return { reached: false, text: `Choose draw ${goal.draw} and ${goal.size} networks for it.` };
      return { reached: rank(winner) <= goal.best && share <= 1 / goal.within + 1e-9, text: `This winner comes ${th(rank(winner))}, for ${number(100 * share)} % of the epochs.` };
    },
  };
}
