// The widget: builds the page's part, listens, and draws.
const PANELS = { landscape: landscapePanel, curve: curvePanel, map: mapPanel };

function build(view, root) {
  const { spec } = view, problem = problemControl(view), start = startControl(view);
  const settings = spec.settings.map((setting) => settingControl(view, setting)), step = stepControl(view);
  const legend = spec.lanes.length > 1 ? legendControl(view) : null;
  const panels = spec.panels.map((name) => PANELS[name](view));
  const goal = goalLine(view.spec.goal, () => judge(view), () => view.state.problem), summary = element("p", { class: "mlopt-summary" }), note = element("p", { class: "mlopt-note" });
  const said = element("div", { class: "mlopt-unseen", role: "status", "aria-live": "polite" });
  const controls = [problem, start, ...settings, step];
  const choices = element("div", { class: "mlopt-choices" }, problem.row, start.row);
  const left = element("div", { class: "mlopt-left" }), right = element("div", { class: "mlopt-right" });
  panels.forEach((p, k) => (k === 0 && panels.length > 1 ? left : right).append(p.figure));
  const hand = element("div", { class: "mlopt-controls" }, choices, ...settings.map((c) => c.row), step.row);
  (panels.length > 1 ? left : right).append(hand);
  if (legend) right.append(legend.row);
  const heading = element("p", { class: "mlopt-title", id: `mlopt-title-${++made}`, text: spec.title });
  root.append(heading, goal.row, element("div", { class: "mlopt-body" }, left, right), summary, note, said);
  root.setAttribute("aria-labelledby", heading.id);
  for (const e of root.querySelectorAll("input, select, button, [tabindex]")) e.dataset.lmSuppressShortcuts = "true"; // JupyterLab's
  const first = panels.find((p) => p.kind === "landscape"), placeHandle = first ? startHandle(view, first) : () => {};
  view.stopPlaying = step.stop;
  let saying = 0, drawn = "";

  view.update = ({ playing = false } = {}) => {
    if (!view.colours) return;
    controls.forEach((control) => control.update());
    legend?.update();
    panels.forEach((p) => p.draw());
    placeHandle();
    const told = goal.update(), text = view.summary();
    summary.textContent = text;
    note.textContent = view.note;
    note.hidden = !view.note;
    root.classList.toggle("mlopt-waiting", !view.scene().ready);
    for (const p of panels) p.canvas.setAttribute("aria-label", `${p.heading.textContent}. ${text}`);
    if (playing || view.playing || text + told + view.note === drawn) return;
    clearTimeout(saying);
    if (drawn) saying = setTimeout(() => { said.textContent = [text, told, view.note].filter(Boolean).join(" "); }, 700);
    drawn = text + told + view.note;
  };
  return Object.fromEntries([...controls.map((c) => [c.row.dataset.control, c.row]), ["hidden", legend?.row]]);
}

// A request by the prose or by Python, in the names of options.
function asPatch(view, settings) {
  const patch = { settings: {} };
  for (const [name, value] of Object.entries(settings)) {
    if (view.spec.settings.some((s) => s.name === name)) patch.settings[name] = +value;
    else if (name === "problem") patch.problem = view.findProblem(value);
    else if (name === "settings") Object.assign(patch.settings, value);
    else if (["step", "start", "hidden"].includes(name)) patch[name] = value;
  }
  if (typeof patch.hidden === "string") patch.hidden = [patch.hidden];
  if (typeof patch.start === "number") {
    const starts = view.spec.problems[patch.problem ?? view.state.problem].starts;
    if (!(patch.start in starts)) patch.start = starts[0].at?.length === 1 ? [patch.start] : 0;
  }
  return patch;
}

async function render({ model, el }) {
  const spec = model.get("spec");
  const root = element("section", {
    class: "mlopt-explorer", "data-explorer": spec.id,
  });
  el.append(root);
  const view = makeView(model, spec, unpack(await inflate(model.get("data")), spec.arrays));
  const rows = build(view, root);
  const change = (settings, from) => {
    const patch = asPatch(view, settings);
    view.wanted = patch;
    for (const name of view.choose(patch, { from })) if (rows[name] && from !== "start") light(rows[name]);
  };
  change(model.get("state"), "start");

  const letGo = keepAlive(root, model, view, change);
  const onMessage = (message, buffers) => { if (message) view.receive(message, buffers).then(() => { root.dataset.live = String(view.live); }); };
  model.on("msg:custom", onMessage);
  send(model, { type: "ping" });
  return () => {
    letGo();
    model.off("msg:custom", onMessage);
  };
}

export default { render };
