// A trust region by hand: the quadratic model at a point, its minimiser within the ball, and what the rule then does.
// The step's arithmetic is that of mlopt_course.second_order.trust_region, for two variables; a test compares them.
const valley = {
  fun: ([a, b]) => a * a / 2 - b * b / 2 + b ** 4 / 4,
  gradient: ([a, b]) => [a, b ** 3 - b],
  hessian: ([, b]) => [[1, 0], [0, 3 * b * b - 1]],
};
const dot = (u, v) => u[0] * v[0] + u[1] * v[1];
const size = (u) => Math.hypot(u[0], u[1]);
const plusTimes = (u, t, v) => [u[0] + t * v[0], u[1] + t * v[1]];
const times = (H, v) => [dot(H[0], v), dot(H[1], v)];
const modelOf = (g, H) => (p) => dot(g, p) + dot(p, times(H, p)) / 2;

// The two t at which z + t d is at the border of the ball, in order.
function border(z, d, radius) {
  const a = dot(d, d), b = 2 * dot(z, d), c = dot(z, z) - radius * radius;
  const root = Math.sqrt(Math.max(0, b * b - 4 * a * c)), both = b + (b < 0 ? -root : root);
  return [-both / (2 * a), (-2 * c) / both].sort((s, t) => s - t);
}

function steihaug(g, H, radius) {
  const model = modelOf(g, H), enough = Math.min(0.5, Math.sqrt(size(g))) * size(g);
  let z = [0, 0], residual = g, d = g.map((v) => -v), square = dot(g, g);
  for (let k = 0; k < 40 && square > 0; k++) {
    const bent = times(H, d), curvature = dot(d, bent);
    if (curvature <= 0) {
      const ends = border(z, d, radius).map((t) => plusTimes(z, t, d));
      return { step: model(ends[0]) < model(ends[1]) ? ends[0] : ends[1], atBorder: true, why: "downward curvature: on to the border" };
    }
    const length = square / curvature, further = plusTimes(z, length, d);
    if (size(further) >= radius) return { step: plusTimes(z, border(z, d, radius)[1], d), atBorder: true, why: "out of the ball: stopped at its border" };
    residual = plusTimes(residual, length, bent);
    const last = square;
    square = dot(residual, residual);
    if (Math.sqrt(square) <= enough) return { step: further, atBorder: false, why: "precise enough within the ball" };
    z = further;
    d = plusTimes(residual.map((v) => -v), square / last, d);
  }
  return { step: z, atBorder: false, why: "precise within the ball" };
}

function dogleg(g, H, radius) {
  if (!(H[0][0] > 0 && H[1][1] > 0)) return { ...steihaug(g, H, radius), why: "no dogleg where a curvature points down: Steihaug's step" };
  const newton = [-g[0] / H[0][0], -g[1] / H[1][1]];
  if (size(newton) < radius) return { step: newton, atBorder: false, why: "the Newton point is in the ball" };
  const cauchy = g.map((v) => (-v * dot(g, g)) / dot(g, times(H, g)));
  if (size(cauchy) >= radius) return { step: cauchy.map((v) => (v * radius) / size(cauchy)), atBorder: true, why: "down the gradient to the border" };
  const leg = plusTimes(newton, -1, cauchy);
  return { step: plusTimes(cauchy, border(cauchy, leg, radius)[1], leg), atBorder: true, why: "on the second leg, at the border", cauchy };
}

// One step from x: where it leads, how well it was predicted, whether it is taken, and the next radius.
function trial(x, radius, solver) {
  const g = valley.gradient(x), H = valley.hessian(x);
  if (solver === "pure Newton") {
    const step = [-g[0] / H[0][0], H[1][1] ? -g[1] / H[1][1] : 0];
    return { step, to: plusTimes(x, 1, step), ratio: NaN, taken: true, radius, why: "wherever it leads" };
  }
  const found = (solver === "dogleg" ? dogleg : steihaug)(g, H, radius), to = plusTimes(x, 1, found.step);
  const ratio = (valley.fun(x) - valley.fun(to)) / -modelOf(g, H)(found.step);
  const next = ratio < 0.25 ? radius / 4 : ratio > 0.75 && found.atBorder ? 2 * radius : radius;
  return { ...found, to, ratio, taken: ratio > 0.15, radius: next };
}

function ballPanel(view, trail) {
  const p = panel("landscape", "Landscape, ball and step"), [across, up] = view.data.window;
  p.window = view.data.window;
  p.draw = () => {
    const { colours, state } = view;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, "", (under) => {
      ground(under, p, colours, view.arrays.field, view.data.levels, [across, up]);
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, across) * w, y + h - within(b, up) * h];
    const go = (points, colour, dash, width) => {
      Object.assign(g, { strokeStyle: colour, lineWidth: width });
      g.setLineDash(dash);
      g.beginPath();
      points.forEach((point) => g.lineTo(...at(point)));
      g.stroke();
      g.setLineDash([]);
    };
    inside(g, p.area, () => {
      for (const [a, b] of [[0, 1], [0, -1]]) marker(g, "cross", ...at([a, b]), 5.5, colours.ink, colours.halo);
      marker(g, "ring", ...at([0, 0]), 4, colours.muted, colours.halo);
      if (trail.length) go([trail[0].from, ...trail.map((t) => t.now)], colours.muted, [], 1.8);
      trail.forEach((t) => marker(g, "disc", ...at(t.from), 3, colours.muted, colours.halo));
      if (state.solver !== "pure Newton") {
        const round = Array.from({ length: 73 }, (_, k) => plusTimes(state.point, state.radius, [Math.cos(k * Math.PI / 36), Math.sin(k * Math.PI / 36)]));
        go(round, colours.lanes[0], DASHES[1], 1.8);
      }
      const t = view.trial();
      const legs = t.cauchy ? [state.point, plusTimes(state.point, 1, t.cauchy), t.to] : [state.point, t.to];
      go(legs, colours.halo, [], 4.5);
      go(legs, colours.lanes[1], [], 2.2);
      marker(g, "diamond", ...at(t.to), 5.5, colours.lanes[1], colours.halo);
      marker(g, "ring", ...at(state.point), 7, colours.ink, colours.halo);
    });
  };
  return p;
}

