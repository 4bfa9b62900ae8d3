// The reader's curve and the package's line searches on it, as in line_conditions.py and bracketing/line_search.py;
// test_explore_bracketing.py compares them.

// The cubic spline through (0, value) with that slope and through the handles; beyond the last it goes straight on.
function bentCurve(value, slope, heights) {
  const y = [value, ...heights], m = [slope, 0, 0, 0, 0], upper = [0], right = [slope];
  for (let k = 1; k < 5; k++) { // Thomas's elimination
    const last = k === 4, bottom = (last ? 2 : 4) - upper[k - 1];
    upper.push(last ? 0 : 1 / bottom);
    right.push((3 * (last ? y[4] - y[3] : y[k + 1] - y[k - 1]) - right[k - 1]) / bottom);
  }
  for (let k = 4; k > 0; k--) m[k] = right[k] - upper[k] * (k < 4 ? m[k + 1] : 0);
  const part = (a) => { const k = Math.min(3, Math.max(0, Math.floor(a))); return [k, Math.min(a - k, 1)]; };
  return {
    fun(a) {
      const [k, t] = part(a), r = 1 - t;
      return y[k] * (1 + 2 * t) * r * r + m[k] * t * r * r + y[k + 1] * t * t * (3 - 2 * t) - m[k + 1] * t * t * r
        + m[4] * Math.max(a - 4, 0);
    },
    slope(a) {
      const [k, t] = part(a);
      return 6 * t * (1 - t) * (y[k + 1] - y[k]) + m[k] * (1 - t) * (1 - 3 * t) + m[k + 1] * t * (3 * t - 2);
    },
  };
}

// Which conditions accept the step a.
function accepts(curve, value, slope, c1, c2, a) {
  const f = curve.fun(a), d = curve.slope(a), armijo = f <= value + c1 * a * slope;
  return {
    Armijo: armijo, Wolfe: armijo && d >= c2 * slope, "strong Wolfe": armijo && Math.abs(d) <= -c2 * slope,
    Goldstein: armijo && f >= value + (1 - c1) * a * slope,
  };
}

function backtrackingStep(curve, value, slope, first, c1) {
  for (let a = first, tried = 1; tried <= 60; a *= 0.5, tried++) {
    if (curve.fun(a) <= value + c1 * a * slope) return [a, tried];
  }
  return [null, 60];
}

function strongWolfeStep(curve, value, slope, first, c1, c2) {
  const most = 30, rounding = 4 * 2 ** -52 * Math.abs(value);
  let tried = 0;
  const at = (step) => { tried++; return { step, fun: curve.fun(step), slope: curve.slope(step) }; };
  const tooHigh = (t) => t.fun > value + c1 * t.step * slope + rounding;
  const zoom = (low, high, left) => {
    let wider = Infinity, widest = Infinity;
    for (; left > 0; left--) {
      const width = Math.abs(high.step - low.step), middle = (low.step + high.step) / 2;
      let step = middle;
      if (width <= (2 / 3) * widest) {
        const guess = cubicMinimum(low, high), from = Math.min(low.step, high.step);
        if (from + 1e-3 * width <= guess && guess <= from + (1 - 1e-3) * width) step = guess;
      }
      [wider, widest] = [width, wider];
      if (step === low.step || step === high.step) return null;
      const t = at(step);
      if (tooHigh(t) || t.fun > low.fun + rounding) { high = t; continue; }
      if (Math.abs(t.slope) <= -c2 * slope) return t.step;
      if (t.slope * (high.step - low.step) >= 0) high = low;
      low = t;
    }
    return null;
  };
  let previous = { step: 0, fun: value, slope }, step = first;
  for (let trials = 0; trials < most; trials++) {
    const t = at(step);
    if (tooHigh(t) || (trials > 0 && t.fun > previous.fun + rounding)) return [zoom(previous, t, most - trials - 1), tried];
    if (Math.abs(t.slope) <= -c2 * slope) return [t.step, tried];
    if (t.slope >= 0) return [zoom(t, previous, most - trials - 1), tried];
    let onward = cubicMinimum(previous, t);
    if (!Number.isFinite(onward) || onward <= t.step) onward = Infinity;
    step = Math.min(Math.max(onward, 1.1 * t.step), 4 * t.step);
    previous = t;
  }
  return [null, tried];
}

