// Lines fitted to points of which some are in the reader's hand. What solves the three problems, here in the page:
// squared loss, the normal equations; absolute loss, all lines through two points, one of which is always optimal;
// Huber loss, weighted least squares with weights min(1, delta / |residual|), again and again until they stand still.
const LOSSES = ["squared", "absolute", "Huber"];

function weightedLine(points, weight) {
  let sum = 0, mx = 0, my = 0, sxx = 0, sxy = 0;
  points.forEach(([x, y], k) => { sum += weight[k]; mx += weight[k] * x; my += weight[k] * y; });
  mx /= sum;
  my /= sum;
  points.forEach(([x, y], k) => { sxx += weight[k] * (x - mx) ** 2; sxy += weight[k] * (x - mx) * (y - my); });
  const slope = sxx > 0 ? sxy / sxx : 0;
  return [my - slope * mx, slope];
}

function absoluteLine(points) {
  let best = weightedLine(points, points.map(() => 1)), least = Infinity;
  for (let i = 0; i < points.length; i++) for (let j = 0; j < i; j++) {
    if (points[i][0] === points[j][0]) continue;
    const slope = (points[i][1] - points[j][1]) / (points[i][0] - points[j][0]), at = points[i][1] - slope * points[i][0];
    const sum = points.reduce((s, [x, y]) => s + Math.abs(y - at - slope * x), 0);
    if (sum < least - 1e-12) { least = sum; best = [at, slope]; }
  }
  return best;
}

function huberLine(points, delta) {
  let weight = points.map(() => 1), fitted = null;
  for (let round = 0, moved = 1; round < 5000 && moved > 1e-12; round++) {
    fitted = weightedLine(points, weight);
    const next = points.map(([x, y]) => Math.min(1, delta / Math.abs(y - fitted[0] - fitted[1] * x)));
    moved = Math.max(...next.map((w, k) => Math.abs(w - weight[k])));
    weight = next;
  }
  return fitted;
}

// How hard a point pulls on its line: the derivative of its loss (of half the square, so that all agree near 0).
const PULL = [(r) => r, (r) => Math.sign(r), (r, delta) => Math.max(-delta, Math.min(delta, r))];

