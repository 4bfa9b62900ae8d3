// A Gaussian process conditioned on few points, as mlopt_course.bayesian.GaussianProcess does it, and what its
// predictions are worth. tests/test_explore_bayesian.py compares both with Python.

// Correlation by the squared distance, in length scales.
const KERNELS = {
  "RBF": (s) => Math.exp(-0.5 * s),
  "Matérn 5/2": (s) => { const r = Math.sqrt(5 * s); return (1 + r + (r * r) / 3) * Math.exp(-r); },
  "Matérn 3/2": (s) => { const r = Math.sqrt(3 * s); return (1 + r) * Math.exp(-r); },
  "Matérn 1/2": (s) => Math.exp(-Math.sqrt(s)),
};

// The lower triangle L with L Lᵀ = A, as rows; null where A is not positive definite.
function cholesky(A) {
  const L = A.map((row, i) => new Float64Array(i + 1));
  for (let i = 0; i < A.length; i++) for (let j = 0; j <= i; j++) {
    let rest = A[i][j];
    for (let k = 0; k < j; k++) rest -= L[i][k] * L[j][k];
    if (i === j && !(rest > 0)) return null;
    L[i][j] = i === j ? Math.sqrt(rest) : rest / L[j][j];
  }
  return L;
}

// With the least jitter, by factors of 10, that makes it possible.
function safeCholesky(A, noise, variance) {
  for (let jitter = 1e-10 * variance; ; jitter *= 10) {
    const L = cholesky(A.map((row, i) => row.map((v, j) => (i === j ? v + noise + jitter : v))));
    if (L || jitter > variance) return L;
  }
}

function forward(L, b) { // L x = b
  const x = new Float64Array(b.length);
  for (let i = 0; i < b.length; i++) {
    let rest = b[i];
    for (let k = 0; k < i; k++) rest -= L[i][k] * x[k];
    x[i] = rest / L[i][i];
  }
  return x;
}

function backward(L, b) { // Lᵀ x = b
  const x = new Float64Array(b.length);
  for (let i = b.length - 1; i >= 0; i--) {
    let rest = b[i];
    for (let k = i + 1; k < b.length; k++) rest -= L[k][i] * x[k];
    x[i] = rest / L[i][i];
  }
  return x;
}

const sumOfProducts = (a, b) => { let s = 0; for (let k = 0; k < a.length; k++) s += a[k] * b[k]; return s; };

// `points` are arrays of coordinates, `scales` one length scale for each; `noise` is a variance.
function gaussianProcess({ points, values, kernel, scales, variance = 1, noise = 0, mean = 0 }) {
  const profile = KERNELS[kernel];
  const cov = (a, b) => { let s = 0; for (let k = 0; k < a.length; k++) s += ((a[k] - b[k]) / scales[k]) ** 2; return variance * profile(s); };
  const table = (as, bs) => as.map((a) => bs.map((b) => cov(a, b)));
  const L = safeCholesky(table(points, points), noise, variance), rest = values.map((v) => v - mean);
  const white = forward(L, rest), weights = backward(L, white);
  const misfit = -0.5 * sumOfProducts(white, white), complexity = -L.reduce((s, row, i) => s + Math.log(row[i]), 0);
  return {
    predict(at) {
      const k = points.map((p) => cov(at, p)), explained = forward(L, k);
      const left = variance - sumOfProducts(explained, explained);
      return [mean + sumOfProducts(k, weights), Math.sqrt(Math.max(left, 1e-16 * variance))];
    },
    // Functions drawn at the places `at`, one for each row of standard normal numbers.
    draw(at, normals) {
      const explained = at.map((a) => forward(L, points.map((p) => cov(a, p))));
      const K = table(at, at).map((row, i) => row.map((v, j) => v - sumOfProducts(explained[i], explained[j])));
      const root = safeCholesky(K, 1e-9 * variance, variance), m = at.map((a) => this.predict(a)[0]);
      return normals.map((z) => m.map((v, i) => v + sumOfProducts(root[i], z)));
    },
    misfit, complexity, likelihood: misfit + complexity - 0.5 * values.length * Math.log(2 * Math.PI),
  };
}

const density = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

// The normal distribution function: its series near 0, a continued fraction in the tails.
function distribution(z) {
  const t = Math.abs(z);
  if (t > 38) return z > 0 ? 1 : 0;
  if (t > 3) {
    let fraction = t;
    for (let k = 60; k > 0; k--) fraction = t + k / fraction;
    return z > 0 ? 1 - density(t) / fraction : density(t) / fraction;
  }
  let term = z, sum = z;
  for (let k = 3; k < 120; k += 2) { term *= (z * z) / k; sum += term; }
  return 0.5 + density(z) * sum;
}

const expectedImprovement = (mean, std, best, xi = 0) => {
  const z = (best - xi - mean) / std;
  return Math.max(0, std * density(z) + (best - xi - mean) * distribution(z));
};
const probabilityOfImprovement = (mean, std, best, xi = 0) => distribution((best - xi - mean) / std);

// The place of the highest score among those that are free.
function highest(scores, taken) {
  let best = -1;
  scores.forEach((v, k) => { if (!taken.includes(k) && (best < 0 || v > scores[best])) best = k; });
  return best;
}

// Drawing: mean, band of two deviations, measured points and the hidden curve over `grid`, in a panel with p.window.
function drawBelief(g, p, colours, grid, { mean, std, truth, points = [], drawn = [] }) {
  const { x, y, w, h } = p.area, px = (v) => x + within(v, p.window[0]) * w, py = (v) => y + h - within(v, p.window[1]) * h;
  const curve = (values, colour, dash, width) => {
    Object.assign(g, { strokeStyle: colour, lineWidth: width });
    g.setLineDash(dash);
    g.beginPath();
    values.forEach((v, k) => g.lineTo(px(grid[k]), py(v)));
    g.stroke();
    g.setLineDash([]);
  };
  inside(g, p.area, () => {
    g.fillStyle = colours.lanes[1];
    g.globalAlpha = 0.2;
    g.beginPath();
    mean.forEach((m, k) => g.lineTo(px(grid[k]), py(m + 2 * std[k])));
    for (let k = grid.length - 1; k >= 0; k--) g.lineTo(px(grid[k]), py(mean[k] - 2 * std[k]));
    g.fill();
    g.globalAlpha = 1;
    if (truth) curve(truth, colours.muted, DASHES[1], 1.6);
    drawn.forEach((values, k) => curve(values, colours.lanes[[0, 2, 3][k % 3]], DASHES[[0, 2, 3][k % 3]], 1.5));
    curve(mean, colours.lanes[1], [], 2.2);
    points.forEach(([a, b], k) => marker(g, "disc", px(a), py(b), 4.5, colours.ink, colours.halo));
  });
  return { px, py };
}

const unitTicks = (xLabel, window, room = 5) => ({
  xTicks: linearTicks(0, 1, 5).map((v) => [within(v, window[0]), number(v)]),
  yTicks: linearTicks(...window[1], room).map((v) => [within(v, window[1]), number(v)]), xLabel, grid: true,
});
