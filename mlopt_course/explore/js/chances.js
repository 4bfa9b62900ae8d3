// Many runs of two methods: their best values against evaluations, and the share that has reached a target.
function runsFrom({ length, spent, error, total }) {
  let at = 0;
  return Array.from(length, (n, r) => {
    const first = at;
    at += n;
    return { spent: spent.subarray(first, first + n), error: error.subarray(first, first + n), total: total[r] };
  });
}

// After how many evaluations a run is at the target, or infinity; and its error within a budget.
function hitOf(run, target) {
  const k = run.error.findIndex((v) => v <= target);
  return k < 0 ? Infinity : run.spent[k];
}
function errorWithin(run, budget) {
  let k = -1;
  while (k + 1 < run.spent.length && run.spent[k + 1] <= budget) k++;
  return k < 0 ? Infinity : run.error[k];
}
function expectedTime(runs, target) {
  const hits = runs.map((run) => hitOf(run, target)), solved = hits.filter(Number.isFinite).length;
  return solved ? runs.reduce((sum, run, k) => sum + Math.min(hits[k], run.total), 0) / solved : Infinity;
}
function medianOf(values) {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

const LOOKS = [{ lane: 0, dash: 0 }, { lane: 1, dash: 1 }];
const powers = ([low, high], most) => decades(low, high, most).reverse().map((k) => [within(k, [low, high]), tenTo(k)]);

function coursePanel(view) {
  const { data } = view, p = panel("landscape", "Lowest error of each run; thick: the median");
  p.window = data.window;
  p.draw = () => {
    const { colours, state } = view, [across, up] = data.window;
    const g = fit(p, colours, { left: 44, bottom: 24, top: 18 }, [], (under) => axes(under, p, colours, {
      xTicks: powers(across, 5), yTicks: powers(up, 7), xLabel: "evaluations", yLabel: "error",
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, px = (n) => x + within(Math.log10(Math.max(n, 1)), across) * w, py = (v) => y + h - within(Math.log10(Math.max(v, data.floor)), up) * h;
    inside(g, p.area, () => {
      for (const [k, runs] of view.both().entries()) {
        const { lane, dash } = LOOKS[k];
        Object.assign(g, { strokeStyle: colours.lanes[lane], lineWidth: 1, globalAlpha: Math.max(0.22, 0.9 / Math.sqrt(runs.length)) });
        g.setLineDash(DASHES[dash]);
        for (const run of runs) {
          g.beginPath();
          run.error.forEach((v, i) => { if (i) g.lineTo(px(run.spent[i]), py(run.error[i - 1])); g.lineTo(px(run.spent[i]), py(v)); });
          g.lineTo(px(run.total), py(run.error[run.error.length - 1]));
          g.stroke();
        }
        g.globalAlpha = 1;
        if (runs.length < 3) continue;
        g.lineWidth = 3.2;
        g.beginPath();
        for (let i = 0; i <= 60; i++) {
          const budget = 10 ** (across[0] + (i / 60) * (across[1] - across[0])), middle = medianOf(runs.map((run) => errorWithin(run, budget)));
          if (Number.isFinite(middle)) g.lineTo(px(budget), py(middle));
        }
        g.stroke();
      }
      g.setLineDash([]);
      Object.assign(g, { strokeStyle: colours.ink, lineWidth: 1 });
      const [a, b] = [px(10 ** state.mark[0]), py(10 ** state.mark[1])];
      line(g, a, y, a, y + h);
      line(g, x, b, x + w, b);
    });
    marker(g, "diamond", px(10 ** state.mark[0]), py(10 ** state.mark[1]), 7, colours.goal, colours.halo);
  };
  return p;
}

function sharePanel(view) {
  const { data } = view, p = panel("curve", "Share of the runs that have reached the target (ECDF)");
  p.draw = () => {
    const { colours, state } = view, across = data.window[0];
    const g = fit(p, colours, { left: 52, bottom: 24, top: 18 }, [], (under) => axes(under, p, colours, {
      xTicks: powers(across, 5), yTicks: [0, 0.25, 0.5, 0.75, 1].map((v) => [v, `${100 * v} %`]), xLabel: "evaluations", yLabel: "", grid: true,
    }));
    if (!g) return;
    const { x, y, w, h } = p.area, px = (n) => x + within(Math.log10(Math.max(n, 1)), across) * w;
    for (const [k, runs] of view.both().entries()) {
      const hits = runs.map((run) => hitOf(run, 10 ** state.mark[1])).filter(Number.isFinite).sort((a, b) => a - b);
      Object.assign(g, { strokeStyle: colours.lanes[LOOKS[k].lane], lineWidth: 2.4 });
      g.setLineDash(DASHES[LOOKS[k].dash]);
      g.beginPath();
      g.moveTo(x, y + h);
      hits.forEach((hit, i) => { g.lineTo(px(hit), y + h - (i / runs.length) * h); g.lineTo(px(hit), y + h - ((i + 1) / runs.length) * h); });
      g.lineTo(x + w, y + h - (hits.length / runs.length) * h);
      g.stroke();
      g.setLineDash([]);
    }
    Object.assign(g, { strokeStyle: colours.ink, lineWidth: 1 });
    line(g, px(10 ** state.mark[0]), y, px(10 ** state.mark[0]), y + h);
  };
  return p;
}

function scene(view) {
  const { data, arrays } = view, all = runsFrom(arrays), n = data.runs;
  const of = (label) => all.slice(data.labels.indexOf(label) * n, (data.labels.indexOf(label) + 1) * n);
  const drawn = () => arrays.sample.subarray((view.state.draw - 1) * n, (view.state.draw - 1) * n + view.state.count);
  view.both = (few = true) => [view.state.first, view.state.second].map((label) => (few ? [...drawn()].map((k) => of(label)[k]) : of(label)));
  const medians = (few) => view.both(few).map((runs) => medianOf(runs.map((run) => errorWithin(run, 10 ** view.state.mark[0]))));
  return {
    panels: [coursePanel(view), sharePanel(view)],
    summary() {
      const { state } = view, [budget, target] = state.mark.map((v) => 10 ** v), both = view.both(), middle = medians(true);
      const told = [state.first, state.second].map((label, k) => {
        const solved = both[k].filter((run) => hitOf(run, target) <= budget).length, time = expectedTime(both[k], target);
        return `${sentence(label)} (${k ? "dashed" : "solid"}): ${solved} of ${both[k].length} reach an error of ${number(target)} within ${number(Math.round(budget), 4)} evaluations; expected running time ${Number.isFinite(time) ? number(time, 4) : "unknown"}; median error then ${number(middle[k])}.`;
      });
      return told.join(" ");
    },
    judge() {
      const { state } = view, whole = medians(false), now = medians(true), worse = whole[0] > whole[1] ? 0 : 1;
      if (state.first === state.second) return { reached: false, text: "Choose two methods." };
      if (whole[worse] < data.factor * whole[1 - worse]) return { reached: false, text: `Over all ${n} runs these two are too close at this budget.` };
      const better = worse ? state.first : state.second;
      if (state.count !== data.few) return { reached: false, text: `Over all ${n} runs ${better} is better. Look at ${data.few} of each.` };
      const reached = now[worse] < now[1 - worse];
      return { reached, text: reached ? `Over all ${n} runs ${better} is better, but not in these.` : `${better} is better, also in these ${data.few}.` };
    },
  };
}