function alongPanel(view) {
  const p = panel("curve", "Along the step: function, and model (dashed)");
  p.draw = () => {
    const { colours, state } = view, { step } = view.trial(), f0 = valley.fun(state.point);
    const model = modelOf(valley.gradient(state.point), valley.hessian(state.point));
    const ts = Array.from({ length: 61 }, (_, k) => k / 40);
    const curves = [ts.map((t) => valley.fun(plusTimes(state.point, t, step)) - f0), ts.map((t) => model(step.map((v) => t * v)))];
    const values = curves.flatMap((c) => c.slice(0, 48)), low = Math.min(...values), high = Math.max(...values, low + 1e-9);
    const up = [low - 0.08 * (high - low), high + 0.08 * (high - low)];
    const g = fit(p, colours, { left: 52, bottom: 24, top: 18 }, [state.point, state.radius, state.solver], (under) => axes(under, p, colours, {
      xTicks: [[0, "start"], [2 / 3, "step"]], yTicks: linearTicks(...up, 5).map((v) => [within(v, up), number(v)]), yLabel: "change of f", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area;
    inside(g, p.area, () => {
      curves.forEach((curve, c) => {
        Object.assign(g, { strokeStyle: colours.lanes[c ? 0 : 1], lineWidth: 2 });
        g.setLineDash(c ? DASHES[1] : []);
        g.beginPath();
        curve.forEach((v, k) => g.lineTo(x + (k / 60) * w, y + h - within(v, up) * h));
        g.stroke();
        g.setLineDash([]);
        marker(g, c ? "diamond" : "disc", x + (2 / 3) * w, y + h - within(curve[40], up) * h, 4.5, colours.lanes[c ? 0 : 1], colours.halo);
      });
    });
  };
  return p;
}

function scene(view) {
  const trail = [];
  let moving = false;
  view.trial = () => trial(view.state.point, view.state.radius, view.state.solver);
  const { window: box, radii } = view.data, slope = () => size(valley.gradient(view.state.point));
  const arrived = () => slope() < 1e-3 && Math.abs(view.state.point[1]) > 0.5;
  const far = (at) => Math.min(Math.hypot(at[0], at[1] - 1), Math.hypot(at[0], at[1] + 1)) >= 1;
  return {
    panels: [ballPanel(view, trail), alongPanel(view)],
    act: {
      take() {
        const t = view.trial(), from = view.state.point;
        const off = t.to.some((v, k) => v < box[k][0] || v > box[k][1]);
        const now = t.taken && !off ? t.to : from;
        trail.push({ from, now });
        moving = true;
        view.choose({ point: now, radius: Math.min(radii[radii.length - 1], Math.max(radii[0], t.radius)) });
        moving = false;
        if (off && t.taken) { view.note = "That step leaves the map, so it was not taken."; view.update(); }
      },
    },
    settle(state, before) {
      if (!moving && before && before.point.join() !== state.point.join()) trail.length = 0;
      return state;
    },
    summary() {
      const t = view.trial(), { point: at, solver } = view.state, change = valley.fun(t.to) - valley.fun(at);
      const here = `At ${point(at)} the curvatures are 1 and ${number(valley.hessian(at)[1][1])}, the gradient is ${number(slope())} long.`;
      if (slope() < 1e-9) return `${here} The gradient is zero, so no step is proposed.`;
      if (solver === "pure Newton") return `${here} The pure Newton step leads to ${point(t.to)}; the function ${change > 0 ? "rises" : "falls"} by ${number(Math.abs(change))}. It is taken, wherever it leads.`;
      const next = t.ratio < 0.25 ? "the radius is quartered" : t.radius > view.state.radius ? "the radius doubles" : "the radius stays";
      return `${here} ${sentence(solver)}: ${t.why}. Actual over predicted fall: ${number(t.ratio)}. So the step ${t.taken ? "will be taken" : "will be refused"} and ${next}.`;
    },
    judge() {
      const n = trail.length, fair = n > 0 && far(trail[0].from), reached = arrived() && fair && n <= view.data.within;
      if (reached) return { reached, score: n, text: `There, in ${plural(n, "step")}.` };
      if (slope() < 1e-3 && !arrived()) return { reached, text: "That is the saddle." };
      return { reached, text: arrived() ? `Arrived, after ${plural(n, "step")}.` : n ? `${plural(n, "step")} so far.` : "Take the first step." };
    },
  };
}
