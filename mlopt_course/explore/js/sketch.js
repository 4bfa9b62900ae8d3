// The widget around a script of its own (`scene`): controls, words, themes, and what the prose sets.
const nearestOf = (values, value) => values.reduce((best, v) => (Math.abs(v - value) < Math.abs(best - value) ? v : best), values[0]);

function numberControl(view, { name, label, values, texts }) {
  const control = sliderControl(view, name, label, (k) => view.choose({ [name]: values[k] }));
  control.update = () => {
    const k = values.indexOf(view.state[name]);
    control.show({ max: values.length - 1, step: 1, value: k, text: texts[k] ?? settingText(values[k]) });
  };
  return control;
}

function toggleControl(view, { name, label }) {
  const input = element("input", { type: "checkbox" });
  const row = element("label", { class: "mlopt-lane mlopt-toggle", "data-control": name }, input, element("span", { text: label }));
  input.addEventListener("change", () => view.choose({ [name]: input.checked }));
  return { row, update: () => { input.checked = view.state[name]; } };
}

function actionControl(view, { name, label }) {
  const row = element("button", { type: "button", class: "mlopt-button", "data-control": name, text: label });
  row.addEventListener("click", () => view.scene.act[name]());
  return { row, update() {} };
}

const MAKE = {
  slider: numberControl,
  steps: (view) => stepControl(view),
  choice: (view, { name, label, options }) => selectControl(view, name, label,
    () => ({ labels: options, chosen: options.indexOf(view.state[name]) }), (k) => view.choose({ [name]: options[k] })),
  toggle: toggleControl,
  action: actionControl,
};

// A value as the control can have it, or undefined where it cannot.
function valid(control, value) {
  const { kind, options, values, most, low, high } = control;
  if (kind === "choice") return options.includes(value) ? value : undefined;
  if (kind === "toggle") return typeof value === "boolean" ? value : undefined;
  if (kind === "slider") return Number.isFinite(+value) ? nearestOf(values, +value) : undefined;
  if (kind === "steps") return Number.isFinite(+value) ? Math.round(Math.min(most, Math.max(0, +value))) : undefined;
  if (kind !== "handle" || !Array.isArray(value) || value.length !== 2) return undefined;
  return value.every(Number.isFinite) ? value.map((v, k) => Math.min(high[k], Math.max(low[k], v))) : undefined;
}

function makeSketch(model, spec, arrays) {
  const view = { spec, data: spec.data, arrays, colours: null, playing: false, note: "", state: {}, update() {} };
  const take = (patch) => {
    const next = { ...view.state };
    const changed = [];
    for (const control of spec.controls) {
      if (!(control.name in patch)) continue;
      const value = valid(control, patch[control.name]);
      if (value === undefined) continue;
      next[control.name] = value;
      changed.push(control.name);
    }
    return { next, changed };
  };
  let saving = 0, saved = "";
  view.choose = (patch, { playing = false, from = "hand" } = {}) => {
    const { next, changed } = take(patch);
    view.note = "";
    const scene = view.scene;
    view.state = scene?.settle?.(next, view.state) ?? next;
    if ("step" in view.state) view.state.step = Math.min(view.state.step, view.steps());
    if (!playing && !(changed.length && changed.every((name) => scene?.live?.includes(name)))) view.stopPlaying?.();
    if (from === "hand" || from === "prose") {
      clearTimeout(saving);
      saving = setTimeout(() => {
        saved = JSON.stringify(view.state);
        model.set("state", view.state);
        model.save_changes();
      }, 250);
    }
    view.update({ playing });
    return changed;
  };
  view.fromModel = () => (JSON.stringify(model.get("state")) === saved ? null : model.get("state"));
  view.steps = () => view.scene?.steps?.() ?? spec.controls.find((c) => c.kind === "steps")?.most ?? 0;
  return view;
}

function build(view, root) {
  const { spec, scene } = view, { panels } = scene;
  const controls = spec.controls.filter((c) => c.kind !== "handle").map((c) => ({ ...MAKE[c.kind](view, c), kind: c.kind, name: c.name }));
  const handles = panels.map((p, k) => {
    const own = spec.controls.filter((c) => c.kind === "handle" && c.panel === k);
    return own.length ? panelHandles(view, p, own) : null;
  }).filter(Boolean);
  const goal = goalLine(spec.goal, () => scene.judge());
  const summary = element("p", { class: "mlopt-summary" }), note = element("p", { class: "mlopt-note" });
  const said = element("div", { class: "mlopt-unseen", role: "status", "aria-live": "polite" });
  const left = element("div", { class: "mlopt-left" }), right = element("div", { class: "mlopt-right" });
  const several = panels.length > 1;
  panels.forEach((p, k) => (k === 0 && several ? left : right).append(p.figure));
  const buttons = controls.filter((c) => c.kind === "action" || c.kind === "toggle");
  const hand = element("div", { class: "mlopt-controls" }, ...controls.filter((c) => !buttons.includes(c)).map((c) => c.row),
    ...(buttons.length ? [element("div", { class: "mlopt-buttons" }, ...buttons.map((c) => c.row))] : []));
  (several ? left : right).append(hand);
  const heading = element("p", { class: "mlopt-title", id: `mlopt-title-${++made}`, text: spec.title });
  root.append(heading, goal.row, element("div", { class: "mlopt-body" }, left, right), ...(scene.extras ?? []), summary, note, said);
  root.setAttribute("aria-labelledby", heading.id);
  for (const e of root.querySelectorAll("input, select, button, [tabindex]")) e.dataset.lmSuppressShortcuts = "true"; // JupyterLab's
  view.stopPlaying = () => controls.forEach((c) => c.stop?.());
  let saying = 0, drawn = "";
  view.update = ({ playing = false } = {}) => {
    if (!view.colours) return;
    controls.forEach((c) => c.update());
    panels.forEach((p) => p.draw());
    handles.forEach((h) => h.update());
    const told = goal.update() ?? "", text = scene.summary();
    summary.textContent = text;
    note.textContent = view.note;
    note.hidden = !view.note;
    for (const p of panels) p.canvas.setAttribute("aria-label", `${p.heading.textContent}. ${text}`);
    if (playing || view.playing || text + told + view.note === drawn) return;
    clearTimeout(saying);
    if (drawn) saying = setTimeout(() => { said.textContent = [text, told, view.note].filter(Boolean).join(" "); }, 700);
    drawn = text + told + view.note;
  };
  return Object.assign({}, ...controls.map((c) => ({ [c.name]: c.row })), ...handles.map((h) => h.rows));
}

async function render({ model, el }) {
  const spec = model.get("spec"), root = element("section", { class: "mlopt-explorer", "data-explorer": spec.id });
  el.append(root);
  const view = makeSketch(model, spec, unpack(await inflate(model.get("data")), spec.arrays));
  view.state = { ...model.get("state") };
  view.scene = scene(view);
  const rows = build(view, root);
  const change = (settings, from) => {
    for (const name of view.choose(settings, { from })) if (rows[name] && from !== "start") light(rows[name]);
  };
  change(model.get("state"), "start");
  return keepAlive(root, model, view, change);
}

export default { render };
