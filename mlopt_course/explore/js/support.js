// A support vector machine whose points are in the reader's hand. The solver is that of constrained/svm.py (smo, with
// the same choice of pairs), run to the end with every move; test_explore_support.py compares them.
const kernelOf = (name, gamma) => (name === "straight" ? dot : (u, v) => Math.exp(-gamma * ((u[0] - v[0]) ** 2 + (u[1] - v[1]) ** 2)));

function solveDual(points, signs, C, kernel, tolerance) {
  const n = points.length, Q = points.map((p, i) => points.map((q, j) => signs[i] * signs[j] * kernel(p, q)));
  const alpha = new Float64Array(n), gradient = new Float64Array(n).fill(-1);
  for (let round = 0; round < 20000; round++) {
    let first = -1, most = -Infinity, least = Infinity;
    const pull = Array.from(gradient, (v, i) => -signs[i] * v);
    const up = (i) => (signs[i] > 0 ? alpha[i] < C : alpha[i] > 0), down = (i) => (signs[i] > 0 ? alpha[i] > 0 : alpha[i] < C);
    for (let i = 0; i < n; i++) {
      if (up(i) && pull[i] > most) [first, most] = [i, pull[i]];
      if (down(i)) least = Math.min(least, pull[i]);
    }
    if (most - least <= tolerance) break;
    const bend = (j) => Math.max(1e-12, Q[first][first] + Q[j][j] - 2 * signs[first] * signs[j] * Q[first][j]);
    let second = -1, promise = -Infinity;
    for (let j = 0; j < n; j++) {
      if (!down(j) || pull[j] >= most) continue;
      const gain = (most - pull[j]) ** 2 / bend(j);
      if (gain > promise) [second, promise] = [j, gain];
    }
    const room = signs[first] > 0 ? C - alpha[first] : alpha[first], other = signs[second] > 0 ? alpha[second] : C - alpha[second];
    const step = Math.min((most - pull[second]) / bend(second), room, other);
    for (const [i, by] of [[first, signs[first] * step], [second, -signs[second] * step]]) {
      alpha[i] = Math.min(C, Math.max(0, alpha[i] + by));
      for (let k = 0; k < n; k++) gradient[k] += by * Q[i][k];
    }
  }
  const away = Array.from(gradient, (v, i) => -signs[i] * v), free = away.filter((_, i) => alpha[i] > 1e-8 * C && alpha[i] < (1 - 1e-8) * C);
  const up = (i) => (signs[i] > 0 ? alpha[i] < C : alpha[i] > 0), down = (i) => (signs[i] > 0 ? alpha[i] > 0 : alpha[i] < C);
  const b = free.length ? free.reduce((s, v) => s + v, 0) / free.length
    : (Math.max(...away.filter((_, i) => up(i))) + Math.min(...away.filter((_, i) => down(i)))) / 2;
  const score = (x) => points.reduce((s, p, i) => (alpha[i] ? s + alpha[i] * signs[i] * kernel(p, x) : s), b);
  return { alpha, b, score, margins: points.map((p, i) => signs[i] * score(p)) };
}

const CELLS = 64;

// Short lines along the level, cell by cell.
function levelLines(values, level, draw) {
  for (let j = 0; j < CELLS; j++) for (let i = 0; i < CELLS; i++) {
    const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], heights = corners.map(([a, b]) => values[b * (CELLS + 1) + a] - level);
    const cuts = corners.flatMap((from, k) => {
      const to = corners[(k + 1) % 4], p = heights[k], q = heights[(k + 1) % 4];
      return p > 0 === q > 0 ? [] : [[from[0] + (p / (p - q)) * (to[0] - from[0]), from[1] + (p / (p - q)) * (to[1] - from[1])]];
    });
    for (let k = 0; k + 1 < cuts.length; k += 2) draw(cuts[k], cuts[k + 1]);
  }
}

const LOOK = { "-1": ["disc", 0], 1: ["square", 1] };

