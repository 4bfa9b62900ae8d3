// Sixty walkers on a curve: a step up by h is taken with probability exp(-h / T), and T is in the reader's hand.
// The same numbers as annealing.py: mulberry32, counted, so that every chance is known by its place.
function chance(seed, count) {
  const a = (seed + Math.imul(count + 1, 0x6d2b79f5)) | 0;
  let t = Math.imul(a ^ (a >>> 15), a | 1);
  t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

const TRIES = 5;

// All walkers after one more step, the k-th, at temperature T.
function oneStep(heights, places, T, seed, k, reach) {
  const next = Uint8Array.from(places), n = next.length, warm = Math.max(T, 1e-9);
  for (let j = TRIES * k; j < TRIES * (k + 1); j++) for (let w = 0; w < n; w++) {
    const drawn = chance(seed, 2 * (j * n + w)), accept = chance(seed, 2 * (j * n + w) + 1);
    const trial = next[w] + Math.floor(drawn * (2 * reach + 1)) - reach;
    if (trial < 0 || trial >= heights.length) continue;
    if (accept < Math.exp(-Math.max(heights[trial] - heights[next[w]], 0) / warm)) next[w] = trial;
  }
  return next;
}

function boltzmann(heights, T) {
  const weights = Array.from(heights, (h) => Math.exp(-h / T)), sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((v) => v / sum);
}

// The place to which a walk from the left end comes down.
const leftmostHollow = (heights) => heights.findIndex((h, k) => heights[k + 1] >= h);

const BIN = 8; // places in one bar

function curvePanel(view) {
  const p = panel("landscape", "Walkers on the curve; below: their places, and Boltzmann's law (line)");
  p.draw = () => {
    const { colours, data } = view, heights = view.heights(), n = heights.length, top = Math.max(...heights) * 1.12, floor = 0.3;
    const [low, high] = data.curves[view.curve()].valley, T = view.temperature();
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, [view.curve()], (under) => {
      const { x, y, w, h } = p.area;
      Object.assign(under, { fillStyle: colours.deep, globalAlpha: 0.45 });
      under.fillRect(x + (low / (n - 1)) * w, y, ((high - low) / (n - 1)) * w, h);
      under.globalAlpha = 1;
      axes(under, p, colours, {
        xTicks: linearTicks(...data.window, 5).map((v) => [within(v, data.window), number(v)]),
        yTicks: linearTicks(0, top, 4).map((v) => [floor + (1 - floor) * (v / top), number(v)]), xLabel: "x", yLabel: "f(x)",
      });
      Object.assign(under, { strokeStyle: colours.ink, lineWidth: 1.6 });
      under.beginPath();
      heights.forEach((f, k) => under.lineTo(x + (k / (n - 1)) * w, y + h - (floor + (1 - floor) * (f / top)) * h));
      under.stroke();
      line(under, x, y + h - (floor - 0.03) * h, x + w, y + h - (floor - 0.03) * h);
    });
    if (!g) return;
    const { x, y, w, h } = p.area, places = view.places(), bars = Math.ceil(n / BIN), law = boltzmann(heights, T);
    const counts = Array(bars).fill(0), expected = Array(bars).fill(0), stacked = {};
    places.forEach((at) => { counts[Math.floor(at / BIN)] += 1; });
    law.forEach((v, k) => { expected[Math.floor(k / BIN)] += v * places.length; });
    const slots = [...places].map((at) => Math.floor(at / 4)), crowd = Math.max(...slots.map((slot) => slots.filter((other) => other === slot).length));
    const apart = Math.min(5, (0.3 * h) / crowd), most = Math.max(12, ...counts, ...expected), scale = ((floor - 0.05) * h) / most, wide = (BIN / (n - 1)) * w;
    Object.assign(g, { fillStyle: colours.lanes[1], strokeStyle: colours.lanes[0], lineWidth: 2 });
    inside(g, p.area, () => {
      counts.forEach((c, b) => g.fillRect(x + b * wide + 1, y + h - c * scale, Math.max(wide - 2, 1), c * scale));
      g.beginPath();
      expected.forEach((e, b) => { g.lineTo(x + b * wide, y + h - e * scale); g.lineTo(x + (b + 1) * wide, y + h - e * scale); });
      g.stroke();
      for (const at of [...places].sort((a, b) => a - b)) {
        const slot = Math.floor(at / 4), level = (stacked[slot] = (stacked[slot] ?? -1) + 1);
        marker(g, "disc", x + (at / (n - 1)) * w, y + h - (floor + (1 - floor) * (heights[at] / top)) * h - 4 - apart * level, 2.8, colours.lanes[1], colours.halo);
      }
    });
  };
  return p;
}

