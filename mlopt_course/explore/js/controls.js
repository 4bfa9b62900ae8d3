// Native inputs, each with its label; a control that a sentence has changed is lit for a moment.
// Every script on a page counts from a thousand of its own, so that no two elements share an id.
let made = 1000 * (globalThis.mloptScripts = (globalThis.mloptScripts ?? 0) + 1);

function sliderControl(view, name, label, changed) {
  const id = `mlopt-${++made}`;
  const input = element("input", { type: "range", id, min: "0", max: "1", step: "1", "aria-label": label });
  const output = element("output", { for: id });
  const row = element("div", { class: "mlopt-control", "data-control": name },
    element("label", { for: id, text: label }), input, output);
  input.addEventListener("input", () => changed(+input.value));
  const show = ({ max, step, value, text, spoken }) => {
    Object.assign(input, { max: String(max), step: String(step), value: String(value) });
    input.style.setProperty("--mlopt-filled", `${max ? (100 * value) / max : 0}%`);
    output.textContent = text;
    input.setAttribute("aria-valuetext", spoken || text);
  };
  return { row, input, show };
}

function settingControl(view, setting) {
  const grid = () => setting.grids[view.state.problem];
  const control = sliderControl(view, setting.name, setting.label, (at) => {
    const k = Math.floor(at), low = grid()[k], high = grid()[Math.min(k + 1, grid().length - 1)];
    const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10((high - low) / 20 || 1))));
    const value = at === k ? low : Number((low + (high - low) * (at - k)).toFixed(decimals));
    view.choose({ settings: { [setting.name]: value } });
  });
  control.update = () => {
    const value = view.state.settings[setting.name], times = setting.factor ? "×" : "";
    control.show({
      max: grid().length - 1, step: view.live ? 0.1 : 1, value: position(grid(), value),
      text: times + settingText(value), spoken: `${settingText(value)}${setting.factor ? " times" : ""}`,
    });
  };
  return control;
}

function stepControl(view) {
  const control = sliderControl(view, "step", "Step", (step) => view.choose({ step }));
  const play = element("button", { type: "button", class: "mlopt-button mlopt-play" });
  control.row.prepend(play);
  control.row.classList.add("mlopt-step");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let timer = 0, began = 0, from = 0;

  const stop = () => { cancelAnimationFrame(timer); timer = 0; view.playing = false; view.update(); };
  const tick = (now) => {
    const step = Math.min(view.steps(), from + Math.floor(((now - began) / 6000) * Math.max(view.steps(), 60)));
    if (step !== view.state.step) view.choose({ step }, { playing: true });
    if (step >= view.steps()) stop();
    else timer = requestAnimationFrame(tick);
  };
  play.addEventListener("click", () => {
    if (timer) return stop();
    const atEnd = view.state.step >= view.steps();
    if (still.matches) return view.choose({ step: atEnd ? 0 : view.steps() }); // no motion: jump instead
    from = atEnd ? 0 : view.state.step;
    began = performance.now();
    view.playing = true;
    timer = requestAnimationFrame(tick);
    return view.choose({ step: from }, { playing: true });
  });
  control.input.addEventListener("pointerdown", () => timer && stop());
  control.update = () => {
    const atEnd = view.state.step >= view.steps();
    const word = timer ? "Pause" : still.matches ? (atEnd ? "To the start" : "To the end") : atEnd ? "Replay" : "Play";
    if (play.dataset.word !== word) {
      play.dataset.word = word;
      play.replaceChildren(element("span", { "aria-hidden": "true", text: timer ? "❚❚" : "▶" }), " " + word);
    }
    control.show({ max: view.steps(), step: 1, value: view.state.step, text: `${view.state.step} / ${view.steps()}`,
      spoken: `step ${view.state.step} of ${view.steps()}` });
  };
  control.stop = () => timer && stop();
  return control;
}

function selectControl(view, name, label, options, changed) {
  const id = `mlopt-${++made}`;
  const select = element("select", { id });
  select.addEventListener("change", () => changed(+select.value));
  const row = element("div", { class: "mlopt-control mlopt-choice", "data-control": name },
    element("label", { for: id, text: label }), select);
  let shown = "";
  const update = () => {
    const { labels, chosen } = options();
    if (labels.join("\n") !== shown) {
      shown = labels.join("\n");
      select.replaceChildren(...labels.map((text, k) => element("option", { value: String(k), text })));
    }
    select.value = String(chosen);
    row.hidden = labels.length < 2;
  };
  return { row, input: select, update };
}

