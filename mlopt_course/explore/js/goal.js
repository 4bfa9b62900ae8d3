// The goal's line: what is to be reached, whether it is, and the reader's best so far. `judge` gives
// { reached, text, score }; `key` says what scores are compared with one another.
function goalLine(goal, judge, key = () => "") {
  if (!goal) return { row: "", update() {} };
  const mark = element("span", { class: "mlopt-mark", "aria-hidden": "true" });
  const told = element("span", { class: "mlopt-told" }), best = element("span", { class: "mlopt-best" });
  const row = element("p", { class: "mlopt-goal" }, mark,
    element("span", {}, element("strong", { text: "Goal: " }), goal.text + " ", told, " ", best));
  const scores = {};
  return {
    row,
    update() {
      const { reached, text, score } = judge(), at = key();
      row.classList.toggle("mlopt-reached", reached);
      mark.textContent = reached ? "✓" : "";
      told.textContent = text;
      if (score != null) scores[at] = Math.min(score, scores[at] ?? Infinity);
      const record = scores[at];
      best.textContent = record === undefined || record === score ? "" : `Your best here: ${plural(record, "step")}.`;
      return `${reached ? "Goal reached. " : ""}${text}`;
    },
  };
}