function coolingPanel(view) {
  const p = panel("curve", "Temperature (dashed), and the walkers' mean height (solid)"), low = -2.3, high = 1.1;
  const up = (v) => (Math.log10(Math.max(v, 10 ** low)) - low) / (high - low);
  p.draw = () => {
    const { colours, state, data } = view;
    const g = fit(p, colours, { left: 44, bottom: 24, top: 18 }, [], (under) => axes(under, p, colours, {
      xTicks: linearTicks(0, data.steps, 5).map((v) => [v / data.steps, number(v, 3)]),
      yTicks: [0.01, 0.1, 1, 10].map((v) => [up(v), number(v)]), xLabel: "step", yLabel: "in units of f", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, across = (k) => x + (k / data.steps) * w;
    inside(g, p.area, () => {
      Object.assign(g, { strokeStyle: colours.lanes[0], lineWidth: 2 });
      g.setLineDash(DASHES[1]);
      g.beginPath();
      for (let k = 0; k <= state.step; k++) g.lineTo(across(k), y + h - up(view.temperature(k)) * h);
      g.stroke();
      g.setLineDash([]);
      g.strokeStyle = colours.lanes[1];
      g.beginPath();
      for (let k = 0; k <= state.step; k++) g.lineTo(across(k), y + h - up(view.mean(k)) * h);
      g.stroke();
    });
    marker(g, "diamond", across(state.step), y + h - up(view.temperature()) * h, 4.5, colours.lanes[0], colours.halo);
    marker(g, "disc", across(state.step), y + h - up(view.mean(state.step)) * h, 4.5, colours.lanes[1], colours.halo);
  };
  return p;
}

function scene(view) {
  const { data, arrays } = view, size = arrays.heights.length / data.curves.length;
  const hand = new Float64Array(data.steps + 1).fill(view.state.temperature);
  let trail = [], key = "";
  view.curve = () => data.curves.findIndex((one) => one.label === view.state.curve);
  view.heights = () => arrays.heights.subarray(view.curve() * size, (view.curve() + 1) * size);
  view.temperature = (k = view.state.step) => {
    const { how, temperature } = view.state;
    if (how === data.hand) return hand[k];
    return temperature * (data.shares[how]?.[Math.min(k, data.steps - 1)] ?? 1);
  };
  // Where the walkers are after each step; only what has changed is walked again.
  view.places = (k = view.state.step) => {
    const { how, seed, temperature } = view.state, now = [view.curve(), how, seed, how === data.hand ? 0 : temperature].join();
    if (now !== key) {
      key = now;
      trail = [new Uint8Array(data.walkers).fill(leftmostHollow(view.heights()))];
    }
    for (let i = trail.length; i <= k; i++) trail.push(oneStep(view.heights(), trail[i - 1], view.temperature(i - 1), seed, i - 1, data.reach));
    return trail[k];
  };
  view.mean = (k) => view.places(k).reduce((sum, at) => sum + view.heights()[at], 0) / data.walkers;
  const inValley = (places) => {
    const [low, high] = data.curves[view.curve()].valley;
    return places.filter((at) => at >= low && at <= high).length;
  };
  return {
    panels: [curvePanel(view), coolingPanel(view)],
    live: ["temperature"],
    act: {
      over() {
        hand.fill(view.state.temperature);
        trail = [];
        key = "";
        view.choose({ step: 0 });
      },
    },
    // By hand, a new temperature holds from this step on; anything else begins anew.
    settle(next, old) {
      if (next.how !== data.hand) return next;
      const anew = next.how !== old.how || next.curve !== old.curve || next.seed !== old.seed;
      const moved = next.temperature !== old.temperature;
      if (!anew && !moved) return next;
      const from = anew || (moved && next.step !== old.step) ? 0 : old.step;
      hand.fill(next.temperature, from);
      trail.length = Math.min(trail.length, from + 1);
      return next;
    },
    summary() {
      const { state } = view, T = view.temperature(), there = inValley(view.places()), [low, high] = data.curves[view.curve()].valley;
      const law = boltzmann(view.heights(), T).slice(low, high + 1).reduce((a, b) => a + b, 0) * data.walkers;
      return `${sentence(state.curve)}, step ${state.step}, temperature ${number(T)}: ${there} of ${data.walkers} walkers are in the deepest valley (shaded). Given for ever at this temperature, it would be ${number(law, 3)} on average. Mean height ${number(view.mean(state.step))}.`;
    },
    judge() {
      const { state } = view, first = data.curves[0].label, there = inValley(view.places());
      if (state.curve !== first) return { reached: false, text: `Choose “${first}” for it.` };
      if (state.how !== data.hand) return { reached: false, text: `Set “Temperature by” to “${data.hand}”, and play.` };
      if (state.step < data.steps) return { reached: false, text: `Now ${there}; it counts at step ${data.steps}.` };
      return { reached: there >= data.wanted, text: `You have ${there}.` };
    },
  };
}
