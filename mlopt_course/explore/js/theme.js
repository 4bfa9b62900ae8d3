// Light or dark as the page is, and the colours that the style sheet gives for it.
function isDark(element) {
  const root = document.documentElement, body = document.body;
  if (window.matchMedia("print").matches) return false;
  if (root.dataset.theme === "dark" || root.dataset.theme === "light") return root.dataset.theme === "dark"; // pydata
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false"; // JupyterLab
  if (/vscode-(dark|high-contrast)/.test(body.className)) return !/vscode-high-contrast-light/.test(body.className);
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor.match(/[\d.]+/g);
    if (colour && (colour.length < 4 || +colour[3] > 0.5)) {
      return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2] < 110;
    }
  }
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}

function watchTheme(root, changed) {
  const check = () => {
    const theme = isDark(root.parentElement || document.body) ? "dark" : "light";
    if (root.dataset.mloptTheme !== theme) {
      root.dataset.mloptTheme = theme;
      changed();
    }
  };
  check();
  const soon = () => requestAnimationFrame(check);
  const watcher = new MutationObserver(soon);
  for (const e of [document.documentElement, document.body]) {
    watcher.observe(e, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "class"] });
  }
  const media = ["(prefers-color-scheme: dark)", "print"].map((query) => window.matchMedia(query));
  media.forEach((m) => m.addEventListener("change", check));
  return () => { watcher.disconnect(); media.forEach((m) => m.removeEventListener("change", check)); };
}

const DASHES = [[], [7, 3], [2, 2.5], [9, 3, 2, 3], [4.5, 2], [], [7, 3], [2, 2.5]];
const MARKERS = ["disc", "square", "triangle", "diamond", "wedge", "cross", "plus", "ring"];
const NAMES = ["ink", "muted", "rule", "paper", "deep", "shallow", "contour", "good", "bad", "goal", "halo"];

function palette(root) {
  const style = getComputedStyle(root), read = (name) => style.getPropertyValue("--mlopt-" + name).trim();
  const colours = Object.fromEntries(NAMES.map((name) => [name, read(name)]));
  colours.lanes = DASHES.map((_, k) => read("lane-" + k));
  colours.font = style.fontFamily;
  return colours;
}

const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
function mix(from, to, t) {
  const a = rgb(from), b = rgb(to);
  return a.map((v, k) => Math.round(v + (b[k] - v) * t));
}
const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
