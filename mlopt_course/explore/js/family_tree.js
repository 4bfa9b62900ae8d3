// All methods as a tree of lists: branches, families, and a button for each method, whose text opens where it stands.
// Everything said is Python's; here it is laid out, lit for the choices made, and linked to the chapters of the book.
const TREE_STYLE = `
.mlopt-tree { display: grid; gap: .9rem 1.4rem; margin: .6rem 0; }
.mlopt-branch { min-width: 0; }
.mlopt-tree .mlopt-branch-name { font-weight: 700; }
.mlopt-tree .mlopt-family-name { font-weight: 600; }
.mlopt-tree .mlopt-idea { font-size: .88em; color: var(--mlopt-muted); }
.mlopt-tree ul { list-style: none; margin: 0; padding: 0; }
.mlopt-families { border-left: 3px solid var(--mlopt-rule); margin-top: .5rem !important; }
.mlopt-families > li { position: relative; padding: 0 0 .7rem 1.1rem; margin: 0; }
.mlopt-families > li::before { content: ""; position: absolute; left: 0; top: .75em; width: .8rem; border-top: 3px solid var(--mlopt-rule); }
.mlopt-names { display: flex; flex-wrap: wrap; gap: .3rem; margin-top: .25rem !important; }
.mlopt-names li { margin: 0; }
.mlopt-explorer .mlopt-name-button { font: inherit; font-size: .86em; min-height: 28px; padding: .1rem .5rem; color: var(--mlopt-ink); background: var(--mlopt-paper); border: 1.5px solid var(--mlopt-accent); border-radius: 14px; cursor: pointer; }
.mlopt-explorer .mlopt-name-button.mlopt-out { color: var(--mlopt-muted); border: 1.5px dashed var(--mlopt-rule); }
.mlopt-explorer .mlopt-name-button[aria-pressed="true"] { background: var(--mlopt-accent); color: var(--mlopt-paper); border-color: var(--mlopt-accent); font-weight: 600; }
.mlopt-told-of { margin: .45rem 0 .2rem; padding: .5rem .7rem; border-left: 4px solid var(--mlopt-accent); background: var(--mlopt-panel); font-size: .92em; }
.mlopt-told-of dl { margin: .3rem 0 0; display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem .7rem; }
.mlopt-told-of dt { font-weight: 600; margin: 0; } .mlopt-told-of dd { margin: 0; }
.mlopt-told-of a { color: var(--mlopt-accent); text-decoration: underline; }
@container (min-width: 700px) { .mlopt-tree { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
`;

// The address of a chapter, where this copy of the book has it in its table of contents.
function chapterAddress(stem) {
  const links = [...document.querySelectorAll("nav a[href], .bd-sidebar a[href]")];
  const own = new RegExp(`(^|/)\\d\\d_${stem}\\.html$`);
  if (own.test(location.pathname)) return "#";
  return links.find((a) => own.test(a.pathname) && !/\/(exercises|solutions)\//.test(a.pathname))?.href ?? null;
}

function scene(view) {
  const { data } = view, all = data.families.flatMap((family) => family.methods.map((m) => ({ ...m, family })));
  const find = (name) => all.find((m) => m.name === name);
  const lit = (m) => Boolean((m.lit[data.have.indexOf(view.state.have)] >> data.over.indexOf(view.state.over)) & 1);
  const told = element("div", { class: "mlopt-told-of" });
  const buttons = new Map(), places = new Map();
  const tree = element("div", { class: "mlopt-tree", role: "group", "aria-label": "All methods by family. Arrow keys go from one to the next." });

  for (const [branch, idea] of Object.entries(data.branches)) {
    const list = element("ul", { class: "mlopt-families" });
    for (const family of data.families.filter((f) => f.branch === branch)) {
      const names = element("ul", { class: "mlopt-names" });
      for (const { name } of family.methods) {
        const button = element("button", { type: "button", class: "mlopt-name-button", text: name });
        button.addEventListener("click", () => view.choose({ method: name }));
        buttons.set(name, button);
        names.append(element("li", {}, button));
      }
      const item = element("li", {}, element("p", { class: "mlopt-family-name", text: family.name }),
        element("p", { class: "mlopt-idea", text: family.idea }), names);
      places.set(family.name, item);
      list.append(item);
    }
    tree.append(element("div", { class: "mlopt-branch" }, element("p", { class: "mlopt-branch-name", text: branch }),
      element("p", { class: "mlopt-idea", text: idea }), list));
  }
  tree.addEventListener("keydown", (event) => {
    const names = [...buttons.keys()], at = names.findIndex((name) => buttons.get(name) === event.target);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const name = names[Math.min(names.length - 1, Math.max(0, to))];
    view.choose({ method: name });
    buttons.get(name).focus();
  });

  const line = (list, term, text) => { if (text) list.append(element("dt", { text: term }), element("dd", { text })); };
  const tell = (m) => {
    const list = element("dl"), address = chapterAddress(m.chapter), dd = element("dd");
    line(list, "Needs", m.needs.length ? m.needs.join(", ") : "values, nothing else");
    line(list, "Use it when", m.use);
    line(list, "It fails when", m.fails);
    line(list, "Source", m.source);
    dd.append(address && address !== "#" ? element("a", { href: address, text: `Chapter ${m.title}` })
      : `Chapter ${m.title}${address ? " (this one)" : " (not in this copy of the book)"}`);
    list.append(element("dt", { text: "Taught in" }), dd);
    told.replaceChildren(element("strong", { text: `${m.name}.` }), ` ${m.summary}`, list);
    places.get(m.family.name).append(told);
  };
  let shown = "";
  const show = () => {
    const { method } = view.state;
    for (const m of all) {
      const button = buttons.get(m.name), chosen = m.name === method;
      button.setAttribute("aria-pressed", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      button.classList.toggle("mlopt-out", !lit(m));
      button.title = lit(m) ? "" : "Not with what you have";
    }
    if (shown !== method) tell(find(method));
    shown = method;
  };
  const summary = () => {
    show();
    const count = all.filter(lit).length, { method, have, over } = view.state, m = find(method);
    const fit = have === data.have[0] && over === data.over[0] ? `There are ${count} methods.`
      : `${plural(count, "method")} of ${all.length} ${count === 1 ? "fits" : "fit"}: you can compute ${have}, and search over ${over}.`;
    return `${fit} Chosen: ${method} (${m.family.name.toLowerCase()})${lit(m) ? "" : ", which does not fit"}.`;
  };
  const judge = () => {
    const reached = view.state.method === data.answer, m = find(view.state.method);
    const why = m.needs.includes("the gradient") ? "That one asks for a gradient." : `${m.name} is not made for so few values.`;
    return { reached, text: reached ? "Yes: its model makes the most of every value." : why };
  };
  return { panels: [], summary, judge, extras: [element("style", { text: TREE_STYLE }), tree] };
}