function cubicMinimum(a, b) {
  if (Math.abs(a.fun - b.fun) < 1e-8 * Math.abs(b.fun)) {
    const rise = b.slope - a.slope;
    return rise ? b.step - (b.slope * (b.step - a.step)) / rise : NaN;
  }
  const d1 = a.slope + b.slope - (3 * (a.fun - b.fun)) / (a.step - b.step), square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return NaN;
  const d2 = Math.sqrt(square) * Math.sign(b.step - a.step), bottom = b.slope - a.slope + 2 * d2;
  return bottom ? b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / bottom : NaN;
}

const MARKS = { backtracking: ["triangle", 0], "strong Wolfe": ["diamond", 3] };
const HATCHES = { Armijo: [1], Wolfe: [-1], "strong Wolfe": [1, -1], Goldstein: [0] };

function scene(view) {
  const p = panel("plain", "The curve along the line; drag the squares"), q = panel("curve", "Its slope, and how flat is flat enough");
  const { value, slope, conditions, curves } = view.data, COUNT = 800;
  p.window = [[0, 4.3], [-1.95, 2.3]];
  p.box.style.aspectRatio = "1 / 1";
  q.box.style.aspectRatio = "1 / 0.85";
  const heights = (state) => [1, 2, 3, 4].map((k) => state[`h${k}`][1]);
  let known = "", now = null;
  const look = () => {
    const { state } = view, key = JSON.stringify(state);
    if (key === known) return now;
    known = key;
    const curve = bentCurve(value, slope, heights(state)), steps = Array.from({ length: COUNT }, (_, k) => (4 * (k + 1)) / COUNT);
    const good = steps.map((a) => accepts(curve, value, slope, state.c1, state.c2, a));
    const fun = steps.map(curve.fun), best = fun.indexOf(Math.min(...fun));
    const [short, shortTried] = backtrackingStep(curve, value, slope, state.first, state.c1);
    const [wolfe, wolfeTried] = strongWolfeStep(curve, value, slope, state.first, state.c1, state.c2);
    now = { curve, steps, good, fun, best, taken: { backtracking: [short, shortTried], "strong Wolfe": [wolfe, wolfeTried] } };
    return now;
  };
  const stretches = (name) => {
    const { steps, good } = look(), found = [];
    good.forEach((ok, k) => {
      if (!ok[name]) return;
      if (k && good[k - 1][name]) found[found.length - 1][1] = steps[k];
      else found.push([k ? steps[k - 1] : 0, steps[k]]);
    });
    return found;
  };
  const hatch = (g, x, y, w, h, directions) => inside(g, { x, y, w, h }, () => {
    for (const d of directions) for (let s = -h; s < w + h; s += 7) {
      if (d === 0) line(g, x + s, y, x + s, y + h);
      else line(g, x + s, d > 0 ? y + h : y, x + s + h, d > 0 ? y : y + h);
    }
  });

  p.draw = () => {
    const { colours, state } = view, { curve, best, steps, fun, taken } = look();
    const g = fit(p, colours, { left: 34, bottom: 26, top: 18 }, [], (under) => axes(under, p, colours, {
      xTicks: [0, 1, 2, 3, 4].map((v) => [within(v, p.window[0]), String(v)]), xLabel: "step a",
      yTicks: [-0.5, 0, 0.5, 1, 1.5, 2].map((v) => [within(v, p.window[1]), number(v)]), yLabel: "φ(a)" }));
    if (!g) return;
    const { x, y, w, h } = p.area, px = (a) => x + within(a, p.window[0]) * w, py = (v) => y + h - within(v, p.window[1]) * h;
    const floor = py(-0.78);
    const colour = colours.lanes[2];
    for (const [a, b] of stretches(state.condition)) {
      g.fillStyle = g.strokeStyle = colour;
      g.globalAlpha = 0.12;
      g.fillRect(px(a), y, px(b) - px(a), floor - y);
      g.globalAlpha = 0.35;
      g.lineWidth = 1;
      hatch(g, px(a), y, px(b) - px(a), floor - y, HATCHES[state.condition]);
      g.globalAlpha = 1;
    }
    inside(g, { x, y, w, h: floor - y }, () => {
      const ray = (s, dash) => {
        g.strokeStyle = colours.muted;
        g.lineWidth = 1.4;
        g.setLineDash(dash);
        line(g, px(0), py(value), px(4.3), py(value + 4.3 * s));
        g.setLineDash([]);
      };
      ray(state.c1 * slope, [6, 4]);
      if (state.condition === "Goldstein") ray((1 - state.c1) * slope, [2, 3]);
      g.strokeStyle = colours.lanes[1];
      g.lineWidth = 2.2;
      g.beginPath();
      g.lineTo(px(0), py(value));
      steps.forEach((a, k) => g.lineTo(px(a), py(fun[k])));
      g.lineTo(px(4.3), py(curve.fun(4.3)));
      g.stroke();
    });
    [1, 2, 3, 4].forEach((k) => marker(g, "square", px(k), py(state[`h${k}`][1]), 6, colours.lanes[1], colours.halo));
    marker(g, "star", px(steps[best]), Math.min(py(fun[best]), floor - 5), 7, colours.ink, colours.halo);
    for (const [name, [a]] of Object.entries(taken)) {
      if (a === null || a > 4.3) continue;
      const [shape, lane] = MARKS[name];
      marker(g, shape, px(a), Math.max(y + 6, Math.min(py(curve.fun(a)), floor - 5)), 6.5, colours.lanes[lane], colours.halo);
    }
    strips(g, px, floor + 5, y + h, colours, taken);
  };

  const strips = (g, px, top, bottom, colours, taken) => {
    const row = (bottom - top) / conditions.length;
    conditions.forEach((name, k) => {
      const y = top + k * row, chosen = name === view.state.condition;
      g.fillStyle = g.strokeStyle = colours.lanes[2];
      for (const [a, b] of stretches(name)) {
        g.globalAlpha = chosen ? 0.3 : 0.14;
        g.fillRect(px(a), y + 2, px(b) - px(a), row - 4);
        g.globalAlpha = 0.9;
        g.lineWidth = 1;
        hatch(g, px(a), y + 2, px(b) - px(a), row - 4, HATCHES[name]);
        g.globalAlpha = 1;
      }
      g.textAlign = "left";
      g.textBaseline = "middle";
      g.strokeStyle = colours.paper;
      g.lineWidth = 4;
      g.strokeText(name, px(0) + 6, y + row / 2);
      g.fillStyle = chosen ? colours.ink : colours.muted;
      g.fillText(name, px(0) + 6, y + row / 2);
    });
    for (const [name, [a]] of Object.entries(taken)) {
      if (a === null || a > 4.3) continue;
      g.strokeStyle = colours.lanes[MARKS[name][1]];
      g.lineWidth = 1.6;
      g.setLineDash(name === "backtracking" ? [] : [4, 3]);
      line(g, px(a), top, px(a), bottom);
      g.setLineDash([]);
    }
  };

  q.window = [[0, 4.3], [-2.6, 2.6]];
  q.draw = () => {
    const { colours, state } = view, { curve, steps, taken } = look();
    const g = fit(q, colours, { left: 34, bottom: 26, top: 18 }, [], (under) => axes(under, q, colours, {
      xTicks: [0, 1, 2, 3, 4].map((v) => [within(v, q.window[0]), String(v)]), xLabel: "step a",
      yTicks: [-2, -1, 0, 1, 2].map((v) => [within(v, q.window[1]), number(v)]), yLabel: "φ′(a)" }));
    if (!g) return;
    const { x, y, w, h } = q.area, px = (a) => x + within(a, q.window[0]) * w, py = (v) => y + h - within(v, q.window[1]) * h;
    const low = py(state.c2 * slope), high = state.condition === "strong Wolfe" ? py(-state.c2 * slope) : y;
    g.fillStyle = g.strokeStyle = colours.lanes[2];
    g.globalAlpha = 0.13;
    g.fillRect(x, high, w, low - high);
    g.globalAlpha = 1;
    g.setLineDash([4, 3]);
    line(g, x, low, x + w, low);
    if (state.condition === "strong Wolfe") line(g, x, high, x + w, high);
    g.setLineDash([]);
    g.strokeStyle = colours.rule;
    line(g, x, py(0), x + w, py(0));
    inside(g, q.area, () => {
      g.strokeStyle = colours.lanes[1];
      g.lineWidth = 2;
      g.beginPath();
      g.lineTo(px(0), py(slope));
      steps.forEach((a) => g.lineTo(px(a), py(curve.slope(a))));
      g.stroke();
    });
    for (const [name, [a]] of Object.entries(taken)) {
      if (a === null || a > 4.3) continue;
      const [shape, lane] = MARKS[name];
      marker(g, shape, px(a), Math.max(y, Math.min(y + h, py(curve.slope(a)))), 6, colours.lanes[lane], colours.halo);
    }
    g.fillStyle = colours.muted;
    g.textAlign = "left";
    g.textBaseline = "bottom";
    g.fillText("flat enough", x + 8, low - 4);
  };

  const key = element("p", { class: "mlopt-summary", text: "Triangle: the step of backtracking. Diamond: that of strong_wolfe. Star: the lowest point. Dashed: enough fall." });
  key.style.minHeight = "0";
  const share = (name) => Math.round((100 * look().good.filter((ok) => ok[name]).length) / COUNT);
  return {
    panels: [p, q],
    extras: [key],
    settle(next, last) {
      const moved = [1, 2, 3, 4].some((k) => next[`h${k}`][1] !== last[`h${k}`][1]);
      if (next.curve !== last.curve && curves[next.curve]) curves[next.curve].forEach((v, k) => { next[`h${k + 1}`] = [k + 1, v]; });
      else if (moved && next.curve === last.curve) next.curve = "your own";
      if (next.c2 <= next.c1) { // the one that was not just moved gives way
        if (next.c2 !== last.c2) next.c1 = view.data.decrease.filter((c) => c < next.c2).pop();
        else next.c2 = view.data.curvature.find((c) => c > next.c1);
      }
      return next;
    },
    summary: () => {
      const { taken, curve } = look(), { state } = view;
      const said = Object.entries(taken).map(([name, [a, tried]]) => (a === null ? `${sentence(name)} finds no step.`
        : `${sentence(name)} takes ${number(a, 3)}, after ${plural(tried, "trial")}, to a height of ${number(curve.fun(a), 2)}.`));
      return `${sentence(state.condition)} accepts ${share(state.condition)} % of the steps up to 4. ${said.join(" ")}`;
    },
    judge: () => {
      const { good, best, steps } = look(), inner = best < COUNT - 1, refused = inner && !good[best].Goldstein && good[best].Armijo;
      if (view.state.c1 > 0.1) return { reached: false, text: "c₁ is above 0.1." };
      return { reached: refused, text: refused ? "Refused: the curve falls faster there than its slope at the start promised."
        : inner ? `The lowest point, at ${number(steps[best], 3)}, is accepted.` : "The lowest point is the end of the picture." };
    },
  };
}
