// Brings the explorers of a page to life with no kernel, from the state that the build has stored in it.
// It stands in for RequireJS and Jupyter's HTML manager (3.7 MB), and does what an anywidget needs: a model that
// several views share, its module and its styles. What would go to a kernel goes nowhere. Works from file:// too.
(() => {
  "use strict";

  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

  function decode(text) {
    return new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  }

  function valuesOf(saved) {
    const values = structuredClone(saved.state);
    for (const { path, data } of saved.buffers ?? []) {
      const folder = path.slice(0, -1).reduce((inside, key) => inside[key], values);
      folder[path.at(-1)] = decode(data);
    }
    return values;
  }

  // The part of Backbone's model that anywidget promises to a module.
  function makeModel(values, manager) {
    let handlers = [];
    const names = (events) => (events ? String(events).split(/\s+/) : []);
    const fire = (event, ...details) => {
      for (const handler of handlers.filter((handler) => handler.event === event)) handler.callback(...details);
    };
    const model = {
      get: (key) => values[key],
      set(key, value) {
        const changes = typeof key === "object" ? key : { [key]: value };
        const changed = Object.keys(changes).filter((name) => values[name] !== changes[name]);
        Object.assign(values, changes);
        for (const name of changed) fire(`change:${name}`, model, values[name]);
        if (changed.length) fire("change", model);
      },
      on(events, callback) {
        for (const event of names(events)) handlers.push({ event, callback });
      },
      off(events, callback) {
        const some = names(events);
        handlers = handlers.filter(
          (handler) => (some.length && !some.includes(handler.event)) || (callback && callback !== handler.callback),
        );
      },
      save_changes() {},
      send() {},
      widget_manager: manager,
    };
    return model;
  }

  // Explorers of one kind share their module: it is read once, however many there are on the page.
  const modules = new Map();
  function load(source) {
    if (!modules.has(source)) modules.set(source, importText(source));
    return modules.get(source);
  }

  async function importText(source) {
    if (/^https?:\/\//.test(source)) throw new Error("its module lies on another site");
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    try {
      return (await import(address)).default;
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  const styles = new Set();
  function addStyle(text) {
    if (!text || styles.has(text)) return;
    styles.add(text);
    document.head.append(Object.assign(document.createElement("style"), { textContent: text }));
  }

  const experimental = { invoke: () => Promise.reject(new Error("this page has no kernel")) };

  function makeManager(saved) {
    const started = new Map();
    const manager = {
      async get_model(id) {
        return (await manager.start(id)).model;
      },
      start(id) {
        if (!started.has(id)) started.set(id, begin(id));
        return started.get(id);
      },
    };
    async function begin(id) {
      const model = makeModel(valuesOf(saved[id]), manager);
      addStyle(model.get("_css"));
      const made = await load(model.get("_esm"));
      const widget = typeof made === "function" ? await made() : made;
      await widget.initialize?.({ model, experimental });
      return { model, widget };
    }
    return manager;
  }

  function say(view, text, role) {
    const note = Object.assign(document.createElement("p"), { className: "mlopt-widget-note", textContent: text });
    note.setAttribute("role", role);
    view.after(note);
  }

  async function show(view, saved, manager) {
    let id;
    try {
      id = JSON.parse(view.textContent).model_id;
      if (saved[id]?.model_module !== "anywidget") {
        say(view, "This control needs a running kernel: open the notebook to use it.", "note");
        return;
      }
      const { model, widget } = await manager.start(id);
      const el = document.createElement("div");
      view.after(el);
      await widget.render?.({ model, el, experimental });
      view.closest(".cell_output, .output")?.classList.add("mlopt-alive");
    } catch (error) {
      console.error(error);
      say(view, `This interactive picture could not be shown: ${error.message ?? error}`, "alert");
    }
  }

  function start() {
    const tag = document.querySelector(STATE);
    const saved = tag ? JSON.parse(tag.textContent).state : {};
    const manager = makeManager(saved);
    for (const view of document.querySelectorAll(VIEW)) show(view, saved, manager);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
