// The reader chooses the next point of a hidden function; a rival chooses by expected improvement, from its own values.
const GRID = Array.from({ length: 201 }, (_, k) => k / 200);

function learned(values, places, scale) {
  const process = gaussianProcess({ points: places.map((k) => [GRID[k]]), values: places.map((k) => values[k]), kernel: "Matérn 5/2", scales: [scale] });
  const told = GRID.map((x) => process.predict([x])), best = Math.min(...places.map((k) => values[k]));
  return { mean: told.map(([m]) => m), std: told.map(([, s]) => s), best, worth: told.map(([m, s]) => expectedImprovement(m, s, best)) };
}

function scene(view) {
  const { data, arrays } = view, { budget, labels, scales, first } = data;
  const functions = labels.map((_, k) => Array.from(arrays.values.subarray(201 * k, 201 * (k + 1))));
  const fresh = () => ({ mine: [...first], rival: [...first], peeked: false });
  const games = Object.fromEntries(labels.map((label) => [label, fresh()]));
  const which = () => labels.indexOf(view.state.function), game = () => games[view.state.function], values = () => functions[which()];
  const spent = () => game().mine.length - first.length, lowest = (places, n = Infinity) => Math.min(...places.slice(0, first.length + n).map((k) => values()[k]));
  const place = () => Math.round(200 * view.state.x), over = () => spent() >= budget;
  const p = panel("curve", "What you know: mean and band of two deviations"), q = panel("curve", "Expected improvement"), r = panel("curve", "Lowest value: you (discs), rival (squares)");
  let known = { key: "" };
  const look = () => {
    const key = `${which()}:${game().mine.join()}`;
    if (known.key !== key) known = { key, ...learned(values(), game().mine, scales[which()]) };
    return known;
  };

  p.draw = () => {
    const { colours } = view, f = values(), at = place(), open = view.state.truth || over();
    p.window = [[0, 1], [-4, 4]];
    const g = fit(p, colours, { left: 30, bottom: 24 }, "axes", (under) => axes(under, p, colours, unitTicks("x", p.window)));
    if (!g) return;
    const belief = look(), { mine } = game();
    const { px, py } = drawBelief(g, p, colours, GRID, { ...belief, truth: open ? f : null, points: mine.map((k) => [GRID[k], f[k]]) });
    if (!over()) {
      Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 2 });
      line(g, px(GRID[at]), p.area.y, px(GRID[at]), p.area.y + p.area.h);
      marker(g, "diamond", px(GRID[at]), py(belief.mean[at]), 5, colours.lanes[0], colours.halo);
    } else {
      game().rival.forEach((k) => marker(g, "square", px(GRID[k]), py(f[k]), 3.6, colours.lanes[2], colours.halo));
      marker(g, "cross", px(GRID[f.indexOf(Math.min(...f))]), py(Math.min(...f)), 6, colours.ink, colours.halo);
    }
  };
  q.draw = () => {
    const { colours } = view, { worth } = look(), top = Math.max(...worth, 1e-12), shown = view.state.hint || over();
    q.window = [[0, 1], [0, 1.1 * top]];
    q.heading.textContent = shown ? "Expected improvement, from what you know (star: largest)" : "Expected improvement: hidden";
    const g = fit(q, colours, { left: 44, bottom: 24 }, [shown, top], (under) => axes(under, q, colours, { ...unitTicks("x", q.window, 4), ...(shown ? {} : { yTicks: [] }) }));
    if (!g || !shown) return;
    const { x, y, w, h } = q.area, px = (v) => x + v * w, py = (v) => y + h - within(v, q.window[1]) * h;
    Object.assign(g, { strokeStyle: colours.lanes[2], lineWidth: 2.2 });
    g.beginPath();
    worth.forEach((v, k) => g.lineTo(px(GRID[k]), py(v)));
    g.stroke();
    const best = highest(worth, game().mine);
    marker(g, "star", px(GRID[best]), py(worth[best]), 7, colours.lanes[2], colours.halo);
    if (!over()) marker(g, "diamond", px(GRID[place()]), py(worth[place()]), 5, colours.lanes[0], colours.halo);
  };
  r.draw = () => {
    const { colours } = view, f = values(), least = Math.min(...f), top = Math.max(lowest(first) - least, 0.1) * 1.08;
    r.window = [[0, budget], [0, top]];
    const g = fit(r, colours, { left: 44, bottom: 24, top: 20 }, [which()], (under) => axes(under, r, colours, {
      xTicks: Array.from({ length: budget + 1 }, (_, k) => [k / budget, String(k)]), yTicks: linearTicks(0, top, 4).map((v) => [v / top, number(v)]), xLabel: "", yLabel: "above the minimum", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = r.area;
    [[game().rival, 2, "square"], [game().mine, 0, "disc"]].forEach(([places, lane, shape]) => {
      Object.assign(g, { strokeStyle: colours.lanes[lane], lineWidth: 2 });
      g.setLineDash(lane ? DASHES[1] : []);
      const at = Array.from({ length: spent() + 1 }, (_, n) => [x + (n / budget) * w, y + h - ((lowest(places, n) - least) / top) * h]);
      g.beginPath();
      at.forEach((one) => g.lineTo(...one));
      g.stroke();
      g.setLineDash([]);
      at.forEach((one) => marker(g, shape, ...one, lane ? 5 : 3.4, colours.lanes[lane], colours.halo));
    });
  };
  dragging(p, (u) => { if (!over()) view.choose({ x: Math.round(200 * Math.min(1, Math.max(0, u))) / 200 }); });

  return {
    panels: [p, q, r],
    act: {
      evaluate() {
        const { mine, rival } = game(), f = values(), at = place();
        if (over()) view.note = "The budget is spent. Start again, or choose another function.";
        else if (mine.includes(at)) view.note = "That point is known already.";
        else {
          view.note = "";
          rival.push(highest(learned(f, rival, scales[which()]).worth, rival));
          mine.push(at);
          if (view.state.truth) game().peeked = true;
        }
        view.update();
      },
      again() {
        games[view.state.function] = fresh();
        view.choose({ truth: false });
      },
    },
    settle(next) {
      if (next.truth && games[next.function].mine.length - first.length < budget) games[next.function].peeked = true;
      return next;
    },
    summary() {
      const f = values(), least = Math.min(...f), belief = look(), at = place();
      if (over()) return `After ${budget} evaluations you are ${number(lowest(game().mine) - least)} above the minimum, your rival is ${number(lowest(game().rival) - least)} above it.`;
      const here = `At x = ${number(GRID[at], 3)} you expect ${number(belief.mean[at])} ± ${number(2 * belief.std[at])}.`;
      const hint = view.state.hint ? ` The expected improvement there is ${number(belief.worth[at])}; at most it is ${number(Math.max(...belief.worth))}.` : "";
      return `Evaluation ${spent() + 1} of ${budget}. ${here}${hint} Your lowest value is ${number(belief.best)}.`;
    },
    judge() {
      const mine = lowest(game().mine), rival = lowest(game().rival), ahead = mine <= rival + 0.01;
      if (!over()) return { reached: false, text: spent() ? `${plural(budget - spent(), "evaluation")} left.` : "Choose a point, and evaluate." };
      if (game().peeked) return { reached: false, text: "You have seen the function before the end. Play again." };
      return { reached: ahead, text: mine < rival - 0.01 ? "You beat it." : ahead ? "A draw, and that is good." : "Your rival is lower." };
    },
  };
}
