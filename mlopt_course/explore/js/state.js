// What is shown: the choice, the runs that belong to it, and what is to be said about them.
function makeView(model, spec, arrays) {
  const runs = runsOf(arrays), lanes = spec.lanes.length;
  const fieldsAt = spec.fields.map((_, k) => spec.fields.slice(0, k).reduce((a, b) => a + b, 0));
  const view = { spec, live: false, playing: false, colours: null, update() {}, note: "" };
  const cells = (problem) => spec.settings.reduce((n, s) => n * s.grids[problem].length, 1) * lanes;
  let answer = { key: "" }; // the last runs that Python computed
  const name = Math.random().toString(36).slice(2); // a kernel answers all views of a model: which is ours?
  let asked = 0, waiting = null, timer = 0, patience = 0;

  view.steps = () => spec.steps;
  view.problem = () => spec.problems[view.state.problem];
  view.field = () => arrays.field.subarray(fieldsAt[view.state.problem], fieldsAt[view.state.problem] + spec.fields[view.state.problem]);
  view.runsFrom = (problem, start) => {
    const first = spec.problems[problem].starts[start].first;
    return runs.slice(first, first + cells(problem));
  };
  view.runsOfProblem = (problem) => spec.problems[problem].starts.flatMap((_, k) => view.runsFrom(problem, k));
  view.startPoint = () => (typeof view.state.start === "number" ? view.problem().starts[view.state.start].at : view.state.start);

  const nearest = (problem, setting, value) => {
    const grid = setting.grids[problem];
    return grid.reduce((best, v) => (Math.abs(v - value) < Math.abs(best - value) ? v : best), grid[0]);
  };
  const onGrid = (state) => typeof state.start === "number" && spec.settings.every((s) => {
    const value = state.settings[s.name];
    return Math.abs(nearest(state.problem, s, value) - value) <= 1e-9 * Math.abs(value);
  });
  const keyOf = (s) => JSON.stringify([s.problem, s.start, s.settings]);

  // The runs of the state, and whether they are those asked for (Python may still be computing them).
  view.scene = () => {
    const { state } = view, key = keyOf(state);
    if (onGrid(state)) {
      const at = spec.settings.reduce((k, s) => {
        const grid = s.grids[state.problem];
        return k * grid.length + grid.indexOf(nearest(state.problem, s, state.settings[s.name]));
      }, 0);
      const first = view.problem().starts[state.start].first + at * lanes;
      return { runs: runs.slice(first, first + lanes), ready: true };
    }
    if (answer.key === key) return { runs: answer.runs, ready: true, failed: answer.failed };
    return { runs: answer.runs && answer.problem === state.problem ? answer.runs : Array(lanes).fill(null), ready: false };
  };
  view.lanes = () => view.scene().runs.map((run, k) => (view.state.hidden.includes(spec.lanes[k].label) ? null : run));

  // Take a change of the choice. Without a kernel, values are moved to the nearest that was computed.
  view.choose = (patch, { playing = false, from = "hand" } = {}) => {
    const old = view.state, next = { ...old, ...patch, settings: { ...old.settings, ...(patch.settings || {}) } };
    view.note = "";
    if (from === "hand") view.wanted = null;
    if (patch.problem !== undefined && patch.problem !== old.problem) {
      view.left[old.problem] = old.settings;
      const kept = view.left[next.problem];
      next.start = patch.start ?? 0;
      for (const s of spec.settings) {
        const same = s.grids[next.problem].join() === s.grids[old.problem].join();
        const now = same ? old.settings[s.name] : (kept || {})[s.name] ?? s.initial[next.problem];
        next.settings[s.name] = patch.settings?.[s.name] ?? now;
      }
    }
    next.step = Math.round(Math.min(spec.steps, Math.max(0, next.step)));
    if (!view.live) snap(next);
    view.state = next;
    if (!playing) view.stopPlaying?.();
    ask();
    if (from !== "model") save();
    view.update({ playing });
    return Object.keys(patch.settings || {}).concat(Object.keys(patch).filter((name) => name !== "settings"));
  };

  function snap(next) {
    const notes = [];
    for (const s of spec.settings) {
      const wanted = next.settings[s.name], value = nearest(next.problem, s, wanted);
      if (Math.abs(value - wanted) > 1e-9 * Math.abs(wanted)) {
        notes.push(`${s.label.toLowerCase()} ${settingText(wanted)} is not computed on this page; this is ${settingText(value)}`);
      }
      next.settings[s.name] = value;
    }
    const { starts } = spec.problems[next.problem];
    if (typeof next.start !== "number") {
      const away = starts.map(({ at }) => Math.hypot(...at.map((v, k) => v - next.start[k])));
      const best = away.indexOf(Math.min(...away));
      if (away[best] > 1e-9) notes.push(`start ${point(next.start)} is not computed on this page; this is ${starts[best].label}`);
      next.start = best;
    }
    if (notes.length) view.note = sentence(notes.join("; ")) + ", the nearest.";
  }

  // The state as Python has it, and back.
  const shared = () => ({ ...view.state, problem: view.problem().label });
  let saving = 0, saved = "";
  const save = () => {
    clearTimeout(saving);
    saving = setTimeout(() => {
      saved = JSON.stringify(shared());
      model.set("state", shared());
      model.save_changes();
    }, 250);
  };
  view.fromModel = () => {
    const given = model.get("state"), { problem, ...rest } = given;
    if (JSON.stringify(given) === saved) return null;
    return { ...rest, problem: view.findProblem(problem) };
  };
  view.findProblem = (name) => {
    const found = spec.problems.findIndex((p, k) => p.label === name || p.name === name || k === name);
    return found < 0 ? view.state.problem : found;
  };

  // Off the grid, ask Python: at once for the first, then no more often than it answers.
  function ask() {
    if (!view.live || view.scene().ready) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (view.scene().ready) return;
      const { problem, start, settings } = view.state;
      waiting = { key: keyOf(view.state), problem };
      send(model, { type: "run", request: name + ++asked, problem, start, settings });
      clearTimeout(patience);
      patience = setTimeout(giveUp, 6000);
    }, 60);
  }

  // A kernel that is busy or gone: back to what was computed, until it answers.
  function giveUp() {
    view.live = false;
    view.wanted = { ...view.state };
    view.choose({}, { from: "model" });
    view.note = `The kernel does not answer. ${view.note}`;
    view.update();
    send(model, { type: "ping" });
  }
  view.receive = async (message, buffers) => {
    if (message.type === "pong" && !view.live) {
      view.live = true;
      view.choose(view.wanted || {}, { from: "model" });
    } else if ((message.type === "runs" || message.type === "error") && message.request === name + asked) {
      const { key, problem } = waiting;
      clearTimeout(patience);
      const got = message.type === "runs" ? runsOf(unpack(await inflate(bytesOf(buffers[0])), message.arrays)) : null;
      answer = { key, problem, runs: got || Array(lanes).fill(null), failed: message.message };
      view.update();
    }
  };

  view.goalCounts = () => {
    const { goal } = spec, problem = view.problem();
    return goal && (!goal.problem || goal.problem === problem.label || goal.problem === problem.name);
  };
  view.state = { problem: 0, start: 0, settings: {}, step: spec.steps, hidden: [] };
  view.left = {};
  return Object.assign(view, words(view));
}

