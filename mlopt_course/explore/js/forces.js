// Vectors of the plane, the arrows that show them, and the stripes on what is not allowed.
const dot = (u, v) => u[0] * v[0] + u[1] * v[1];
const size = (u) => Math.hypot(u[0], u[1]);
const plusTimes = (u, t, v) => [u[0] + t * v[0], u[1] + t * v[1]];

function arrow(g, from, to, colour, halo, dash = []) {
  const turn = Math.atan2(to[1] - from[1], to[0] - from[0]), long = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (long < 3) return;
  const head = Math.min(11, long * 0.6), stop = [to[0] - head * 0.8 * Math.cos(turn), to[1] - head * 0.8 * Math.sin(turn)];
  for (const [stroke, width] of [[halo, 6], [colour, 3]]) {
    Object.assign(g, { strokeStyle: stroke, lineWidth: width });
    g.setLineDash(stroke === halo ? [] : dash);
    line(g, ...from, ...stop);
  }
  g.setLineDash([]);
  g.fillStyle = colour;
  g.beginPath();
  g.moveTo(...to);
  for (const side of [2.65, -2.65]) g.lineTo(to[0] + head * Math.cos(turn + side), to[1] + head * Math.sin(turn + side));
  g.closePath();
  g.fill();
}

// Stripes wherever `outside` holds of a point, which is asked every few pixels.
function stripesWhere(g, { x, y, w, h }, box, colours, outside) {
  g.save();
  Object.assign(g, { strokeStyle: colours.ink, lineWidth: 1, globalAlpha: 0.45 });
  const at = (px, py) => [box[0][0] + ((px - x) / w) * (box[0][1] - box[0][0]), box[1][0] + ((y + h - py) / h) * (box[1][1] - box[1][0])];
  for (let t = x - h; t < x + w; t += 9) for (let s = 0; s < h; s += 3) {
    if (t + s >= x && t + s < x + w && outside(at(t + s + 1.5, y + h - s - 1.5))) line(g, t + s, y + h - s, t + s + 3, y + h - s - 3);
  }
  g.restore();
}
