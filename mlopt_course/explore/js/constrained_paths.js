// Penalty, augmented Lagrangian and interior point on their way. The ways come from Python; the script computes the
// landscape that one of them minimises at the step shown (with the formulas of penalties.py and barrier.py).

function valuesOf({ bowls, walls, limits }, which) {
  const { A, centre } = bowls[which];
  return {
    fun: (x) => { const u = [x[0] - centre[0], x[1] - centre[1]]; return (A[0][0] * u[0] * u[0] + 2 * A[0][1] * u[0] * u[1] + A[1][1] * u[1] * u[1]) / 2; },
    walls: (x) => (which ? walls.map((a, k) => dot(a, x) - limits[k]) : [dot(x, x) - 1]),
  };
}

// What the method minimises: weight is the penalty's rho, or the barrier.
function minimised({ fun, walls }, method, weight, mu) {
  if (method === "interior point") return (x) => walls(x).reduce((sum, g) => (g < 0 ? sum - weight * Math.log(-g) : Infinity), fun(x));
  if (method === "penalty") return (x) => walls(x).reduce((sum, g) => sum + (weight / 2) * Math.max(0, g) ** 2, fun(x));
  return (x) => walls(x).reduce((sum, g, k) => sum + (Math.max(0, mu[k] + weight * g) ** 2 - mu[k] ** 2) / (2 * weight), fun(x));
}

const SIDE = 88;

// The function on a grid, as `contours` takes it: roots of heights, and thirteen bands of equal area.
function fieldOf(fun, box) {
  const at = (k, [low, high]) => low + (k / (SIDE - 1)) * (high - low);
  const values = Float64Array.from({ length: SIDE * SIDE }, (_, i) => fun([at(i % SIDE, box[0]), at(Math.floor(i / SIDE), box[1])]));
  const finite = values.filter(Number.isFinite), lowest = Math.min(...finite), top = Math.max(...finite);
  const field = Float32Array.from(values, (v) => Math.sqrt(Math.min(v, top) - lowest)), sorted = Float32Array.from(finite, (v) => Math.sqrt(v - lowest)).sort();
  const levels = Array.from({ length: 12 }, (_, k) => sorted[Math.floor(((k + 1) / 13) ** 2 * (sorted.length - 1))]);
  return { field, levels };
}

function mapPanel(view) {
  const p = panel("landscape", "Landscape and ways");
  p.box.style.aspectRatio = "13 / 10";
  p.draw = () => {
    const { colours, state, data, arrays } = view, which = view.which(), { window: whole, levels, optimum } = data.problems[which];
    const box = state.magnify ? whole.map(([low, high], k) => [optimum[k] - (high - low) / 16, optimum[k] + (high - low) / 16]) : whole;
    const n = arrays.field.length / data.problems.length, shown = data.methods.indexOf(state.shown), own = view.way(Math.max(0, shown));
    const step = Math.max(1, Math.min(state.step, own.last));
    p.heading.textContent = shown < 0 ? "The objective; hatched: not allowed; thin: central path" : `What ${state.shown === "penalty" ? "the penalty method" : "the " + state.shown + " method"} minimises in step ${step}`;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, [which, shown, state.magnify, shown < 0 ? 0 : [state.factor, step]], (under) => {
      const { x, y, w, h } = p.area, functions = valuesOf(data, which);
      const seen = shown >= 0 ? fieldOf(minimised(functions, state.shown, own.weight(step), own.before(step)), box)
        : state.magnify ? fieldOf(functions.fun, box) : { field: arrays.field.subarray(which * n, (which + 1) * n), levels };
      ground(under, p, colours, seen.field, seen.levels, box);
      inside(under, p.area, () => {
        stripesWhere(under, p.area, box, colours, (at) => functions.walls(at).some((v) => v > 0));
        Object.assign(under, { strokeStyle: colours.ink, lineWidth: 2 });
        const place = ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h];
        const borders = which ? [[[-9, 10], [11, -10]], [[-9, -10.2], [11, 9.8]]] : [Array.from({ length: 721 }, (_, k) => [Math.cos((k * Math.PI) / 360), Math.sin((k * Math.PI) / 360)])];
        borders.forEach((points) => {
          under.beginPath();
          points.forEach((q) => under.lineTo(...place(q)));
          under.stroke();
        });
      });
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h];
    inside(g, p.area, () => {
      Object.assign(g, { strokeStyle: colours.ink, lineWidth: 1.3 });
      g.beginPath();
      data.problems[which].central.forEach((q) => g.lineTo(...at(q)));
      g.stroke();
      marker(g, "cross", ...at(optimum), 6, colours.ink, colours.halo);
      data.methods.forEach((_, m) => {
        const way = view.way(m), last = Math.min(state.step, way.last), colour = colours.lanes[m];
        for (const [stroke, width] of [[colours.halo, 4.5], [colour, 2]]) {
          Object.assign(g, { strokeStyle: stroke, lineWidth: width });
          g.setLineDash(stroke === colour ? DASHES[m] : []);
          g.beginPath();
          for (let k = 0; k <= last; k++) g.lineTo(...at(way.x(k)));
          g.stroke();
        }
        g.setLineDash([]);
        for (let k = 1; k < last; k++) marker(g, MARKERS[m], ...at(way.x(k)), 2.6, colour, colours.halo);
        marker(g, MARKERS[m], ...at(way.x(last)), 5.5, colour, colours.halo);
      });
      marker(g, "ring", ...at(view.way(0).x(0)), 6, colours.ink, colours.halo);
    });
  };
  return p;
}