const bytesOf = (buffer) => (buffer instanceof DataView ? buffer : new DataView(buffer.buffer || buffer, buffer.byteOffset || 0, buffer.byteLength));

function send(model, message) {
  try {
    const sent = model.send(message);
    if (sent && sent.catch) sent.catch(() => {});
  } catch { /* no kernel: the page is on its own */ }
}

// What the picture shows, in words.
function words(view) {
  const { spec } = view, alone = spec.lanes.length === 1;
  const measure = () => view.problem().measure;
  const settingsText = () => spec.settings
    .map((s) => `${s.label.toLowerCase()} ${s.factor ? "×" : ""}${settingText(view.state.settings[s.name])}`).join(", ");

  const short = (run) => (run.diverged && view.state.step >= run.last ? "diverged" : errorAt(run, view.state.step));

  const outcomeText = (step) => {
    const { runs, ready, failed } = view.scene();
    if (failed) return failed;
    if (!ready || !runs[0]) return "computing";
    const run = runs[0];
    if (run.diverged && step >= run.last) return `it diverges (by step ${run.last} the ${measure()} is ${number(run.error[run.last])})`;
    return `after ${plural(step, "step")} the ${measure()} is ${errorAt(run, step)}`;
  };

  const standings = () => {
    const { runs, ready, failed } = view.scene();
    if (failed) return failed;
    if (!ready) return "computing";
    const shown = runs.map((run, k) => ({ run, label: spec.lanes[k].label })).filter(({ label }) => !view.state.hidden.includes(label));
    shown.sort((a, b) => rank(a.run, view.state.step) - rank(b.run, view.state.step));
    return `after ${plural(view.state.step, "step")}: ` + shown.map(({ run, label }) => `${label} ${short(run)}`).join(", ");
  };

  const summary = () => {
    const at = view.startPoint(), { state } = view;
    const where = `${view.problem().label}${at && at.length ? `, from ${point(at)}` : ""}`;
    const chosen = spec.settings.length ? `, ${settingsText()}` : "";
    return `${sentence(where)}${chosen}: ${alone ? outcomeText(state.step) : standings()}.`;
  };
  return { settingsText, short, outcomeText, standings, summary };
}

