// The best of n tries: counts of mistakes and test errors come from Python; who wins is found here.
function scene(view) {
  const { data, arrays } = view, { labels, images, count, tries, draws } = data, last = tries.at(-1);
  const pool = () => labels.indexOf(view.state.pool), size = () => images.indexOf(view.state.images);
  const error = (model, draw = view.state.draw) => arrays.counts[(((draw - 1) * images.length + size()) * labels.length + pool()) * count + model] / view.state.images;
  const test = (model, draw = view.state.draw) => arrays.test[((draw - 1) * labels.length + pool()) * count + model];
  const tried = (k, draw = view.state.draw) => arrays.orders[(draw - 1) * count + k];
  // The winner of the first n tries, for n = 1, 2, ...; the first of equal ones stays.
  const winners = (draw, n) => {
    const best = [tried(0, draw)];
    for (let k = 1; k < n; k++) best.push(error(tried(k, draw), draw) < error(best[k - 1], draw) ? tried(k, draw) : best[k - 1]);
    return best;
  };
  const reach = () => { let most = 0; for (let k = 0; k < count; k++) most = Math.max(most, error(k), test(k)); return [-0.02 * most, Math.min(1, 1.05 * most)]; };

  const cloud = panel("plot", "Each try: error on validation and on new images. The star is the winner");
  cloud.draw = () => {
    const { colours, state } = view, range = reach();
    const g = fit(cloud, colours, { left: 38, bottom: 24, top: 18 }, range, (under) => axes(under, cloud, colours, {
      xTicks: linearTicks(0, range[1], 5).map((v) => [within(v, range), number(v)]),
      yTicks: linearTicks(0, range[1], 5).map((v) => [within(v, range), number(v)]), xLabel: "validation error", yLabel: "test error",
    }));
    if (!g) return;
    const { x, y, w, h } = cloud.area, px = (v) => x + within(v, range) * w, py = (v) => y + h - within(v, range) * h;
    Object.assign(g, { strokeStyle: colours.muted, lineWidth: 1 });
    g.setLineDash([3, 3]);
    line(g, px(range[0]), py(range[0]), px(range[1]), py(range[1]));
    g.setLineDash([]);
    g.globalAlpha = 0.65;
    for (let k = 0; k < state.tries; k++) marker(g, "disc", px(error(tried(k))), py(test(tried(k))), 2.8, colours.lanes[1]);
    g.globalAlpha = 1;
    const best = winners(state.draw, state.tries).at(-1);
    marker(g, "star", px(error(best)), py(test(best)), 10, colours.goal, colours.halo);
  };

  const course = panel("curve", "The winner so far: validation error (solid), test error (dashed); thin: other draws");
  course.draw = () => {
    const { colours, state } = view, most = Math.max(0.05, 1.25 * Math.max(...[1, 2, 3].map((d) => { const third = winners(d, 3)[2]; return Math.max(error(third, d), test(third, d)); })));
    const range = [-0.03 * most, most], along = (n) => Math.log(n) / Math.log(last);
    const g = fit(course, colours, { left: 38, bottom: 24, top: 18 }, [range, "axes"], (under) => axes(under, course, colours, {
      xTicks: [1, 3, 10, 30, 100, 300].filter((n) => n <= last).map((n) => [along(n), String(n)]),
      yTicks: linearTicks(0, most, 5).map((v) => [within(v, range), number(v)]), xLabel: "tries n", yLabel: "error of the winner",
    }));
    if (!g) return;
    const { x, y, w, h } = course.area, px = (n) => x + along(n) * w, py = (v) => y + h - within(v, range) * h;
    const draw = (best, d, measure, colour, dash, wide) => {
      Object.assign(g, { strokeStyle: colour, lineWidth: wide });
      g.setLineDash(dash);
      g.beginPath();
      best.forEach((model, k) => g.lineTo(px(k + 1), py(measure(model, d))));
      g.stroke();
      g.setLineDash([]);
    };
    inside(g, course.area, () => {
      g.globalAlpha = 0.3;
      for (let d = 1; d <= draws; d++) {
        if (d === state.draw) continue;
        const best = winners(d, last);
        draw(best, d, error, colours.lanes[1], [], 0.8);
        draw(best, d, test, colours.lanes[0], [7, 3], 0.8);
      }
      g.globalAlpha = 1;
      const best = winners(state.draw, last);
      draw(best, state.draw, error, colours.lanes[1], [], 2.2);
      draw(best, state.draw, test, colours.lanes[0], [7, 3], 2.2);
      const now = best[state.tries - 1];
      marker(g, "disc", px(state.tries), py(error(now)), 5, colours.lanes[1], colours.halo);
      marker(g, "square", px(state.tries), py(test(now)), 5, colours.lanes[0], colours.halo);
    });
  };

  const ends = () => { const best = winners(view.state.draw, view.state.tries).at(-1); return [error(best), test(best)]; };
  return {
    panels: [cloud, course],
    summary() {
      const { state } = view, [seen, fresh] = ends();
      let gap = 0;
      for (let d = 1; d <= draws; d++) { const best = winners(d, state.tries).at(-1); gap += (test(best, d) - error(best, d)) / draws; }
      const tail = Math.abs(gap) < 0.0005 ? "no difference on average" : `on average ${number(Math.abs(gap))} ${gap > 0 ? "too good" : "too bad"}`;
      return `${plural(state.tries, "try").replace("trys", "tries")} on ${state.images} images: the winner's validation error is ${number(seen)}, on new images ${number(fresh)}. Over the ${draws} draws the winner's score is ${tail}.`;
    },
    judge() {
      const [seen, fresh] = ends();
      return { reached: seen <= fresh / 2, text: `Here it is ${number(seen)} against ${number(fresh)}.` };
    },
  };
}
