// A direct search step by step: the points that it tries, its simplex if it has one, and the error by evaluations.
function walksOf({ length, x, error, evaluations, word, tried, simplex }) {
  let at = 0, spent = 0;
  return Array.from(length, (n) => {
    const last = n - 1, first = at, used = evaluations[at + last], begun = spent;
    at += n;
    spent += used;
    const pair = (array, k) => [array[2 * k], array[2 * k + 1]];
    return {
      last, error: error.subarray(first, first + n), evaluations: evaluations.subarray(first, first + n),
      word: word.subarray(first, first + n), best: (k) => pair(x, first + k),
      // The points tried at step k, in order.
      tried: (k) => {
        const from = k ? evaluations[first + k - 1] : 0, to = evaluations[first + k];
        return Array.from({ length: to - from }, (_, m) => pair(tried, begun + from + m));
      },
      simplex: simplex ? (k) => [0, 1, 2].map((c) => pair(simplex, 3 * (first + k) + c)) : null,
    };
  });
}

// The square around what happens at a step, wide enough for all of it: [[low, high], [low, high]] for an area w by h.
function closeUp(points, w, h) {
  const low = [0, 1].map((k) => Math.min(...points.map((p) => p[k]))), high = [0, 1].map((k) => Math.max(...points.map((p) => p[k])));
  const middle = low.map((v, k) => (v + high[k]) / 2);
  const scale = Math.max((high[0] - low[0]) / w, (high[1] - low[1]) / h, 1e-30) * 0.65;
  return [[middle[0] - scale * w, middle[0] + scale * w], [middle[1] - scale * h, middle[1] + scale * h]];
}

function walkPanel(view) {
  const p = panel("landscape", "What is tried");
  p.draw = () => {
    const { colours, state, data, arrays } = view, run = view.run(), step = view.step(), which = view.problem();
    const { window: box, levels, optima } = data.problems[which];
    p.heading.textContent = step ? `Step ${step}: ${data.words[run.word[step]]}` : "The start";
    const near = [...run.tried(step), run.best(step), run.best(Math.max(0, step - 1)), ...(run.simplex ? [...run.simplex(step), ...run.simplex(Math.max(0, step - 1))] : [])];
    const area = { w: p.box.clientWidth - 44, h: p.box.clientHeight - 42 };
    const shown = state.magnify && step ? closeUp(near, area.w, area.h) : box, whole = shown === box;
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, [which, shown], (under) => {
      const { x, y, w, h, ratio } = p.area, size = levelsSize(arrays.field, data.problems.length);
      if (whole) under.drawImage(contours(arrays.field.subarray(which * size, (which + 1) * size), levels, w * ratio, h * ratio, colours), x, y, w, h);
      axes(under, p, colours, {
        xTicks: whole ? linearTicks(...box[0], 5).map((v) => [within(v, box[0]), number(v)]) : [],
        yTicks: whole ? linearTicks(...box[1], 5).map((v) => [within(v, box[1]), number(v)]) : [],
        xLabel: "x₁", yLabel: "x₂",
      });
      if (!whole) {
        Object.assign(under, { fillStyle: colours.muted, textAlign: "left", textBaseline: "top" });
        under.fillText(`this picture is ${number(shown[0][1] - shown[0][0])} wide`, x, y + h + 6);
      }
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, shown[0]) * w, y + h - within(b, shown[1]) * h];
    inside(g, p.area, () => {
      optima.forEach((o) => marker(g, "cross", ...at(o), 5.5, colours.ink, colours.halo));
      drawWalk(g, run, step, at, colours);
    });
  };
  return p;
}

const levelsSize = (field, problems) => field.length / problems;

