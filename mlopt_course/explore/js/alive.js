// What keeps an explorer up to date: the page's theme and size, the prose, and Python. Returns how to let go of them.
function keepAlive(root, model, view, change) {
  const repaint = () => { view.colours = palette(root); view.update(); };
  const unwatch = watchTheme(root, repaint);
  const resized = new ResizeObserver(() => view.update());
  root.querySelectorAll(".mlopt-canvas").forEach((box) => resized.observe(box));
  const onSet = (event) => { if (event.detail?.explorer === view.spec.id) change(event.detail.settings || {}, "prose"); };
  document.addEventListener("mlopt:set", onSet);
  const onState = () => { const given = view.fromModel(); if (given) change(given, "model"); };
  model.on("change:state", onState);
  repaint();
  root.dataset.ready = "true";
  return () => {
    unwatch();
    resized.disconnect();
    document.removeEventListener("mlopt:set", onSet);
    model.off("change:state", onState);
  };
}
