// Undoes packing.py, and finds the runs of a choice of settings.
const TYPES = { f4: Float32Array, u2: Uint16Array, i2: Int16Array, u1: Uint8Array };
const REACH = 3; // points are kept this many half-windows from the centre

async function inflate(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unpack(bytes, directory) {
  const arrays = {};
  let at = 0;
  for (const { name, dtype, shape, differenced } of directory) {
    const size = shape.reduce((a, b) => a * b, 1), wide = +dtype[1], rows = shape[0] || 0, columns = size / (rows || 1);
    const raw = new Uint8Array(size * wide);
    for (let b = 0; b < wide; b++) for (let c = 0; c < columns; c++) for (let r = 0; r < rows; r++) {
      raw[(r * columns + c) * wide + b] = bytes[at + b * size + c * rows + r];
    }
    at += size * wide;
    const array = new TYPES[dtype](raw.buffer);
    if (differenced) for (let k = columns; k < size; k++) array[k] += array[k - columns];
    arrays[name] = array;
  }
  return arrays;
}

// Runs as objects, in the order of the arrays.
function runsOf(a) {
  const runs = [];
  let at = 0, cloudAt = 0;
  for (let k = 0; k < a.length.length; k++) {
    const n = a.length[k], m = a.cloud_size[k];
    runs.push({
      x: a.x.subarray(2 * at, 2 * (at + n)), error: a.error.subarray(at, at + n), last: n - 1, hit: a.hit[k],
      diverged: (a.flag[k] & 1) > 0, settled: (a.flag[k] & 2) > 0,
      cloud: m ? a.cloud.subarray(2 * cloudAt, 2 * (cloudAt + n * m)) : null, cloudSize: m,
    });
    at += n;
    cloudAt += n * m;
  }
  return runs;
}

// A stored coordinate as a fraction of the window (0 low edge, 1 high edge), and back from a value.
const fraction = (code) => 0.5 + ((code - 32768) / 65534) * REACH;
const within = (value, [low, high]) => (value - low) / (high - low);
