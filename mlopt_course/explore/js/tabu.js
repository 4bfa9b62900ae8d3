// Tabu search on a map: the tour, the roads that are forbidden for a while, and how twenty seeds fare.
function mapPanel(view) {
  const p = panel("landscape", "The tour; thick: just built; dotted: may not be built now");
  p.draw = () => {
    const { colours, data, state } = view, g = fit(p, colours, { left: 8, bottom: 8, top: 8, right: 8 }, [], () => {});
    if (!g) return;
    const { x, y, w, h } = p.area, side = Math.min(w, h) - 12, k = state.step;
    const at = (c) => [x + (w - side) / 2 + data.cities[c][0] * side, y + (h + side) / 2 - data.cities[c][1] * side];
    const road = ([a, b], colour, width, dash) => {
      Object.assign(g, { strokeStyle: colour, lineWidth: width });
      g.setLineDash(dash);
      line(g, ...at(a), ...at(b));
      g.setLineDash([]);
    };
    const tour = view.tour(k), gone = k ? view.broken(k - 1) : [], closed = tour.map((c, i) => [c, tour[(i + 1) % tour.length]]);
    const old = k ? new Set(view.before(k).map((c, i, all) => view.name(c, all[(i + 1) % all.length]))) : null;
    for (const pair of view.forbidden(k)) road(pair, colours.lanes[0], 1.8, [2, 4]);
    for (const pair of gone) road(pair, colours.lanes[0], 2.6, [2, 4]);
    for (const pair of closed) {
      const fresh = old && !old.has(view.name(...pair));
      road(pair, fresh ? colours.lanes[2] : colours.lanes[1], fresh ? 4.5 : 2.2, []);
    }
    data.cities.forEach((_, c) => marker(g, "disc", ...at(c), 4, colours.ink, colours.halo));
  };
  return p;
}

function lengthPanel(view) {
  const p = panel("curve", "Length of the tour (line), the shortest there is (dashed)");
  p.draw = () => {
    const { colours, data, state } = view, n = data.steps, all = view.lengths(), low = data.shortest * 0.96, high = data.shortest * 1.6;
    const at = (v) => (Math.min(v, high) - low) / (high - low);
    const g = fit(p, colours, { left: 44, bottom: 24, top: 18 }, [view.index()], (under) => {
      axes(under, p, colours, {
        xTicks: linearTicks(0, n, 4).map((v) => [v / n, number(v, 3)]), yTicks: linearTicks(low, high, 5).map((v) => [at(v), number(v)]),
        xLabel: "step", yLabel: "length",
      });
      const { x, y, w, h } = p.area;
      Object.assign(under, { strokeStyle: colours.goal, lineWidth: 1.5 });
      under.setLineDash([7, 4]);
      line(under, x, y + h - at(data.shortest) * h, x + w, y + h - at(data.shortest) * h);
      under.setLineDash([]);
      Object.assign(under, { strokeStyle: colours.lanes[1], lineWidth: 1.8 });
      inside(under, p.area, () => {
        under.beginPath();
        all.forEach((v, k) => under.lineTo(x + (k / n) * w, y + h - at(v) * h));
        under.stroke();
      });
    });
    if (!g) return;
    const { x, y, w, h } = p.area, { aspired, returned } = data.flags;
    view.flags().forEach((flag, k) => {
      if (flag & aspired) marker(g, "star", x + (k / n) * w, y + h - at(all[k]) * h, 6, colours.lanes[5], colours.halo);
      if (flag & returned) marker(g, "triangle", x + (k / n) * w, y + h - at(all[k]) * h, 4.5, colours.lanes[3], colours.halo);
    });
    marker(g, "disc", x + (state.step / n) * w, y + h - at(all[state.step]) * h, 5, colours.lanes[1], colours.halo);
  };
  return p;
}

