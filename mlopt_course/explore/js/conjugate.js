// Line searches on a bowl: left as it is, right where it is made round and conjugate means at right angles.
function hessian(turn, condition) {
  const c = Math.cos((turn * Math.PI) / 180), s = Math.sin((turn * Math.PI) / 180);
  return [[c * c + condition * s * s, (1 - condition) * c * s], [(1 - condition) * c * s, s * s + condition * c * c]];
}

// The symmetric root of the Hessian, which takes the bowl to a round one.
function rootOf(turn, condition) { return hessian(turn, Math.sqrt(condition)); }
const times = (m, [a, b]) => [m[0][0] * a + m[0][1] * b, m[1][0] * a + m[1][1] * b];
const dot = (p, q) => p[0] * q[0] + p[1] * q[1];

// The angle between two directions, in degrees from 0 to 90.
function angleBetween(p, q) {
  const cosine = Math.abs(dot(p, q)) / Math.sqrt(dot(p, p) * dot(q, q));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}

// A window around the origin that holds a point and has the shape of the area.
function around(reach, w, h) {
  const scale = Math.max(reach / Math.min(w, h), 1e-9);
  return [[-scale * w, scale * w], [-scale * h, scale * h]];
}

function bowlPanel(view, kind, caption, round) {
  const p = panel(kind, caption);
  p.draw = () => {
    const { colours, state } = view, run = view.run(), step = view.step(), root = rootOf(state.turn, state.condition);
    const to = round ? (v) => times(root, v) : (v) => v, start = to(run.x(0));
    const w0 = p.box.clientWidth - 44, h0 = p.box.clientHeight - 42;
    const box = around(1.25 * Math.hypot(...start), w0, h0);
    const back = rootOf(state.turn, 1 / state.condition), height = Math.hypot(...times(root, run.x(0)));
    const at = ([a, b]) => [p.area.x + within(a, box[0]) * p.area.w, p.area.y + p.area.h - within(b, box[1]) * p.area.h];
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, [state.turn, state.condition], (under) => {
      inside(under, p.area, () => {
        for (let k = 8; k >= 1; k--) {
          under.beginPath();
          for (let t = 0; t <= 96; t++) {
            const circle = [Math.cos((t * Math.PI) / 48), Math.sin((t * Math.PI) / 48)].map((v) => (v * height * k) / 5);
            under.lineTo(...at(round ? circle : times(back, circle)));
          }
          under.fillStyle = css(mix(colours.deep, colours.shallow, k / 8));
          under.fill();
          Object.assign(under, { strokeStyle: colours.contour, lineWidth: 0.8 });
          under.stroke();
        }
      });
      axes(under, p, colours, {
        xTicks: linearTicks(...box[0], 5).map((v) => [within(v, box[0]), number(v)]),
        yTicks: linearTicks(...box[1], 5).map((v) => [within(v, box[1]), number(v)]),
        xLabel: round ? "y₁" : "x₁", yLabel: round ? "y₂" : "x₂",
      });
    });
    if (!g) return;
    inside(g, p.area, () => drawSearches(g, run, step, to, at, colours, p.area));
  };
  return p;
}

// The path, the line of the last search through its end, and that of the search before it.
function drawSearches(g, run, step, to, at, colours, area) {
  const far = Math.hypot(area.w, area.h);
  for (const [k, dash] of [[step - 1, [6, 4]], [step, []]]) {
    if (k < 1) continue;
    const [a, b] = at(to(run.x(step))), one = to(run.direction(k)), long = Math.hypot(...one);
    const [u, v] = [one[0] / long, -one[1] / long];
    g.setLineDash(dash);
    Object.assign(g, { strokeStyle: colours.lanes[1], lineWidth: 1.8 });
    line(g, a - u * far, b - v * far, a + u * far, b + v * far);
  }
  g.setLineDash([]);
  for (const [stroke, width] of [[colours.halo, 4.5], [colours.lanes[0], 2.2]]) {
    Object.assign(g, { strokeStyle: stroke, lineWidth: width });
    g.beginPath();
    for (let k = 0; k <= step; k++) g.lineTo(...at(to(run.x(k))));
    g.stroke();
  }
  for (let k = 1; k < step; k++) marker(g, "disc", ...at(to(run.x(k))), 3, colours.lanes[0], colours.halo);
  marker(g, "ring", ...at(to(run.x(0))), 5.5, colours.lanes[0], colours.halo);
  marker(g, "cross", ...at([0, 0]), 5.5, colours.ink, colours.halo);
  marker(g, "disc", ...at(to(run.x(step))), 5, colours.lanes[0], colours.halo);
}

function scene(view) {
  const { data, arrays } = view, { methods, turns, conditions } = data;
  let at = 0;
  const runs = Array.from(arrays.length, (n) => {
    const first = at, pair = (array, k) => [array[2 * (first + k)], array[2 * (first + k) + 1]];
    at += n;
    return { last: n - 1, x: (k) => pair(arrays.x, k), direction: (k) => pair(arrays.direction, k) };
  });
  view.run = (method = view.state.method) => {
    const { turn, condition } = view.state;
    return runs[(methods.indexOf(method) * turns.length + turns.indexOf(turn)) * conditions.length + conditions.indexOf(condition)];
  };
  view.step = () => Math.min(view.state.step, view.run().last);
  const height = (x) => dot(x, times(hessian(view.state.turn, view.state.condition), x));
  return {
    panels: [bowlPanel(view, "landscape", "The bowl", false), bowlPanel(view, "landscape", "The same, made round", true)],
    steps: () => view.run().last,
    summary() {
      const { state } = view, run = view.run(), step = view.step(), root = rootOf(state.turn, state.condition);
      const share = height(run.x(step)) / height(run.x(0));
      const left = share < 1e-11 ? "nothing is left of the error" : `${number(share)} of the first error is left`;
      const meets = step < 2 ? "" : ` The last two directions meet at ${Math.round(angleBetween(times(root, run.direction(step - 1)), times(root, run.direction(step))))}° where the bowl is round.`;
      return `${sentence(state.method)}, valley turned by ${state.turn}°, condition ${number(state.condition)}: after ${plural(step, "line search").replace("searchs", "searches")}, ${left}.${meets}`;
    },
    judge() {
      const { state } = view, run = view.run(), done = run.last <= 2 && height(run.x(run.last)) < 1e-9 * height(run.x(0));
      if (state.method !== methods[0]) return { reached: false, text: `Choose ${methods[0]} for it.` };
      if (state.condition === 1) return { reached: false, text: "On a round bowl it does not count." };
      return { reached: done, text: done ? "Two line searches, and nothing is left." : "Two are not enough here." };
    },
  };
}
