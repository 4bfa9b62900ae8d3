// A point among walls: pull and pushes there, the cone of the walls' normals, and the four KKT conditions.
// Objectives, walls and estimates are those of kkt_point.py; a test compares them.

// Gradient, and the walls as { name, equality, g(x), normal(x) }.
function groundsOf({ walls, limits, centre, inside }) {
  const straight = walls.map((a, k) => ({ name: "ABCD"[k], g: (x) => dot(a, x) - limits[k], normal: () => a }));
  const ring = { name: "h", equality: true, g: (x) => dot(x, x) - 2, normal: (x) => [2 * x[0], 2 * x[1]] };
  return {
    "a bowl": { gradient: (x) => plusTimes(x, -1, centre), walls: straight },
    "a hill": { gradient: (x) => plusTimes(inside, -1, x), walls: straight },
    "a ring": { gradient: () => [1, 1], walls: [ring] },
    "a cusp": {
      gradient: () => [-1, 0],
      walls: [
        { name: "A", g: (x) => x[1] - (1 - x[0]) ** 3, normal: (x) => [3 * (1 - x[0]) ** 2, 1] },
        { name: "B", g: (x) => -x[1], normal: () => [0, -1] },
      ],
    },
  };
}

// The shortest of the vectors m that bring sum m_i n_i closest to the target (the pseudo-inverse, for two rows).
function leastSquares(normals, target) {
  const a = normals.reduce((s, n) => s + n[0] * n[0], 0), b = normals.reduce((s, n) => s + n[0] * n[1], 0), c = normals.reduce((s, n) => s + n[1] * n[1], 0);
  const det = a * c - b * b, trace = a + c;
  if (trace === 0) return normals.map(() => 0);
  const y = det > 1e-12 * trace * trace ? [(c * target[0] - b * target[1]) / det, (a * target[1] - b * target[0]) / det] : target.map((v) => v / trace);
  return normals.map((n) => dot(n, y));
}

const missing = (normals, m, target) => normals.reduce((r, n, k) => plusTimes(r, -m[k], n), target);

// The same with m_i >= 0 where signed: the best of all subsets of at most two whose own solution has the right signs.
function withSigns(normals, signed, target) {
  let best = normals.map(() => 0), least = size(target);
  const free = normals.map((_, k) => k).filter((k) => !signed[k]);
  const subsets = [[], ...normals.map((_, k) => [k]), ...normals.flatMap((_, k) => normals.slice(0, k).map((__, j) => [j, k]))];
  for (const chosen of subsets) {
    const set = [...new Set([...free, ...chosen])], m = leastSquares(set.map((k) => normals[k]), target);
    if (set.some((k, i) => signed[k] && m[i] < 0)) continue;
    const all = normals.map((_, k) => (set.includes(k) ? m[set.indexOf(k)] : 0)), left = size(missing(normals, all, target));
    if (left < least - 1e-12) [best, least] = [all, left];
  }
  return best;
}

function look(ground, at, estimate, { estimates, touched, allowed }) {
  const pull = ground.gradient(at).map((v) => -v), g = ground.walls.map((wall) => wall.g(at)), normals = ground.walls.map((wall) => wall.normal(at));
  const signed = ground.walls.map((wall) => !wall.equality), touches = ground.walls.map((wall, k) => wall.equality || g[k] >= -touched);
  const used = ground.walls.map((_, k) => k).filter((k) => estimate === estimates[2] || touches[k]), chosen = used.map((k) => normals[k]);
  const found = estimate === estimates[0] ? withSigns(chosen, used.map((k) => signed[k]), pull) : leastSquares(chosen, pull);
  const m = normals.map((_, k) => (used.includes(k) ? found[used.indexOf(k)] : 0));
  const rest = missing(normals, m, pull), worst = (values) => Math.max(0, ...values);
  const left = {
    stationarity: Math.max(...rest.map(Math.abs)),
    primal: worst(g.map((v, k) => (signed[k] ? v : Math.abs(v)))),
    dual: worst(m.filter((_, k) => signed[k]).map((v) => -v)),
    complementarity: worst(m.map((v, k) => (signed[k] ? Math.abs(v * g[k]) : 0))),
  };
  const met = Object.fromEntries(Object.keys(left).map((name) => [name, left[name] <= allowed[name]]));
  return { pull, g, normals, m, touches, rest, left, met, all: Object.values(met).every(Boolean) };
}

