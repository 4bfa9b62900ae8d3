// What every page of the book can do: sentences that set an explorer, and quizzes.
(() => {
  "use strict";

  document.documentElement.classList.add("mlopt-js");

  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function reveal(explorer) {
    const box = explorer.getBoundingClientRect();
    const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
    if (seen >= Math.min(box.height, innerHeight) / 2) return;
    explorer.scrollIntoView({ block: "center", behavior: still.matches ? "auto" : "smooth" });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.mlopt-set");
    if (!button) return;
    const detail = { explorer: button.dataset.explorer, settings: JSON.parse(button.dataset.settings) };
    document.dispatchEvent(new CustomEvent("mlopt:set", { detail }));
    const explorer = document.querySelector(`.mlopt-explorer[data-explorer="${CSS.escape(detail.explorer)}"]`);
    if (explorer) reveal(explorer);
  });

  document.addEventListener("change", (event) => {
    const option = event.target.closest?.(".mlopt-quiz-option");
    if (!option) return;
    const question = option.closest("fieldset");
    for (const other of question.querySelectorAll(".mlopt-quiz-option")) other.removeAttribute("data-chosen");
    option.dataset.chosen = "";
    const verdict = question.querySelector(".mlopt-quiz-verdict");
    verdict.dataset.correct = option.dataset.correct;
    verdict.replaceChildren(...option.querySelector(".mlopt-quiz-why").cloneNode(true).childNodes);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches(".mlopt-quiz")) event.preventDefault();
  });
})();