// One dot for each seed, at the step at which it found the shortest tour; those that never did, at the right.
function seedsPanel(view) {
  const p = panel("curve", "Twenty seeds: the step at which each finds the shortest tour");
  p.draw = () => {
    const { colours, data } = view, hits = view.hits(), n = data.steps * 1.16;
    const g = fit(p, colours, { left: 12, bottom: 24, top: 18 }, [view.index()], (under) => {
      axes(under, p, colours, { xTicks: [...linearTicks(0, data.steps * 0.9, 3), n * 0.92].map((v, i, all) => [v / n, i === all.length - 1 ? "never" : number(v, 3)]), yTicks: [], xLabel: "", yLabel: "" });
    });
    if (!g) return;
    const { x, y, w, h } = p.area, slots = {}, deep = Math.max(...[...hits].map((v) => [...hits].filter((u) => Math.round(u / 4) === Math.round(v / 4)).length), 8);
    for (const hit of hits) {
      const never = hit === data.never, slot = Math.round(hit / 4), level = (slots[slot] = (slots[slot] ?? -1) + 1);
      const across = never ? n * 0.92 : Math.round(hit / 4) * 4;
      marker(g, never ? "cross" : "disc", x + (across / n) * w, y + h - 8 - (level / deep) * (h - 14), 4, never ? colours.lanes[0] : colours.lanes[1]);
    }
  };
  return p;
}

function scene(view) {
  const { data, arrays } = view, d = data.cities.length, n = data.steps, { aspired, walled, returned } = data.flags;
  view.index = () => data.axes.reduce((k, { name, values }) => k * values.length + values.indexOf(view.state[name]), 0);
  const part = (array, size) => array.subarray(view.index() * size, (view.index() + 1) * size);
  view.tour = (k) => [...part(arrays.tour, (n + 1) * d).subarray(k * d, (k + 1) * d)];
  view.lengths = () => [...part(arrays.length, n + 1)];
  view.flags = () => [...part(arrays.flag, n + 1)];
  view.hits = () => [...part(arrays.hits, data.seeds)];
  view.name = (a, b) => `${Math.min(a, b)},${Math.max(a, b)}`;
  view.broken = (k) => [0, 2].map((j) => [...part(arrays.broken, 4 * n).subarray(4 * k + j, 4 * k + j + 2)]);
  view.forbidden = (step) => {
    const free = new Map();
    for (let k = 0; k < step; k++) for (const pair of view.broken(k)) free.set(view.name(...pair), [part(arrays.until, n)[k], pair]);
    return [...free.values()].filter(([k]) => k > step).map(([, pair]) => pair);
  };
  // The tour from which step k began: the one before, or the best so far.
  view.before = (k) => {
    if (!(view.flags()[k] & returned)) return view.tour(k - 1);
    const past = view.lengths().slice(0, k);
    return view.tour(past.indexOf(Math.min(...past)));
  };
  view.lengthBefore = (k) => (view.flags()[k] & returned ? Math.min(...view.lengths().slice(0, k)) : view.lengths()[k - 1]);
  const found = () => view.hits().filter((hit) => hit !== data.never);
  const median = () => {
    const all = view.hits().sort((a, b) => a - b), half = all.length / 2;
    return (all[Math.floor(half - 0.5)] + all[Math.floor(half)]) / 2;
  };
  return {
    panels: [mapPanel(view), lengthPanel(view), seedsPanel(view)],
    summary() {
      const { state } = view, k = state.step, flag = view.flags()[k], all = view.lengths();
      const what = [[returned, "it began again at the best tour"], [aspired, "forbidden, but a new best: aspiration"], [walled, "all moves were forbidden"]].filter(([bit]) => flag & bit).map(([, text]) => text);
      const change = k ? (all[k] < view.lengthBefore(k) - 1e-6 ? "shorter" : "longer or the same") : "the start";
      return `Step ${k}: ${change}${what.length ? `; ${what.join("; ")}` : ""}. The tour is ${number(all[k], 4)} long, the best so far ${number(Math.min(...all.slice(0, k + 1)), 4)}, the shortest there is ${number(data.shortest, 4)}; ${plural(view.forbidden(k).length, "road")} forbidden. With these settings ${found().length} of ${data.seeds} seeds find the shortest tour.`;
    },
    judge() {
      const count = found().length, middle = median();
      const speed = middle === data.never ? "" : ` at the median after ${number(middle, 3)} steps`;
      return { reached: count >= data.wanted && middle <= data.within, text: `With these settings ${count} find it,${speed || " too few for a median"}.` };
    },
  };
}
