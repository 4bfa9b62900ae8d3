// The landscape: contours of a plane or the curve of a line, with paths, points, simplices and populations on it.
function landscapePanel(view) {
  const p = panel("landscape", "Landscape");
  p.draw = () => {
    const problem = view.problem(), colours = view.colours, plane = problem.kind === "plane";
    p.figure.hidden = problem.kind === "none";
    if (p.figure.hidden) return;
    p.heading.textContent = plane ? "Landscape" : "The function";
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, [view.state.problem, view.state.start], (under) => {
      const { x, y, w, h, ratio } = p.area, [across, up] = problem.window;
      if (plane) under.drawImage(contours(view.field(), problem.levels, w * ratio, h * ratio, colours), x, y, w, h);
      axes(under, p, colours, {
        xTicks: linearTicks(...across, 5).map((v) => [within(v, across), number(v)]),
        yTicks: linearTicks(...up, 5).map((v) => [within(v, up), number(v)]),
        xLabel: plane ? "x₁" : "x", yLabel: plane ? "x₂" : "f(x)",
      });
      inside(under, p.area, () => {
        if (!plane) curveOfLine(under, p.area, view.field(), problem, colours);
        drawOptima(under, p.area, problem, colours);
        otherStarts(under, p.area, problem, view);
      });
    });
    if (g) inside(g, p.area, () => view.lanes().forEach((run, k) => run && drawRun(g, p.area, run, k, view)));
  };
  return p;
}

// Contours with axes, drawn once under what moves: the window is [across, up].
function ground(g, p, colours, field, levels, [across, up], [xLabel, yLabel] = ["x₁", "x₂"]) {
  const { x, y, w, h, ratio } = p.area;
  g.drawImage(contours(field, levels, w * ratio, h * ratio, colours), x, y, w, h);
  axes(g, p, colours, {
    xTicks: linearTicks(...across, 5).map((v) => [within(v, across), number(v)]),
    yTicks: linearTicks(...up, 5).map((v) => [within(v, up), number(v)]), xLabel, yLabel,
  });
}

// Bands of shade with smooth lines between them: the grid is interpolated by cubics at every pixel of the canvas.
function contours(field, levels, w, h, colours) {
  w = Math.round(w);
  h = Math.round(h);
  const n = Math.round(Math.sqrt(field.length)), f = upsample(field, n, w, h);
  const canvas = element("canvas", { width: w, height: h }), g = canvas.getContext("2d");
  const image = g.createImageData(w, h), out = new Uint32Array(image.data.buffer);
  const bands = levels.length, ink = rgb(colours.contour);
  const shades = Array.from({ length: bands + 1 }, (_, k) => mix(colours.deep, colours.shallow, (k / bands) ** 0.8));
  for (let j = 0; j < h; j++) for (let i = 0; i < w; i++) {
    const at = j * w + i, v = f[at];
    let band = 0;
    while (band < bands && levels[band] < v) band++;
    const dx = f[at + (i + 1 < w ? 1 : 0)] - f[at - (i ? 1 : 0)], dy = f[at + (j + 1 < h ? w : 0)] - f[at - (j ? w : 0)];
    const slope = Math.hypot(dx, dy) / 2 || 1e-9;
    const away = Math.min(band ? v - levels[band - 1] : Infinity, band < bands ? levels[band] - v : Infinity) / slope;
    const dark = Math.max(0, Math.min(1, 1.1 - away)) * 0.55, s = shades[band];
    const mixed = s.map((c, k) => c + (ink[k] - c) * dark);
    out[at] = 0xff000000 | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0];
  }
  g.putImageData(image, 0, 0);
  return canvas;
}

