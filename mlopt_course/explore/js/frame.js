// A panel: a captioned canvas that knows its size, and the axes drawn on it.
function element(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") e.textContent = value;
    else if (name in e && typeof value !== "string") e[name] = value;
    else e.setAttribute(name, value);
  }
  e.append(...children);
  return e;
}

function panel(kind, caption) {
  const ground = element("canvas", { "aria-hidden": "true" }), canvas = element("canvas", { role: "img" });
  const box = element("div", { class: "mlopt-canvas" }, ground, canvas);
  const heading = element("figcaption", { text: caption });
  const figure = element("figure", { class: `mlopt-panel mlopt-${kind}` }, heading, box);
  return { kind, figure, heading, box, ground, canvas, drawn: "" };
}

// The panel at its size on the page and the resolution of the screen; null while it has no size. What does not change
// with every step (`draw`) lies on a canvas beneath, drawn again when `key`, the size or the colours have changed.
function fit(p, colours, { left, bottom, top = 8, right = 10 }, key, draw) {
  const w = p.box.clientWidth, h = p.box.clientHeight;
  if (w < 40 || h < 40) return null;
  const ratio = Math.min(3, Math.max(window.devicePixelRatio || 1, 1));
  const wide = Math.round(w * ratio), high = Math.round(h * ratio);
  p.area = { x: left, y: top, w: w - left - right, h: h - top - bottom, ratio };
  const ready = (canvas) => {
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    g.font = `12px ${colours.font}`;
    g.lineJoin = g.lineCap = "round";
    return g;
  };
  const wanted = JSON.stringify([key, w, h, ratio, colours.paper, colours.font, left, top]);
  if (wanted !== p.drawn) {
    draw(ready(p.ground), p.area);
    p.drawn = wanted;
  }
  return ready(p.canvas);
}

// Ticks as [fraction, text]; labels that would run into one another are left out.
function axes(g, p, colours, { xTicks, yTicks, xLabel, yLabel, grid = false }) {
  const { x, y, w, h } = p.area;
  g.strokeStyle = colours.rule;
  g.fillStyle = colours.muted;
  g.lineWidth = 1;
  g.textAlign = "center";
  g.textBaseline = "top";
  const nameFrom = x + w - (xLabel ? g.measureText(xLabel).width + 6 : 0);
  let free = -Infinity;
  for (const [t, text] of xTicks) {
    const at = x + t * w, half = g.measureText(text).width / 2;
    line(g, at, y + h, at, y + h + 4);
    const left = Math.max(at - half, 0);
    if (left < free + 6 || at + half > nameFrom) continue;
    g.fillText(text, left + half, y + h + 6);
    free = left + 2 * half;
  }
  g.textAlign = "right";
  if (xLabel) italic(g, () => g.fillText(xLabel, x + w, y + h + 6));
  g.textBaseline = "middle";
  for (const [t, text] of yTicks) {
    const at = y + h - t * h;
    line(g, x - 4, at, x, at);
    if (grid) line(g, x, at, x + w, at);
    g.fillText(text, x - 7, Math.max(at, y + 4));
  }
  if (yLabel) {
    g.textAlign = "left";
    g.textBaseline = "top";
    italic(g, () => g.fillText(yLabel, 0, 0));
  }
  g.strokeRect(x, y, w, h);
}

function italic(g, draw) {
  const font = g.font;
  g.font = "italic " + font;
  draw();
  g.font = font;
}

function line(g, x0, y0, x1, y1) {
  g.beginPath();
  g.moveTo(x0, y0);
  g.lineTo(x1, y1);
  g.stroke();
}

function inside(g, { x, y, w, h }, draw) {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  draw();
  g.restore();
}

const SHAPES = {
  disc: (g, r) => g.arc(0, 0, r, 0, 7),
  ring: (g, r) => g.arc(0, 0, r, 0, 7),
  square: (g, r) => g.rect(-0.88 * r, -0.88 * r, 1.76 * r, 1.76 * r),
  diamond: (g, r) => polygon(g, [[0, -1.25 * r], [1.25 * r, 0], [0, 1.25 * r], [-1.25 * r, 0]]),
  triangle: (g, r) => polygon(g, [[0, -1.25 * r], [1.15 * r, 0.8 * r], [-1.15 * r, 0.8 * r]]),
  wedge: (g, r) => polygon(g, [[0, 1.25 * r], [1.15 * r, -0.8 * r], [-1.15 * r, -0.8 * r]]),
  cross: (g, r) => { g.rotate(Math.PI / 4); plusShape(g, r); },
  plus: (g, r) => plusShape(g, r),
  star: (g, r) => polygon(g, Array.from({ length: 10 }, (_, k) => {
    const radius = k % 2 ? 0.45 * r : 1.15 * r, angle = (k * Math.PI) / 5 - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  })),
};

function plusShape(g, r) {
  g.rect(-1.25 * r, -0.4 * r, 2.5 * r, 0.8 * r);
  g.rect(-0.4 * r, -1.25 * r, 0.8 * r, 2.5 * r);
}

function polygon(g, corners) {
  corners.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
  g.closePath();
}

function marker(g, shape, x, y, radius, colour, halo) {
  g.save();
  g.translate(x, y);
  g.setLineDash([]);
  g.beginPath();
  SHAPES[shape](g, radius);
  if (halo) {
    g.strokeStyle = halo;
    g.lineWidth = 2.5;
    g.stroke();
  }
  g.fillStyle = g.strokeStyle = colour;
  g.lineWidth = 1.8;
  if (shape === "ring") g.stroke();
  else g.fill();
  g.restore();
}

// Pointer position as fractions of the panel's area, while it is down.
function dragging(p, moved) {
  const at = (event) => {
    const r = p.canvas.getBoundingClientRect(), { x, y, w, h } = p.area;
    moved((event.clientX - r.left - x) / w, 1 - (event.clientY - r.top - y) / h, event);
  };
  p.canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !p.area) return;
    p.canvas.setPointerCapture(event.pointerId);
    at(event);
  });
  p.canvas.addEventListener("pointermove", (event) => { if (p.canvas.hasPointerCapture(event.pointerId)) at(event); });
}