const problemControl = (view) => selectControl(view, "problem", "Landscape", () => ({
  labels: view.spec.problems.map((problem) => problem.label), chosen: view.state.problem,
}), (problem) => view.choose({ problem }));

function startControl(view) {
  return selectControl(view, "start", "Start", () => {
    const labels = view.problem().starts.map((start, k) => start.label || `start ${k + 1}`);
    const own = typeof view.state.start !== "number";
    return { labels: own ? [...labels, point(view.state.start)] : labels, chosen: own ? labels.length : view.state.start };
  }, (k) => { if (k < view.problem().starts.length) view.choose({ start: k }); });
}

// The legend of a race: who is who, each to be switched off and on.
function legendControl(view) {
  const boxes = view.spec.lanes.map(({ label }, k) => {
    const input = element("input", { type: "checkbox" });
    const swatch = element("canvas", { class: "mlopt-swatch", "aria-hidden": "true" });
    const score = element("span", { class: "mlopt-score" });
    input.addEventListener("change", () => {
      const hidden = new Set(view.state.hidden);
      if (input.checked) hidden.delete(label);
      else hidden.add(label);
      view.choose({ hidden: [...hidden] });
    });
    return { input, swatch, score, row: element("label", { class: "mlopt-lane" }, input, swatch,
      element("span", { class: "mlopt-name", text: label }), score), label, k };
  });
  const row = element("fieldset", { class: "mlopt-lanes", "data-control": "hidden" },
    element("legend", { class: "mlopt-unseen", text: "Runs shown" }), ...boxes.map((box) => box.row));
  const update = () => {
    const runs = view.scene().runs, ratio = Math.max(1, window.devicePixelRatio || 1);
    for (const { input, swatch, score, label, k } of boxes) {
      input.checked = !view.state.hidden.includes(label);
      score.textContent = runs[k] ? view.short(runs[k]) : "…";
      const look = [view.colours.lanes[k], view.colours.halo, ratio].join();
      if (swatch.dataset.look === look) continue;
      swatch.dataset.look = look;
      Object.assign(swatch, { width: 38 * ratio, height: 14 * ratio });
      const g = swatch.getContext("2d");
      g.scale(ratio, ratio);
      g.strokeStyle = view.colours.lanes[k];
      g.lineWidth = 2.2;
      g.setLineDash(DASHES[k]);
      line(g, 2, 7, 36, 7);
      marker(g, MARKERS[k], 19, 7, 4, view.colours.lanes[k]);
    }
  };
  return { row, update };
}

// A handle on the landscape with which a living kernel lets the start be moved: by pointer, or by arrow keys.
function startHandle(view, p) {
  const handle = element("button", { type: "button", class: "mlopt-handle mlopt-start", hidden: true });
  p.box.append(handle);
  const move = (u, v) => {
    const { window: [across, up], dimension } = view.problem(), keep = (t) => Math.min(1, Math.max(0, t));
    const value = (t, [low, high]) => Number((low + keep(t) * (high - low)).toPrecision(4));
    view.choose({ start: dimension === 1 ? [value(u, across)] : [value(u, across), value(v, up)] });
  };
  const place = () => {
    const at = view.startPoint(), { window: [across, up] } = view.problem();
    return [within(at[0], across), at.length > 1 ? within(at[1], up) : 0.5];
  };
  dragging(p, (u, v, event) => {
    if (view.live) {
      if (event.type === "pointerdown") handle.focus({ preventScroll: true });
      return move(u, v);
    }
    const { starts, window: [across, up] } = view.problem();
    const away = starts.map(({ at }) => Math.hypot(within(at[0], across) - u, at.length > 1 ? within(at[1], up) - v : 0));
    return view.choose({ start: away.indexOf(Math.min(...away)) });
  });
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const [u, v] = place(), far = event.shiftKey ? 0.1 : 0.02;
    move(u + by[0] * far, v + by[1] * far);
  });
  return () => {
    const at = view.startPoint();
    handle.hidden = !view.live || !p.area || !at || p.figure.hidden;
    p.canvas.classList.toggle("mlopt-pick", view.live || view.problem().starts.length > 1);
    if (handle.hidden) return;
    const [u, v] = place(), { x, y, w, h } = p.area;
    Object.assign(handle.style, { left: x + u * w + "px", top: y + h - v * h + "px" });
    handle.setAttribute("aria-label", `Start of the runs, at ${point(at)}. Arrow keys move it.`);
  };
}

function light(row) {
  row.classList.remove("mlopt-lit");
  void row.offsetWidth; // so that the animation begins again
  row.classList.add("mlopt-lit");
  setTimeout(() => row.classList.remove("mlopt-lit"), 1600);
}