function upsample(field, n, w, h) {
  const rows = new Float32Array(n * w), out = new Float32Array(w * h);
  const weights = (size) => Array.from({ length: size }, (_, i) => {
    const at = (i / (size - 1)) * (n - 1), k = Math.min(Math.floor(at), n - 2), t = at - k;
    const near = [k - 1, k, k + 1, k + 2].map((m) => Math.min(Math.max(m, 0), n - 1));
    return [...near, ((2 - t) * t - 1) * t * 0.5, ((3 * t - 5) * t * t + 2) * 0.5, ((4 - 3 * t) * t + 1) * t * 0.5,
      (t - 1) * t * t * 0.5];
  });
  const across = weights(w), upward = weights(h);
  for (let j = 0; j < n; j++) for (let i = 0; i < w; i++) {
    const [a, b, c, d, p, q, r, s] = across[i], o = j * n;
    rows[j * w + i] = field[o + a] * p + field[o + b] * q + field[o + c] * r + field[o + d] * s;
  }
  for (let j = 0; j < h; j++) {
    const [a, b, c, d, p, q, r, s] = upward[h - 1 - j];
    for (let i = 0; i < w; i++) {
      out[j * w + i] = rows[a * w + i] * p + rows[b * w + i] * q + rows[c * w + i] * r + rows[d * w + i] * s;
    }
  }
  return out;
}

function curveOfLine(g, { x, y, w, h }, field, problem, colours) {
  g.strokeStyle = colours.muted;
  g.lineWidth = 1.8;
  g.beginPath();
  field.forEach((code, k) => {
    const f = problem.lowest + ((code / 65535) * problem.scale) ** 2;
    g.lineTo(x + (k / (field.length - 1)) * w, y + h - within(f, problem.window[1]) * h);
  });
  g.stroke();
}

function drawOptima(g, { x, y, w, h }, problem, colours) {
  for (const at of problem.optima) {
    const left = x + within(at[0], problem.window[0]) * w;
    const top = y + h - within(at.length > 1 ? at[1] : problem.lowest, problem.window[1]) * h;
    marker(g, "cross", left, top, 5.5, colours.ink, colours.halo);
  }
}

// Starts that were computed beforehand and can be clicked.
function otherStarts(g, { x, y, w, h }, problem, view) {
  problem.starts.forEach(({ at }, k) => {
    if (k === view.state.start || !at || at.length < 2) return;
    marker(g, "ring", x + within(at[0], problem.window[0]) * w, y + h - within(at[1], problem.window[1]) * h, 5,
      view.colours.muted, view.colours.halo);
  });
}

function drawRun(g, { x, y, w, h }, run, k, view) {
  const colours = view.colours, colour = colours.lanes[k], last = Math.min(view.state.step, run.last);
  const px = (i) => x + fraction(run.x[2 * i]) * w, py = (i) => y + h - fraction(run.x[2 * i + 1]) * h;
  drawCloud(g, { x, y, w, h }, run, last, colour, view.spec.lanes[k].cloud);
  g.setLineDash([]);
  for (const [stroke, width] of [[colours.halo, 4], [colour, 1.8]]) {
    g.strokeStyle = stroke;
    g.lineWidth = width;
    if (stroke === colour) g.setLineDash(DASHES[k]);
    g.beginPath();
    for (let i = 0; i <= last; i++) g.lineTo(px(i), py(i));
    g.stroke();
  }
  g.setLineDash([]);
  const alone = view.spec.lanes.length === 1, every = alone ? 1 : Math.max(1, Math.round(last / 6));
  for (let i = alone ? 1 : every; i < last; i += every) {
    marker(g, MARKERS[k], px(i), py(i), alone ? Math.max(1.5, 2.8 - last / 80) : 3.2, colour);
  }
  marker(g, "ring", px(0), py(0), 6, colour, colours.halo);
  if (last) marker(g, MARKERS[k], px(last), py(last), 5.5, colour, colours.halo);
}

function drawCloud(g, { x, y, w, h }, run, step, colour, how) {
  if (!run.cloud) return;
  const m = run.cloudSize, at = (i) => [
    x + fraction(run.cloud[2 * (step * m + i)]) * w, y + h - fraction(run.cloud[2 * (step * m + i) + 1]) * h,
  ];
  const corners = Array.from({ length: m }, (_, i) => at(i));
  g.strokeStyle = g.fillStyle = colour;
  g.lineWidth = 1.5;
  g.globalAlpha = 0.25;
  if (how === "points") g.globalAlpha = 0.7;
  g.beginPath();
  if (how === "polygon") polygon(g, corners);
  else if (how === "interval") g.rect(corners[0][0], y, corners[m - 1][0] - corners[0][0], h);
  else for (const [a, b] of corners) { g.moveTo(a + 2.5, b); g.arc(a, b, 2.5, 0, 7); }
  if (step) g.fill();
  g.globalAlpha = 1;
  if (how === "polygon" && step) g.stroke();
}
