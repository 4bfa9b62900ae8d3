// The normal distribution that a method draws from: an ellipse that moves, stretches and turns over the landscape.
function cloudsOf({ length, size, parents, mean, shape, error, drawn }) {
  let at = 0, points = 0;
  return Array.from(length, (n, r) => {
    const first = at, begun = points, m = size[r];
    at += n;
    points += n * m;
    return {
      last: n - 1, size: m, parents: parents[r], error: error.subarray(first, first + n), evaluations: (k) => 1 + m * (k + 1),
      mean: (k) => [mean[2 * (first + k)], mean[2 * (first + k) + 1]], axes: (k) => axesOf(...shape.subarray(3 * (first + k), 3 * (first + k) + 3)),
      drawn: (k) => Array.from({ length: m }, (_, i) => [drawn[2 * (begun + k * m + i)], drawn[2 * (begun + k * m + i) + 1]].map(fraction)),
    };
  });
}

// Long and short standard deviation of the covariance [[a, b], [b, c]], and the turn of the long axis in radians.
function axesOf(a, b, c) {
  const middle = (a + c) / 2, half = Math.hypot((a - c) / 2, b);
  return { long: Math.sqrt(Math.max(middle + half, 0)), short: Math.sqrt(Math.max(middle - half, 0)), turn: half > 1e-12 * middle ? Math.atan2(2 * b, a - c) / 2 : 0 };
}

function ring(g, centre, { long, short, turn }, times, at) {
  g.beginPath();
  for (let k = 0; k <= 72; k++) {
    const u = times * long * Math.cos((k * Math.PI) / 36), v = times * short * Math.sin((k * Math.PI) / 36);
    g.lineTo(...at([centre[0] + u * Math.cos(turn) - v * Math.sin(turn), centre[1] + u * Math.sin(turn) + v * Math.cos(turn)]));
  }
}

// Beside the landscape: this ellipse and the next one about a common middle, so large that their shape can be seen.
function enlarged(g, colours, run, k, { x, y, wide }, pixels) {
  const side = Math.min(wide, 96), times = (0.4 * side) / (2 * run.axes(k).long * pixels), middle = [x + side / 2, y + side / 2];
  if (side < 56 || !Number.isFinite(times)) return;
  const at = ([a, b]) => [middle[0] + a * pixels * times, middle[1] - b * pixels * times];
  inside(g, { x, y, w: side, h: side }, () => {
    for (const [i, colour, dash] of k < run.last ? [[k + 1, colours.lanes[1], [5, 4]], [k, colours.lanes[0], []]] : [[k, colours.lanes[0], []]]) {
      Object.assign(g, { strokeStyle: colour, lineWidth: 1.8 });
      g.setLineDash(dash);
      ring(g, [0, 0], run.axes(i), 2, at);
      g.stroke();
    }
    g.setLineDash([]);
  });
  Object.assign(g, { strokeStyle: colours.muted, fillStyle: colours.muted, lineWidth: 1, textAlign: "center", textBaseline: "top" });
  g.strokeRect(x, y, side, side);
  g.fillText(`× ${number(times, 2)}`, middle[0], y + side + 5);
}