function scene(view) {
  const { fixed, movable, window } = view.data, names = Object.keys(movable);
  const plot = panel("plot", "The points, and the line that each loss fits to them");
  const pull = panel("curve", "How hard the movable points pull, by their distance from the line");
  plot.window = window;
  const legend = lineLegend(view);
  let points = [], lines = [];

  const refit = () => {
    points = [...fixed, ...names.map((name) => view.state[name])];
    lines = [weightedLine(points, points.map(() => 1)), absoluteLine(points), huberLine(points, view.state.delta)];
    legend.update(lines);
  };

  plot.draw = () => {
    refit();
    const { colours } = view, [[x0, x1], [y0, y1]] = window;
    const g = fit(plot, colours, { left: 26, bottom: 24 }, "axes", (under) => axes(under, plot, colours, {
      xTicks: linearTicks(x0, x1, 6).map((v) => [within(v, [x0, x1]), number(v)]),
      yTicks: linearTicks(y0, y1, 5).map((v) => [within(v, [y0, y1]), number(v)]), xLabel: "x", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = plot.area;
    const px = (v) => x + within(v, [x0, x1]) * w, py = (v) => y + h - within(v, [y0, y1]) * h;
    inside(g, plot.area, () => lines.forEach(([at, slope], k) => {
      g.strokeStyle = colours.lanes[k];
      g.lineWidth = 2.4;
      g.setLineDash(DASHES[k]);
      line(g, px(x0), py(at + slope * x0), px(x1), py(at + slope * x1));
      g.setLineDash([]);
    }));
    fixed.forEach((p) => marker(g, "disc", px(p[0]), py(p[1]), 4, colours.muted, colours.halo));
    names.forEach((name) => letter(g, colours, name, px(view.state[name][0]), py(view.state[name][1])));
  };

  pull.draw = () => {
    const { colours, state } = view, reach = [-10, 10], high = [-5.5, 5.5];
    const g = fit(pull, colours, { left: 26, bottom: 24 }, "axes", (under) => axes(under, pull, colours, {
      xTicks: linearTicks(-10, 10, 4).map((v) => [within(v, reach), number(v)]),
      yTicks: linearTicks(-4, 4, 4).map((v) => [within(v, high), number(v)]), xLabel: "distance", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = pull.area;
    const px = (v) => x + within(v, reach) * w, py = (v) => y + h - within(v, high) * h;
    inside(g, pull.area, () => LOSSES.forEach((_, k) => {
      g.strokeStyle = colours.lanes[k];
      g.lineWidth = 2;
      g.setLineDash(DASHES[k]);
      g.beginPath();
      for (let r = -10; r <= 10; r += 0.05) g.lineTo(px(r), py(PULL[k](r, state.delta)));
      g.stroke();
      g.setLineDash([]);
      for (const name of names) {
        const r = residual(name, k);
        marker(g, MARKERS[k], px(r), Math.min(y + h - 4, Math.max(y + 4, py(PULL[k](r, state.delta)))), 4.5, colours.lanes[k], colours.halo);
      }
    }));
  };

  const residual = (name, k) => view.state[name][1] - lines[k][0] - lines[k][1] * view.state[name][0];
  const moved = () => names.filter((name) => movable[name].some((v, k) => v !== view.state[name][k]));

  return {
    panels: [plot, pull],
    extras: [legend.row],
    act: { back: () => view.choose(movable) },
    summary() {
      const far = names.reduce((a, b) => (Math.abs(residual(b, 2)) > Math.abs(residual(a, 2)) ? b : a));
      const [one, two, three] = [0, 1, 2].map((k) => number(Math.abs(PULL[k](residual(far, k), view.state.delta))));
      return `Slopes: squared ${number(lines[0][1])}, absolute ${number(lines[1][1])}, Huber ${number(lines[2][1])}. `
        + `${far} lies farthest from Huber's line. It pulls the squared line with ${one}, the absolute one with ${two}, Huber's with ${three}.`;
    },
    judge() {
      const away = moved(), slope = lines[1][1];
      const text = away.length > 1 ? `${away.join(" and ")} have moved: one alone must do it.`
        : `Its slope is ${number(slope)}.`;
      return { reached: away.length === 1 && slope < 0, text };
    },
  };
}

function letter(g, colours, name, x, y) {
  marker(g, "disc", x, y, 11, colours.ink, colours.halo);
  g.save();
  g.fillStyle = colours.paper;
  g.font = `bold 13px ${colours.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(name, x, y + 0.5);
  g.restore();
}

// Which line is whose, with what it says; the exact numbers stand in data-line.
function lineLegend(view) {
  const items = LOSSES.map((name) => {
    const swatch = element("canvas", { class: "mlopt-swatch", "aria-hidden": "true" });
    const score = element("span", { class: "mlopt-score" });
    return { swatch, score, row: element("div", { class: "mlopt-lane" }, swatch, element("span", { class: "mlopt-name", text: name }), score) };
  });
  return {
    row: element("div", { class: "mlopt-lanes" }, ...items.map((item) => item.row)),
    update(lines) {
      items.forEach(({ swatch, score, row }, k) => {
        const [at, slope] = lines[k];
        row.dataset.line = JSON.stringify(lines[k]);
        score.textContent = `${number(at)} ${slope < 0 ? "−" : "+"} ${number(Math.abs(slope))} x`;
        const ratio = Math.max(1, globalThis.devicePixelRatio || 1);
        Object.assign(swatch, { width: 38 * ratio, height: 14 * ratio });
        const g = swatch.getContext("2d");
        g.scale(ratio, ratio);
        g.strokeStyle = view.colours.lanes[k];
        g.lineWidth = 2.4;
        g.setLineDash(DASHES[k]);
        line(g, 2, 7, 36, 7);
        marker(g, MARKERS[k], 19, 7, 4, view.colours.lanes[k]);
      });
    },
  };
}