// The borders, and stripes on what is not allowed (with an equality that is all but the ring, so there are none).
function drawWalls(g, view, at) {
  const { colours } = view, ground = view.ground(), box = view.problem().window;
  if (!ground.walls[0].equality) stripesWhere(g, view.panel.area, box, colours, (at) => ground.walls.some((wall) => wall.g(at) > 0));
  Object.assign(g, { strokeStyle: colours.ink, lineWidth: 2.2 });
  const bent = { "a ring": [Array.from({ length: 97 }, (_, k) => [Math.SQRT2 * Math.cos((k * Math.PI) / 48), Math.SQRT2 * Math.sin((k * Math.PI) / 48)])],
    "a cusp": [Array.from({ length: 61 }, (_, k) => [box[0][0] + (k / 60) * 2.4, (1 - box[0][0] - (k / 60) * 2.4) ** 3]), [[-9, 0], [9, 0]]] }[view.state.problem];
  const lines = bent ?? [[[-9, 6], [9, -3]], [[1.6, -9], [1.6, 9]], [[0, -9], [0, 9]], [[-9, 0], [9, 0]]];
  lines.forEach((points) => {
    g.beginPath();
    points.forEach((q) => g.lineTo(...at(q)));
    g.stroke();
  });
}

const SCALE = { "a bowl": 0.42, "a hill": 0.6, "a ring": 0.6, "a cusp": 0.45 };

function groundPanel(view) {
  const p = view.panel = panel("landscape", "Pull −∇f (solid), pushes of the walls (dashed)");
  p.box.style.aspectRatio = "13 / 10";
  p.draw = () => {
    const { colours, state, data, arrays } = view, which = view.which(), { window: box, levels } = view.problem();
    const n = arrays.field.length / data.problems.length;
    p.window = box;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, which, (under) => {
      ground(under, p, colours, arrays.field.subarray(which * n, (which + 1) * n), levels, box);
      const { x, y, w, h } = p.area;
      inside(under, p.area, () => drawWalls(under, view, ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h]));
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h];
    const now = view.now(), from = state.point, scale = SCALE[state.problem];
    inside(g, p.area, () => {
      now.normals.forEach((normal, k) => now.m[k] && arrow(g, at(from), at(plusTimes(from, -scale * now.m[k], normal)), colours.lanes[1], colours.halo, DASHES[1]));
      arrow(g, at(from), at(plusTimes(from, scale, now.pull)), colours.lanes[0], colours.halo);
      marker(g, "disc", ...at(from), 8, now.all ? colours.goal : colours.ink, colours.halo);
    });
    view.wallNames(g, at);
  };
  return p;
}

