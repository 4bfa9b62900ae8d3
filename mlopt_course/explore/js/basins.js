// Where each start ends: a map of cells in the colour of their end, and the path from the reader's start.
const KINDS = ["minimum", "saddle", "maximum"];
const NAMES_OF_MINIMA = "ABCDEFGH";
const percentage = (share) => `${Math.round(100 * share)} %`;

// The run of a method from the cell in which a start lies: { path, end, cell }.
function runFrom({ data, arrays, offsets }, method, start) {
  const n = data.grid, k = data.methods.indexOf(method);
  const [i, j] = start.map((v, axis) => Math.min(n - 1, Math.max(0, Math.floor(within(v, data.window[axis]) * n))));
  const cell = j * n + i, at = k * n * n + cell, from = offsets[at];
  const path = Array.from({ length: arrays.lengths[at] }, (_, m) => [0, 1].map((axis) => {
    const [low, high] = data.window[axis];
    return low + fraction(arrays.paths[2 * (from + m) + axis]) * (high - low);
  }));
  return { path, end: arrays.ends[at], cell };
}

function startsOf(lengths) {
  const offsets = new Uint32Array(lengths.length);
  for (let k = 1; k < lengths.length; k++) offsets[k] = offsets[k - 1] + lengths[k - 1];
  return offsets;
}

function nameOf({ points, kinds }, end) {
  if (end >= points.length) return "nowhere in time";
  return kinds[end] === "minimum" ? `minimum ${NAMES_OF_MINIMA[end]}` : `a ${kinds[end]}`;
}

// Saddles are striped and maxima dark, so that they stand out without colour.
function basinColour(kinds, end, i, j, ratio, colours) {
  if (end >= kinds.length) return mix(colours.paper, colours.paper, 0);
  if (kinds[end] === "minimum") return mix(colours.paper, colours.lanes[end % 4], 0.42);
  if (kinds[end] === "maximum") return mix(colours.paper, colours.ink, 0.75);
  return mix(colours.paper, colours.muted, (i + j) % Math.round(9 * ratio) < 3 * ratio ? 0.7 : 0.22);
}