// What decides who is in front: settled runs are level, diverged ones last.
function rank(run, step) {
  if (step < run.last) return run.error[step];
  return run.diverged ? Infinity : run.settled ? 0 : run.error[run.last];
}

// Whether the goal is reached with what is shown: { reached, text, score }.
function judge(view) {
  const { goal, steps, lanes } = view.spec, { runs, ready } = view.scene();
  if (!view.goalCounts()) return { reached: false, text: `Choose “${goal.problem}” for it.` };
  if (typeof view.state.start !== "number") return { reached: false, text: "From a start of your own it does not count." };
  if (!ready || !runs[0]) return { reached: false, text: "Computing…" };
  if (goal.leader !== null) {
    const order = runs.map((run, k) => [rank(run, view.state.step), k]).sort((a, b) => a[0] - b[0]);
    const ahead = lanes[order[0][1]].label, tied = order[1] && order[0][0] === order[1][0];
    if (tied) return { reached: false, text: `Nobody is in front at step ${view.state.step}.` };
    return { reached: ahead === goal.leader, text: `${sentence(ahead)} is in front at step ${view.state.step}.` };
  }
  const limit = goal.within ?? steps, hits = runs.map((run) => run.hit).filter((hit) => hit >= 0 && hit <= limit).sort((a, b) => a - b);
  const reached = hits.length >= goal.count, score = reached ? hits[goal.count - 1] : null;
  if (goal.count > 1) {
    return { reached, score, text: reached ? `${hits.length} of ${runs.length} get there.` : `${hits.length} of ${runs.length} get there so far.` };
  }
  const late = runs.map((run) => run.hit).filter((hit) => hit >= 0).sort((a, b) => a - b)[0];
  if (reached) return { reached, score, text: `Reached in ${plural(score, "step")}.` };
  if (late !== undefined) return { reached, text: `Not yet: it takes ${plural(late, "step")}.` };
  const run = runs[0], worst = run.diverged ? "it diverges" : `${errorAt(run, limit)} after ${plural(limit, "step")}`;
  return { reached, text: lanes.length > 1 ? "Not yet: none gets there." : `Not yet: ${worst}.` };
}
