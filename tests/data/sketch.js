// A script for the tests of Sketch: every kind of control, and a sentence that says what they are set to.
function scene(view) {
  const p = panel("plain", "A point"), q = panel("curve", "A bar");
  p.window = [[-2, 2], [-1, 1]];
  p.draw = () => {
    const g = fit(p, view.colours, { left: 34, bottom: 24, top: 18 }, [], (under) => axes(under, p, view.colours, {
      xTicks: linearTicks(-2, 2, 5).map((v) => [within(v, p.window[0]), number(v)]),
      yTicks: linearTicks(-1, 1, 5).map((v) => [within(v, p.window[1]), number(v)]), xLabel: "x", yLabel: "y" }));
    if (!g) return;
    const { x, y, w, h } = p.area, [u, v] = view.state.dot.map((t, k) => within(t, p.window[k]));
    marker(g, "disc", x + u * w, y + h - v * h, 7, view.colours.lanes[0], view.colours.halo);
  };
  q.draw = () => {
    const g = fit(q, view.colours, { left: 34, bottom: 24 }, [], () => {});
    if (!g) return;
    g.fillStyle = view.colours.lanes[1];
    g.fillRect(q.area.x, q.area.y, (q.area.w * view.state.size) / 5, 20 + view.state.step);
  };
  return {
    panels: [p, q],
    steps: () => (view.state.word === "short" ? 3 : 30),
    settle: (next) => (next.on ? next : { ...next, dot: [next.dot[0], 0] }),
    summary: () => {
      const { dot, word, on, size, step } = view.state, heights = [...view.arrays.heights];
      return `At ${point(dot)}, ${word}, ${on ? "on" : "off"}, size ${size}, step ${step}, ${heights[size]} of ${view.data.unit}.`;
    },
    judge: () => ({ reached: view.state.dot[0] > 1, text: view.state.dot[0] > 1 ? "It is." : "Not yet." }),
    act: { reset: () => view.choose({ dot: [0, 0] }) },
  };
}