function basinMap(view, method, w, h, ratio) {
  const { data: { grid: n, kinds, methods }, arrays, colours } = view;
  const base = methods.indexOf(method) * n * n;
  w = Math.round(w); h = Math.round(h);
  const canvas = element("canvas", { width: w, height: h }), g = canvas.getContext("2d"), image = g.createImageData(w, h);
  const out = new Uint32Array(image.data.buffer);
  for (let j = 0; j < h; j++) for (let i = 0; i < w; i++) {
    const end = arrays.ends[base + (n - 1 - Math.floor((j / h) * n)) * n + Math.floor((i / w) * n)];
    const [red, green, blue] = basinColour(kinds, end, i, j, ratio, colours);
    out[j * w + i] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
  g.putImageData(image, 0, 0);
  return canvas;
}

function basinPanel(view) {
  const p = panel("landscape", "Each start in the colour of its end"), { window: box, points, kinds } = view.data;
  p.window = box;
  p.draw = () => {
    const { colours, state } = view, run = view.run();
    const g = fit(p, colours, { left: 34, bottom: 24, top: 18 }, state.method, (under) => {
      const { x, y, w, h, ratio } = p.area;
      under.drawImage(basinMap(view, state.method, w * ratio, h * ratio, ratio), x, y, w, h);
      axes(under, p, colours, {
        xTicks: linearTicks(...box[0], 5).map((v) => [within(v, box[0]), number(v)]),
        yTicks: linearTicks(...box[1], 5).map((v) => [within(v, box[1]), number(v)]), xLabel: "x₁", yLabel: "x₂",
      });
    });
    if (!g) return;
    const { x, y, w, h } = p.area, at = ([a, b]) => [x + within(a, box[0]) * w, y + h - within(b, box[1]) * h];
    inside(g, p.area, () => {
      points.forEach((point, k) => stationaryMark(g, ...at(point), kinds[k], k, colours));
      const shown = run.path.slice(0, Math.min(state.step, run.path.length - 1) + 1).map(at);
      for (const [stroke, width] of [[colours.halo, 4.5], [colours.ink, 2]]) {
        Object.assign(g, { strokeStyle: stroke, lineWidth: width });
        g.beginPath();
        shown.forEach(([a, b]) => g.lineTo(a, b));
        g.stroke();
      }
      shown.slice(1).forEach(([a, b]) => marker(g, "disc", a, b, 3, colours.ink, colours.halo));
      marker(g, "ring", ...at(state.start), 7, colours.ink, colours.halo);
    });
  };
  return p;
}

function stationaryMark(g, x, y, kind, k, colours) {
  marker(g, { minimum: "disc", saddle: "cross", maximum: "triangle" }[kind], x, y, kind === "minimum" ? 9 : 5, colours.ink, colours.halo);
  if (kind !== "minimum") return;
  Object.assign(g, { fillStyle: colours.paper, textAlign: "center", textBaseline: "middle" });
  g.fillText(NAMES_OF_MINIMA[k], x, y + 0.5);
}

// One bar for each method: which part of the starts ends at a minimum, a saddle, a maximum, nowhere.
function sharesPanel(view) {
  const p = panel("curve", "Where all starts of the map end"), { methods, shares } = view.data;
  p.draw = () => {
    const { colours, state } = view, g = fit(p, colours, { left: 4, bottom: 24, top: 4, right: 4 }, "", () => {});
    if (!g) return;
    const { x, y, w, h } = p.area, high = h / methods.length;
    const fills = [mix(colours.paper, colours.lanes[2], 0.42), mix(colours.paper, colours.muted, 0.5), mix(colours.paper, colours.ink, 0.75), rgb(colours.paper)];
    methods.forEach((method, k) => {
      const top = y + k * high, tall = Math.min(22, high - 22);
      Object.assign(g, { fillStyle: method === state.method ? colours.ink : colours.muted, textAlign: "left", textBaseline: "top" });
      g.fillText((method === state.method ? "▸ " : "") + method, x, top);
      let from = x;
      shares[method].forEach((share, c) => {
        if (!share) return;
        g.fillStyle = css(fills[c]);
        g.fillRect(from, top + 17, share * w, tall);
        Object.assign(g, { strokeStyle: colours.muted, lineWidth: 1 });
        g.strokeRect(from, top + 17, share * w, tall);
        const percent = percentage(share), words = [`${KINDS[c] ?? "none"} ${percent}`, percent];
        const fitting = words.find((text) => g.measureText(text).width < share * w - 6);
        Object.assign(g, { fillStyle: c === 2 ? colours.paper : colours.ink, textAlign: "center", textBaseline: "middle" });
        if (fitting) g.fillText(fitting, from + (share * w) / 2, top + 17.5 + tall / 2);
        from += share * w;
      });
    });
  };
  return p;
}

function scene(view) {
  view.offsets = startsOf(view.arrays.lengths);
  view.run = () => runFrom(view, view.state.method, view.state.start);
  const minima = view.data.points.filter((_, k) => view.data.kinds[k] === "minimum");
  const nearest = () => {
    const away = minima.map((m) => Math.hypot(m[0] - view.state.start[0], m[1] - view.state.start[1]));
    const best = Math.min(...away);
    return { which: away.indexOf(best), away: best };
  };
  return {
    panels: [basinPanel(view), sharesPanel(view)],
    summary() {
      const { state, data } = view, { path, end } = view.run(), near = nearest(), last = path.length - 1;
      const how = end < data.points.length ? `it ends at ${nameOf(data, end)} after ${plural(last, "step")}` : `it has ended ${nameOf(data, end)}, ${plural(last, "step")}`;
      const now = state.step < last ? ` At step ${state.step} it is at ${point(path[state.step])}.` : "";
      const parts = data.shares[state.method].map((share, c) => share && `${percentage(share)} at ${c < 3 ? "a " + KINDS[c] : "none in time"}`);
      const all = `Of all starts, ${parts.filter(Boolean).join(", ")}.`;
      return `${sentence(state.method)} from ${point(state.start)}: ${how}. The nearest minimum is ${NAMES_OF_MINIMA[near.which]}, ${number(near.away)} away.${now} ${all}`;
    },
    judge() {
      const { state, data } = view, { end } = view.run(), near = nearest(), close = near.away <= data.within;
      const reached = state.method === data.methods[0] && close && end !== near.which;
      if (reached) return { reached, text: `Only ${number(near.away)} from minimum ${NAMES_OF_MINIMA[near.which]}, and it ends at ${nameOf(data, end)}.` };
      if (state.method !== data.methods[0]) return { reached, text: `Choose ${data.methods[0]}.` };
      return { reached, text: close ? "Near enough, but it ends in that minimum." : `The nearest minimum is ${number(near.away)} away.` };
    },
    steps: () => view.run().path.length - 1,
  };
}