// The directions alone: which multiples of the normals of the touched walls add up to the pull?
function conePanel(view) {
  const p = panel("curve", "Directions: the pull, and the cone of the touched normals");
  p.box.style.aspectRatio = "1 / 1";
  p.draw = () => {
    const { colours } = view, now = view.now(), ground = view.ground();
    const reach = 1.25 * Math.max(0.5, size(now.pull), ...now.normals.map((n, k) => Math.abs(now.m[k]) * size(n)), ...now.normals.map((n, k) => (now.touches[k] ? size(n) : 0)));
    const g = fit(p, colours, { left: 6, right: 6, bottom: 6, top: 6 }, "cone", (under) => {
      const { x, y, w, h } = p.area;
      Object.assign(under, { strokeStyle: colours.rule, lineWidth: 1 });
      under.strokeRect(x, y, w, h);
      line(under, x + w / 2, y, x + w / 2, y + h);
      line(under, x, y + h / 2, x + w, y + h / 2);
    });
    if (!g) return;
    const { x, y, w, h } = p.area, unit = Math.min(w, h) / 2 / reach, at = ([a, b]) => [x + w / 2 + a * unit, y + h / 2 - b * unit];
    const touched = now.normals.map((n, k) => ({ n, k })).filter(({ n, k }) => now.touches[k] && size(n) > 0 && !ground.walls[k].equality);
    inside(g, p.area, () => {
      g.globalAlpha = 0.22;
      g.fillStyle = colours.lanes[1];
      touched.forEach((a, i) => touched.slice(0, i).forEach((b) => {
        g.beginPath();
        [[0, 0], a.n.map((v) => (20 * v * reach) / size(a.n)), plusTimes(a.n.map((v) => (20 * v * reach) / size(a.n)), (20 * reach) / size(b.n), b.n), b.n.map((v) => (20 * v * reach) / size(b.n))].forEach((q) => g.lineTo(...at(q)));
        g.fill();
      }));
      g.globalAlpha = 1;
      now.normals.forEach((n, k) => {
        if (!now.touches[k] || !size(n)) return;
        Object.assign(g, { strokeStyle: colours.lanes[1], lineWidth: 1.6 });
        const far = n.map((v) => (3 * v * reach) / size(n));
        line(g, ...at(ground.walls[k].equality ? far.map((v) => -v) : [0, 0]), ...at(far));
        const { equality } = ground.walls[k], name = n.map((v) => ((equality ? 0.9 : 0.7) * reach * v) / size(n));
        g.fillStyle = colours.ink;
        Object.assign(g, { textAlign: "center", textBaseline: "middle" });
        g.fillText(`∇${equality ? "h" : "g" + "ᴀʙᴄᴅ"[k]}`, at(name)[0] + (equality ? 20 : 14), at(name)[1] + (equality ? 6 : -9));
      });
      now.normals.forEach((n, k) => now.m[k] && arrow(g, at([0, 0]), at(n.map((v) => v * now.m[k])), colours.lanes[1], colours.halo, DASHES[1]));
      arrow(g, at([0, 0]), at(now.pull), colours.lanes[0], colours.halo);
      if (size(now.pull) < 1e-6) marker(g, "disc", ...at([0, 0]), 5, colours.lanes[0], colours.halo);
      g.fillStyle = colours.ink;
      Object.assign(g, { textAlign: "left", textBaseline: "middle" });
      const tip = at(now.pull);
      g.fillText("−∇f", tip[0] + (now.pull[0] < 0 ? -34 : 8), tip[1] + 12);
    });
  };
  return p;
}

const WORDS = {
  stationarity: ["Stationarity", "∇f + Σ λᵢ∇hᵢ + Σ μᵢ∇gᵢ = 0", "the pushes cancel the pull", (v) => `left over: ${number(v)}`],
  primal: ["Primal feasibility", "g ≤ 0, h = 0", "no wall is crossed", (v) => `crossed by ${number(v)}`],
  dual: ["Dual feasibility", "μ ≥ 0", "walls push, they do not pull", (v) => `most negative: ${number(-v)}`],
  complementarity: ["Complementary slackness", "μᵢgᵢ = 0", "only walls that are touched push", (v) => `largest |μg|: ${number(v)}`],
};

function conditionsList() {
  const rows = Object.entries(WORDS).map(([name, [title, symbols, words, amount]]) => {
    const mark = element("span", { class: "mlopt-mark", "aria-hidden": "true" }), told = element("span", { class: "mlopt-told" });
    const text = element("span", {}, element("strong", { text: title }), ` ${symbols} `, element("span", { class: "mlopt-told", text: `(${words}) ` }), told);
    return { name, mark, told, amount, row: element("li", { class: "mlopt-goal", "data-condition": name }, mark, text) };
  });
  const list = element("ul", { class: "mlopt-conditions", style: "list-style: none; padding: 0; margin: .2rem 0 .5rem" }, ...rows.map((r) => r.row));
  return {
    row: list,
    update(now, at) {
      list.dataset.point = JSON.stringify(at);
      for (const { name, mark, told, amount, row } of rows) {
        const met = now.met[name];
        row.classList.toggle("mlopt-reached", met);
        row.dataset.left = now.left[name];
        mark.textContent = met ? "✓" : "";
        told.textContent = met ? "met." : `not met; ${amount(now.left[name])}.`;
      }
    },
  };
}