function pointsPanel(view) {
  const p = panel("landscape", "Boundary (solid), margins (dotted); rings: support vectors"), { window: box, signs, fixed, movable } = view.data;
  p.box.style.aspectRatio = "13 / 10";
  p.window = box;
  p.draw = () => {
    const { colours } = view, now = view.solved();
    const g = fit(p, colours, { left: 28, bottom: 24, top: 8 }, "axes", (under) => axes(under, p, colours, {
      xTicks: linearTicks(...box[0], 6).map((v) => [within(v, box[0]), number(v)]), yTicks: linearTicks(...box[1], 4).map((v) => [within(v, box[1]), number(v)]),
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h];
    const values = Float64Array.from({ length: (CELLS + 1) ** 2 }, (_, k) => now.score([
      box[0][0] + ((k % (CELLS + 1)) / CELLS) * (box[0][1] - box[0][0]), box[1][0] + (Math.floor(k / (CELLS + 1)) / CELLS) * (box[1][1] - box[1][0])]));
    inside(g, p.area, () => {
      g.globalAlpha = 0.12;
      for (let j = 0; j < CELLS; j++) for (let i = 0; i < CELLS; i++) {
        g.fillStyle = colours.lanes[values[j * (CELLS + 1) + i] > 0 ? 1 : 0];
        g.fillRect(x + (i / CELLS) * w, y + h - ((j + 1) / CELLS) * h, w / CELLS + 0.5, h / CELLS + 0.5);
      }
      g.globalAlpha = 1;
      for (const level of [-1, 0, 1]) {
        Object.assign(g, { strokeStyle: colours.ink, lineWidth: level ? 1.6 : 2.6 });
        let count = 0;
        levelLines(values, level, (a, b) => {
          if (level && count++ % 2) return; // every other piece: dotted
          const place = ([i, j]) => [x + (i / CELLS) * w, y + h - (j / CELLS) * h];
          line(g, ...place(a), ...place(b));
        });
      }
    });
    view.points().forEach((q, i) => {
      const [shape, lane] = LOOK[signs[i]], [px, py] = at(q), mine = i >= fixed.length;
      if (now.alpha[i] > 0) marker(g, "ring", px, py, mine ? 15 : 10, colours.ink);
      marker(g, shape, px, py, mine ? 11 : 5.5, colours.lanes[lane], colours.halo);
      if (!mine) return;
      Object.assign(g, { fillStyle: colours.paper, textAlign: "center", textBaseline: "middle", font: `bold 12px ${colours.font}` });
      g.fillText(Object.keys(movable)[i - fixed.length], px, py + 0.5);
    });
  };
  return p;
}

// Complementary slackness as a picture: no multiplier beyond the margin, all of C within it, anything between on it.
function multiplierPanel(view) {
  const p = panel("curve", "Each point's multiplier, as a share of C, by its margin"), { signs, fixed, movable } = view.data;
  p.box.style.aspectRatio = "1 / 0.8";
  p.draw = () => {
    const { colours, state } = view, now = view.solved(), reach = [-2, 4], high = [-0.12, 1.12];
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, "axes", (under) => axes(under, p, colours, {
      xTicks: [-1, 0, 1, 2, 3].map((v) => [within(v, reach), number(v)]), yTicks: [0, 0.5, 1].map((v) => [within(v, high), number(v)]), xLabel: "margin", yLabel: "α / C", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, at = (m, a) => [x + within(Math.min(reach[1] - 0.1, Math.max(reach[0] + 0.1, m)), reach) * w, y + h - within(a, high) * h];
    Object.assign(g, { strokeStyle: colours.muted, lineWidth: 7, globalAlpha: 0.35 });
    g.beginPath();
    [[-3, 1], [1, 1], [1, 0], [9, 0]].forEach(([m, a]) => g.lineTo(...at(m, a)));
    g.stroke();
    g.globalAlpha = 1;
    now.margins.forEach((m, i) => {
      const [shape, lane] = LOOK[signs[i]], to = at(m, now.alpha[i] / state.cost), mine = i >= fixed.length;
      marker(g, shape, ...to, mine ? 7.5 : 4.5, colours.lanes[lane], colours.halo);
      if (!mine) return;
      Object.assign(g, { fillStyle: colours.paper, textAlign: "center", textBaseline: "middle", font: `bold 10px ${colours.font}` });
      g.fillText(Object.keys(movable)[i - fixed.length], to[0], to[1] + 0.5);
    });
  };
  return p;
}

function scene(view) {
  const { data } = view, names = Object.keys(data.movable);
  let known = "", kept = null;
  view.points = () => [...data.fixed, ...names.map((name) => view.state[name])];
  view.solved = () => {
    const key = JSON.stringify(view.state);
    if (key !== known) kept = solveDual(view.points(), data.signs, view.state.cost, kernelOf(view.state.kernel, data.gamma), data.tolerance);
    known = key;
    return kept;
  };
  const supporting = () => view.solved().alpha.filter((a) => a > 0).length;
  return {
    panels: [pointsPanel(view), multiplierPanel(view)],
    act: { back: () => view.choose(data.movable) },
    summary() {
      const { alpha, margins } = view.solved(), { cost } = view.state, full = alpha.filter((a) => a >= cost).length;
      const wrong = margins.filter((m) => m < 0).length, told = names.map((name, k) => `${name} ${number(alpha[data.fixed.length + k], 3)}`).join(", ");
      return `${plural(supporting(), "support vector")} of ${alpha.length} points, ${full} of them at C, ${wrong} on the wrong side. Multipliers: ${told}.`;
    },
    judge() {
      if (view.state.kernel !== "straight") return { reached: false, text: "Choose the straight kernel for it." };
      const n = supporting();
      return { reached: n === 2, text: `Now ${n === 2 ? "two hold it" : `it is ${n}`}.` };
    },
  };
}