function drawWalk(g, run, step, at, colours) {
  if (run.simplex) {
    const ring = (k) => { g.beginPath(); polygon(g, run.simplex(k).map(at)); };
    Object.assign(g, { strokeStyle: colours.muted, lineWidth: 1 });
    g.globalAlpha = 0.55;
    for (let k = 0; k < step; k++) { ring(k); g.stroke(); }
    g.globalAlpha = 0.3;
    g.fillStyle = colours.lanes[0];
    ring(step);
    g.fill();
    g.globalAlpha = 1;
    Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 2.2 });
    ring(step);
    g.stroke();
    if (step) {
      g.setLineDash([5, 4]);
      Object.assign(g, { strokeStyle: colours.ink, lineWidth: 1.4 });
      ring(step - 1);
      g.stroke();
      g.setLineDash([]);
    }
  } else {
    for (let k = 0; k < step; k++) for (const point of run.tried(k)) marker(g, "disc", ...at(point), 1.6, colours.muted);
    for (const [stroke, width] of [[colours.halo, 4.5], [colours.lanes[0], 2]]) {
      Object.assign(g, { strokeStyle: stroke, lineWidth: width });
      g.beginPath();
      for (let k = 0; k <= step; k++) g.lineTo(...at(run.best(k)));
      g.stroke();
    }
  }
  for (const point of run.tried(step)) marker(g, "ring", ...at(point), 4.5, colours.lanes[1], colours.halo);
  marker(g, "disc", ...at(run.best(step)), 4.5, colours.lanes[0], colours.halo);
}

const LOWEST = 1e-12;
function errorPanel(view) {
  const p = panel("curve", "Error by evaluations"), logged = (v) => Math.log10(Math.max(v, LOWEST));
  p.draw = () => {
    const { colours } = view, run = view.run(), step = view.step(), most = run.evaluations[run.last];
    const tops = [...run.error].map(logged), low = Math.floor(Math.min(...tops)), high = Math.ceil(Math.max(...tops, low + 1));
    const g = fit(p, colours, { left: 44, bottom: 24, top: 18 }, [view.index(), most], (under) => axes(under, p, colours, {
      xTicks: linearTicks(0, most, 4).map((v) => [v / most, number(v, 4)]),
      yTicks: decades(low, high, 6).map((k) => [(k - low) / (high - low), tenTo(k)]), xLabel: "evaluations", yLabel: "error", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, at = (k) => [x + (run.evaluations[k] / most) * w, y + h - ((tops[k] - low) / (high - low)) * h];
    inside(g, p.area, () => {
      Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 2 });
      g.beginPath();
      tops.forEach((_, k) => { if (k) g.lineTo(at(k)[0], at(k - 1)[1]); g.lineTo(...at(k)); });
      g.stroke();
    });
    marker(g, "disc", ...at(step), 5.5, colours.lanes[0], colours.halo);
  };
  return p;
}

function scene(view) {
  const { data, arrays } = view, walks = walksOf(arrays), { goal } = data;
  view.index = () => data.axes.reduce((k, { name, values }) => k * values.length + values.indexOf(view.state[name]), 0);
  view.run = () => walks[view.index()];
  view.problem = () => data.axes[0].values.indexOf(view.state.problem);
  view.step = () => Math.min(view.state.step, view.run().last);
  const counts = () => !goal.problem || goal.problem === view.state.problem;
  return {
    panels: [walkPanel(view), errorPanel(view)],
    steps: () => view.run().last,
    summary() {
      const run = view.run(), step = view.step(), tried = run.tried(step).length;
      const what = step ? `Step ${step} of ${run.last}: ${data.words[run.word[step]]}, ${plural(tried, "point")} tried.` : "The start.";
      return `${sentence(view.state.problem)}. ${what} The error is ${number(run.error[step])} after ${plural(run.evaluations[step], "evaluation")}.`;
    },
    judge() {
      const run = view.run();
      if (!counts()) return { reached: false, text: `Choose “${goal.problem}” for it.` };
      if (goal.stuck !== undefined) {
        const end = run.error[run.last], reached = end > goal.stuck;
        return { reached, text: reached ? `This run ends with an error of ${number(end)} and tries nothing better.` : `This run comes down to ${number(end)}.` };
      }
      const hit = run.error.findIndex((error) => error <= goal.target);
      if (hit < 0) return { reached: false, text: `This run ends with ${number(run.error[run.last])}.` };
      const spent = run.evaluations[hit];
      return { reached: spent <= goal.within, text: `Here it takes ${plural(spent, "evaluation")}.` };
    },
  };
}