function cloudPanel(view) {
  const p = panel("landscape", "Ellipse: two standard deviations. Filled: the draws that shape the next one (dashed)");
  p.draw = () => {
    const { colours, data, arrays } = view, which = view.problem(), run = view.run(), k = view.step();
    const { window: box, levels, optima } = data.problems[which], count = arrays.field.length / data.problems.length;
    // The same scale both ways, so that a circle looks like one.
    const wide = p.box.clientWidth - 44, high = p.box.clientHeight - 42, [dx, dy] = box.map(([low, top]) => top - low);
    const w0 = Math.min(wide, (high * dx) / dy), sides = { left: 34, bottom: 24, right: 10 + wide - w0, top: 18 + high - (w0 * dy) / dx };
    const g = fit(p, colours, sides, which, (under) => {
      ground(under, p, colours, arrays.field.subarray(which * count, (which + 1) * count), levels, box);
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h];
    inside(g, p.area, () => {
      optima.forEach((o) => marker(g, "cross", ...at(o), 5.5, colours.ink, colours.halo));
      for (const [stroke, width] of [[colours.halo, 4], [colours.muted, 1.6]]) {
        Object.assign(g, { strokeStyle: stroke, lineWidth: width });
        g.beginPath();
        for (let i = 0; i <= k; i++) g.lineTo(...at(run.mean(i)));
        g.stroke();
      }
      ring(g, run.mean(k), run.axes(k), 2, at);
      Object.assign(g, { fillStyle: colours.lanes[0], strokeStyle: colours.lanes[0], lineWidth: 2.2, globalAlpha: 0.16 });
      g.fill();
      g.globalAlpha = 1;
      g.stroke();
      if (k < run.last) {
        g.setLineDash([5, 4]);
        Object.assign(g, { strokeStyle: colours.lanes[1], lineWidth: 1.8 });
        ring(g, run.mean(k + 1), run.axes(k + 1), 2, at);
        g.stroke();
        g.setLineDash([]);
      }
      run.drawn(k).forEach(([u, v], i) => marker(g, i < run.parents ? "disc" : "ring", x + u * w, y + h - v * h, i < run.parents ? 3.4 : 2.8, colours.lanes[1], colours.halo));
      marker(g, "plus", ...at(run.mean(k)), 4, colours.lanes[0], colours.halo);
    });
    enlarged(g, colours, run, k, { x: x + w + 8, y, wide: sides.right - 12 }, w / dx);
  };
  return p;
}

function widthPanel(view) {
  const p = panel("curve", "Error (solid), longest and shortest width (dashed, dotted)");
  p.draw = () => {
    const { colours, data } = view, run = view.run(), most = run.evaluations(run.last), low = Math.log10(data.lowest), high = 3;
    const up = (v) => (Math.log10(Math.max(v, data.lowest)) - low) / (high - low);
    const g = fit(p, colours, { left: 44, bottom: 24, top: 18 }, most, (under) => axes(under, p, colours, {
      xTicks: linearTicks(0, most, 4).map((v) => [v / most, number(v, 4)]),
      yTicks: decades(low, high, 6).map((n) => [(n - low) / (high - low), tenTo(n)]), xLabel: "evaluations", yLabel: "error, width", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, at = (k, v) => [x + (run.evaluations(k) / most) * w, y + h - up(v) * h], now = view.step();
    const curves = [[(k) => run.error[k], 4, 0], [(k) => run.axes(k).long, 0, 1], [(k) => run.axes(k).short, 1, 2]];
    for (const [value, colour, dash] of curves) {
      Object.assign(g, { strokeStyle: colours.lanes[colour], lineWidth: 2 });
      g.setLineDash(DASHES[dash]);
      g.beginPath();
      for (let k = 0; k <= run.last; k++) g.lineTo(...at(k, value(k)));
      g.stroke();
      g.setLineDash([]);
      marker(g, MARKERS[dash], ...at(now, value(now)), 4.5, colours.lanes[colour], colours.halo);
    }
  };
  return p;
}

function scene(view) {
  const { data, arrays } = view, runs = cloudsOf(arrays), { goal } = data;
  view.index = () => data.axes.reduce((k, { name, values }) => k * values.length + values.indexOf(view.state[name]), 0);
  view.run = () => runs[view.index()];
  view.problem = () => data.axes[0].values.indexOf(view.state.problem);
  view.step = () => Math.min(view.state.step, view.run().last);
  return {
    panels: [cloudPanel(view), widthPanel(view)],
    steps: () => view.run().last,
    summary() {
      const { state } = view, run = view.run(), k = view.step(), { long, short, turn } = run.axes(k), round = long < 1.001 * short;
      const degrees = ((((turn * 180) / Math.PI) % 180) + 180) % 180;
      const look = round ? `round, ${number(long)} wide` : `widths ${number(long)} and ${number(short)}, the long axis at ${Math.round(degrees) % 180}°`;
      return `${sentence(state.problem)}, ${state.method}, generation ${k}: ${look}. The error is ${number(run.error[k])} after ${plural(run.evaluations(k), "evaluation")}.`;
    },
    judge() {
      const run = view.run(), hit = run.error.findIndex((error) => error <= goal.target);
      if (goal.problem !== view.state.problem) return { reached: false, text: `Choose “${goal.problem}” for it.` };
      if (hit < 0) return { reached: false, text: `This run ends with ${number(run.error[run.last])}.` };
      return { reached: run.evaluations(hit) <= goal.within, text: `Here it takes ${plural(run.evaluations(hit), "evaluation")}.` };
    },
  };
}
