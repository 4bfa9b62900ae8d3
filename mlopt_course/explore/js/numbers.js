// Numbers and points as a reader expects them: 0.012, 1.2×10⁻⁵, (−2, 1.5).
const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const FLOOR = 1e-16; // below it lies rounding

const minus = (text) => text.replace(/-/g, "−");
const tenTo = (power) => "10" + String(power).replace(/./g, (c) => SUPERSCRIPT[c]);

function number(value, digits = 2) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "?" : value < 0 ? "−∞" : "∞";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = +exponent;
  if (power >= -3 && power <= 3) {
    const text = Number(mantissa + "e" + power).toFixed(Math.max(0, digits - 1 - power));
    return minus(text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  }
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return short === "1" ? tenTo(power) : minus(short) + "×" + tenTo(power);
}

// The error of a run at a step; of one that has settled, only a bound is kept.
function errorAt(run, step) {
  const at = Math.min(step, run.last);
  if (run.settled && at === run.last) return "below " + tenTo(Math.ceil(Math.log10(1e-15 * Math.max(1, run.error[0])) - 1e-9));
  return number(run.error[at]);
}
const settingText = (value) => number(value, value > 0.99 && value < 1 ? 7 : 4);
const point = (at) => (at.length === 1 ? number(at[0], 3) : "(" + at.map((v) => number(v, 3)).join(", ") + ")");
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const sentence = (text) => (/^(a|[a-z]{2,})([ ,]|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);

function linearTicks(low, high, most) {
  const rough = (high - low) / most;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * ten).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(k * step);
  return ticks.map((v) => (Math.abs(v) < step / 1e6 ? 0 : v));
}

function decades(low, high, most) {
  const first = Math.ceil(low - 1e-9), last = Math.floor(high + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks = [];
  for (let k = last; k >= first; k--) if (k % step === 0) ticks.push(k);
  return ticks;
}