function errorPanel(view) {
  const p = panel("curve", "Distance from the optimum, by evaluations (log scales)"), reach = [0, 4], high = [-7.3, 0.7];
  p.box.style.aspectRatio = "1 / 0.8";
  p.draw = () => {
    const { colours, state, data } = view;
    const g = fit(p, colours, { left: 38, bottom: 24, top: 18 }, "axes", (under) => axes(under, p, colours, {
      xTicks: [0, 1, 2, 3, 4].map((k) => [within(k, reach), k < 4 ? String(10 ** k) : ""]), yTicks: decades(...high, 5).map((k) => [within(k, high), tenTo(k)]), xLabel: "evaluations", yLabel: "distance", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area;
    inside(g, p.area, () => data.methods.forEach((_, m) => {
      const way = view.way(m), colour = colours.lanes[m];
      const at = (k) => [x + within(Math.log10(Math.max(1, way.spent(k))), reach) * w, y + h - within(Math.log10(Math.max(1e-16, way.error(k))), high) * h];
      Object.assign(g, { strokeStyle: colour, lineWidth: 2 });
      g.setLineDash(DASHES[m]);
      g.beginPath();
      for (let k = 0; k <= way.last; k++) g.lineTo(...at(k));
      g.stroke();
      g.setLineDash([]);
      for (let k = 0; k <= way.last; k++) marker(g, MARKERS[m], ...at(k), 2.6, colour);
      marker(g, MARKERS[m], ...at(Math.min(state.step, way.last)), 6, colour, colours.halo);
    }));
  };
  return p;
}

// Colour, dash and marker of each method, and how far it is.
function legendOf(view) {
  const items = view.data.methods.map((name) => {
    const swatch = element("canvas", { class: "mlopt-swatch", "aria-hidden": "true" }), score = element("span", { class: "mlopt-score" });
    return { swatch, score, row: element("div", { class: "mlopt-lane" }, swatch, element("span", { class: "mlopt-name", style: "white-space: normal; line-height: 1.2", text: name }), score) };
  });
  return {
    row: element("div", { class: "mlopt-lanes" }, ...items.map((item) => item.row)),
    update() {
      items.forEach(({ swatch, score, row }, m) => {
        const way = view.way(m), k = Math.min(view.state.step, way.last), ratio = Math.max(1, globalThis.devicePixelRatio || 1);
        score.textContent = number(way.error(k));
        row.dataset.error = way.error(k);
        Object.assign(swatch, { width: 38 * ratio, height: 14 * ratio });
        const g = swatch.getContext("2d");
        g.setTransform(ratio, 0, 0, ratio, 0, 0);
        Object.assign(g, { strokeStyle: view.colours.lanes[m], lineWidth: 2.2 });
        g.setLineDash(DASHES[m]);
        line(g, 1, 7, 37, 7);
        marker(g, MARKERS[m], 19, 7, 4, view.colours.lanes[m]);
      });
    },
  };
}

function scene(view) {
  const { data, arrays } = view, count = data.methods.length, starts = [];
  arrays.length.reduce((sum, n, k) => { starts[k] = sum; return sum + n; }, 0);
  view.which = () => data.problems.findIndex((one) => one.label === view.state.problem);
  view.way = (m) => {
    const k = (view.which() * data.factors.length + data.factors.indexOf(view.state.factor)) * count + m, from = starts[k], { optimum } = data.problems[view.which()];
    const x = (i) => [arrays.x[2 * (from + i)], arrays.x[2 * (from + i) + 1]], pair = (a) => (i) => [a[2 * (from + i)], a[2 * (from + i) + 1]];
    return {
      last: arrays.length[k] - 1, x, error: (i) => Math.hypot(x(i)[0] - optimum[0], x(i)[1] - optimum[1]),
      weight: (i) => arrays.weight[from + i], before: pair(arrays.before), after: pair(arrays.after), spent: (i) => arrays.spent[from + i],
    };
  };
  const legend = legendOf(view), map = mapPanel(view), error = errorPanel(view), drawError = error.draw;
  error.draw = () => { drawError(); legend.update(); };
  const now = (m) => { const way = view.way(m); return { way, k: Math.min(view.state.step, way.last) }; };
  return {
    panels: [map, error],
    extras: [legend.row],
    summary() {
      const { state } = view, one = view.which() ? 2 : 1, exact = data.problems[view.which()].multipliers.slice(0, one);
      if (!state.step) return "All three start at the ring. What they look for is at the cross.";
      const said = (values) => values.slice(0, one).map((v) => number(v, 3)).join(", ");
      const told = data.methods.map((name, m) => { const { way, k } = now(m); return `${name} ${said(way.after(k))}`; }).join("; ");
      const { way, k } = now(0), inner = now(2);
      return `Step ${state.step}. The penalty's weight is ${number(way.weight(k))}, the barrier ${number(inner.way.weight(inner.k))}. Multipliers: ${told}; exact ${said(exact)}.`;
    },
    judge() {
      const [a, b] = [now(0), now(1)].map(({ way, k }) => way.error(k)), ratio = a / b;
      return { reached: ratio >= 1e4, text: ratio >= 1 ? `Here it is ${number(ratio)} times nearer.` : "Here the penalty is nearer." };
    },
  };
}
