// The settings map: the outcome of every setting on the grid, to click, drag on, or walk with the arrow keys.
function mapPanel(view) {
  const p = panel("map", "");
  const [first, second] = view.spec.settings;
  const handle = element("div", {
    class: "mlopt-handle", role: "slider", tabindex: "0", "aria-roledescription": "two-dimensional slider",
    "aria-label": second
      ? `Settings map. Left and right change ${first.label.toLowerCase()}, up and down ${second.label.toLowerCase()}`
      : `Settings map. Left and right change ${first.label.toLowerCase()}`,
  });
  p.box.append(handle);
  const legend = element("canvas", { class: "mlopt-legend", "aria-hidden": "true" });
  p.figure.append(legend);
  const grids = () => [first, second].map((s) => (s ? s.grids[view.state.problem] : [0]));
  let ground = null, key = "";

  p.draw = () => {
    const { colours, state } = view, [across, up] = grids();
    const steps = view.spec.steps;
    p.heading.textContent = `${view.problem().measure === "value" ? "Value" : "Error"} after ${steps} steps, for every setting`;
    const g = fit(p, colours, { left: 42, bottom: 24, top: second ? 20 : 8 });
    if (!g) return;
    const { x, y, w, h, ratio } = p.area, wanted = [state.problem, state.start, w, h, ratio, colours.paper].join();
    if (wanted !== key && typeof state.start === "number") [ground, key] = [outcomes(view, across, up, p.area), wanted];
    if (ground) g.drawImage(ground, x, y, w, h);
    const label = (grid) => (v, k) => [(k + 0.5) / grid.length, number(v, 3)];
    const yTicks = second ? up.map(label(up)) : [], apart = Math.max(1, Math.ceil((yTicks.length * 20) / h));
    axes(g, p, colours, {
      xTicks: across.map(label(across)), yTicks: yTicks.filter((_, k) => k % apart === 0),
      xLabel: first.label.toLowerCase(), yLabel: second ? second.label.toLowerCase() : "",
    });
    theoryMark(g, p.area, view, across, up);
    const at = [first, second].map((s, k) => (s ? position(grids()[k], state.settings[s.name]) : 0));
    const left = x + ((at[0] + 0.5) / across.length) * w, top = y + h - ((at[1] + 0.5) / up.length) * h;
    for (const [colour, width] of [[colours.paper, 5], [colours.ink, 2.2]]) {
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.beginPath();
      g.arc(left, top, 7, 0, 7);
      g.stroke();
    }
    Object.assign(handle.style, { left: left + "px", top: top + "px" });
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-valuemax", String(across.length * up.length - 1));
    handle.setAttribute("aria-valuenow", String(Math.round(at[1]) * across.length + Math.round(at[0])));
    handle.setAttribute("aria-valuetext", `${view.settingsText()}: ${view.outcomeText(view.spec.steps)}`);
    drawLegend(legend, view);
  };

  const go = (i, j) => {
    const [across, up] = grids(), keep = (k, n) => Math.min(n - 1, Math.max(0, k));
    const settings = { [first.name]: across[keep(i, across.length)] };
    if (second) settings[second.name] = up[keep(j, up.length)];
    view.choose({ settings });
  };
  dragging(p, (u, v, event) => {
    if (event.type === "pointerdown") handle.focus({ preventScroll: true });
    go(Math.floor(u * grids()[0].length), Math.floor(v * grids()[1].length));
  });
  handle.addEventListener("keydown", (event) => {
    const [across, up] = grids();
    const i = Math.round(position(across, view.state.settings[first.name]));
    const j = second ? Math.round(position(up, view.state.settings[second.name])) : 0;
    const moves = { ArrowLeft: [i - 1, j], ArrowRight: [i + 1, j], ArrowUp: [i, j + 1], ArrowDown: [i, j - 1],
      Home: [0, j], End: [across.length - 1, j], PageUp: [i, up.length - 1], PageDown: [i, 0] };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    go(...moves[event.key]);
  });
  return p;
}