function scene(view) {
  const every = groundsOf(view.data), list = conditionsList(), names = view.data.problems.map((one) => one.label);
  view.which = () => names.indexOf(view.state.problem);
  view.problem = () => view.data.problems[view.which()];
  view.ground = () => every[view.state.problem];
  view.now = () => look(view.ground(), view.state.point, view.state.estimate, view.data);
  const places = { "a bowl": [[0.35, 1.62], [1.72, 1.5], [-0.13, 0.9], [2.2, -0.13]], "a cusp": [[-0.02, 0.85], [-0.45, -0.1]], "a ring": [[-1.3, 1.2]] };
  view.wallNames = (g, at) => {
    Object.assign(g, { fillStyle: view.colours.ink, textAlign: "center", textBaseline: "middle" });
    (places[view.state.problem] ?? places["a bowl"]).forEach((q, k) => {
      const name = view.ground().walls[k].equality ? "h = 0" : "ABCD"[k];
      Object.assign(g, { lineWidth: 4, strokeStyle: view.colours.halo });
      g.strokeText(name, ...at(q));
      g.fillText(name, ...at(q));
    });
  };
  const kind = () => view.problem().points.find(({ at }) => size(plusTimes(at, -1, view.state.point)) < 0.02)?.kind;
  const ground = groundPanel(view), cone = conePanel(view), drawCone = cone.draw;
  cone.draw = () => { drawCone(); list.update(view.now(), view.state.point); };
  return {
    panels: [ground, cone],
    extras: [list.row],
    // A hand hits no wall by itself: the point is drawn to what is near.
    settle(state) {
      const { window: box, points } = view.data.problems[names.indexOf(state.problem)];
      let at = state.point.map((v, k) => Math.min(box[k][1], Math.max(box[k][0], v)));
      const hit = points.find((one) => size(plusTimes(one.at, -1, at)) < 0.055);
      if (hit) return { ...state, point: [...hit.at] };
      for (let round = 0; round < 12; round++) {
        for (const wall of every[state.problem].walls) {
          const g = wall.g(at), n = wall.normal(at), away = g / Math.max(size(n), 1e-9);
          if (Math.abs(away) < 0.045) at = plusTimes(at, -g / dot(n, n), n);
        }
      }
      return { ...state, point: at };
    },
    summary() {
      const now = view.now(), walls = view.ground().walls;
      const on = walls.filter((_, k) => now.touches[k] && Math.abs(now.g[k]) < 1e-3).map((wall) => wall.name);
      const prices = walls.map((wall, k) => [wall, now.m[k]]).filter(([, m]) => Math.abs(m) > 5e-7).map(([wall, m]) => `${wall.equality ? "λ" : "μ of " + wall.name} = ${number(m, 3)}`);
      const verdict = now.all ? `All four conditions hold: a KKT point${kind() ? `, in fact a ${kind()}` : ""}.` : `Not a KKT point${at1(view) ? ", and yet this is the minimum: at a cusp there need not be multipliers" : ""}.`;
      return `At ${point(view.state.point)}, ${on.length ? `on ${on.join(" and ")}` : "on no wall"}. ${prices.length ? `Estimated: ${prices.join(", ")}.` : "All multipliers are 0."} ${verdict}`;
    },
    judge() {
      if (view.state.problem !== "a hill") return { reached: false, text: "Choose “a hill” for it." };
      const now = view.now(), what = kind();
      if (!now.all) return { reached: false, text: "Not all four conditions hold here." };
      return { reached: what !== "minimum", text: what === "minimum" ? "They hold, but this is a minimum." : `They hold, and this is a ${what}.` };
    },
  };
}

const at1 = (view) => view.state.problem === "a cusp" && size(plusTimes(view.state.point, -1, [1, 0])) < 0.02;
