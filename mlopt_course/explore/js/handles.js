// Points of a panel that the reader moves: by pointer (a finger beside them scrolls the page) or, focused, by arrow keys.
// A handle is { name, label, low, high, step }; its place is view.state[name] = [x, y].
function panelHandles(view, p, handles) {
  const buttons = handles.map((handle) => {
    const button = element("button", { type: "button", class: "mlopt-handle mlopt-point", "data-control": handle.name });
    button.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      const at = view.state[handle.name], far = event.shiftKey ? 5 : 1;
      move(handle, at.map((v, k) => v + by[k] * far * handle.step[k]));
    });
    const follow = (event) => {
      const r = p.canvas.getBoundingClientRect(), { x, y, w, h } = p.area;
      const at = [(event.clientX - r.left - x) / w, 1 - (event.clientY - r.top - y) / h];
      move(handle, at.map((t, k) => p.window[k][0] + t * (p.window[k][1] - p.window[k][0])));
    };
    button.addEventListener("pointerdown", (event) => { if (!event.button) button.setPointerCapture(event.pointerId); });
    button.addEventListener("pointermove", (event) => { if (button.hasPointerCapture(event.pointerId)) follow(event); });
    p.box.append(button);
    return button;
  });
  const move = (handle, to) => view.choose({
    [handle.name]: to.map((v, k) => Number(Math.min(handle.high[k], Math.max(handle.low[k], v)).toPrecision(6))),
  });
  const place = (handle) => view.state[handle.name].map((v, k) => within(v, p.window[k]));
  return {
    rows: Object.fromEntries(handles.map((handle, k) => [handle.name, buttons[k]])),
    update() {
      if (!p.area) return;
      const { x, y, w, h } = p.area;
      handles.forEach((handle, k) => {
        const [u, v] = place(handle);
        Object.assign(buttons[k].style, { left: x + u * w + "px", top: y + h - v * h + "px" });
        buttons[k].setAttribute("aria-label", `${handle.label}, at ${point(view.state[handle.name])}. Arrow keys move it.`);
      });
    },
  };
}