// Where a value lies on a grid, as a fraction of its places.
function position(grid, value) {
  if (value <= grid[0] || grid.length === 1) return 0;
  for (let k = 1; k < grid.length; k++) {
    if (value <= grid[k]) return k - 1 + (value - grid[k - 1]) / (grid[k] - grid[k - 1]);
  }
  return grid.length - 1;
}

// Lowest and highest exponent of the map's colours.
function outcomeScale(runs) {
  let low = 0, high = -16;
  for (const run of runs) {
    if (run.diverged) continue;
    const e = Math.log10(Math.max(run.error[run.last], FLOOR));
    low = Math.min(low, e);
    high = Math.max(high, e);
  }
  return { low: Math.max(low, -12), high: Math.max(high, low + 1) };
}

function outcomes(view, across, up, area) {
  const { colours } = view, runs = view.runsFrom(view.state.problem, view.state.start);
  const { low, high } = (view.mapScale = outcomeScale(runs));
  const w = Math.round(area.w * area.ratio), h = Math.round(area.h * area.ratio);
  const canvas = element("canvas", { width: w, height: h }), g = canvas.getContext("2d");
  for (let i = 0; i < across.length; i++) for (let j = 0; j < up.length; j++) {
    const run = runs[(i * up.length + j) * view.spec.lanes.length];
    const left = Math.round((i / across.length) * w), right = Math.round(((i + 1) / across.length) * w);
    const top = Math.round(h - ((j + 1) / up.length) * h), bottom = Math.round(h - (j / up.length) * h);
    if (run.diverged) {
      hatch(g, left, top, right - left, bottom - top, area.ratio, colours);
      continue;
    }
    const t = within(Math.log10(Math.max(run.error[run.last], FLOOR)), [low, high]);
    g.fillStyle = css(mix(colours.good, colours.bad, Math.min(1, Math.max(0, t)) ** 0.9));
    g.fillRect(left, top, right - left, bottom - top);
  }
  return canvas;
}

function hatch(g, x, y, w, h, ratio, colours) {
  const gap = 6 * ratio;
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.fillStyle = colours.paper;
  g.fillRect(x, y, w, h);
  g.strokeStyle = colours.rule;
  g.lineWidth = 1.2 * ratio;
  for (let c = Math.floor((x - y - h) / gap) * gap; c < x + w - y; c += gap) line(g, c + y, y, c + y + h, y + h);
  g.restore();
}

function theoryMark(g, { x, y, w, h }, view, across, up) {
  const best = view.problem().best, [first, second] = view.spec.settings;
  if (!best) return;
  const at = [position(across, best[first.name]), second ? position(up, best[second.name]) : 0];
  marker(g, "star", x + ((at[0] + 0.5) / across.length) * w, y + h - ((at[1] + 0.5) / up.length) * h, 7,
    view.colours.lanes[0], view.colours.halo);
}

function drawLegend(canvas, view) {
  const { colours } = view, w = canvas.parentElement.clientWidth, ratio = Math.max(1, window.devicePixelRatio || 1);
  if (!w || !view.mapScale) return;
  Object.assign(canvas, { width: w * ratio, height: 18 * ratio });
  const g = canvas.getContext("2d"), { low, high } = view.mapScale;
  g.scale(ratio, ratio);
  g.font = `12px ${colours.font}`;
  g.textBaseline = "middle";
  const say = (text, at) => { g.fillStyle = colours.muted; g.fillText(text, at, 9.5); return at + g.measureText(text).width; };
  let at = say(tenTo(Math.round(low)), 0) + 5;
  for (let k = 0; k < 44; k++) {
    g.fillStyle = css(mix(colours.good, colours.bad, (k / 43) ** 0.9));
    g.fillRect(at + k, 4, 1.5, 11);
  }
  at = say(tenTo(Math.round(high)), at + 49) + 12;
  hatch(g, at, 4, 16, 11, 1, colours);
  at = say("diverges", at + 21) + 12;
  if (view.problem().best) {
    marker(g, "star", at + 5, 9.5, 6, colours.lanes[0]);
    say("best in theory", at + 15);
  }
}
