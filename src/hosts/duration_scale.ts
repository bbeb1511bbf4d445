// The scale that durations are counted on: steps, between edges. Among the edges are those of the
// buckets of Prometheus' native histograms, and those that the user wants (--buckets). So both kinds
// of buckets are sums of steps, and their counts are exact.

/** Seconds, from where web latencies begin to where requests are given up. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/** Of `--buckets coarse`: a quarter fewer series, in steps of 3. */
export const COARSE_BUCKETS: readonly number[] = [
  0.0005,
  0.0015,
  0.005,
  0.015,
  0.05,
  0.15,
  0.5,
  1.5,
  5,
  10,
];

/** Seconds: the least and the greatest bound that may be asked for. */
export const MIN_BOUND = 1e-6;
export const MAX_BOUND = 1e6;
export const MAX_BOUNDS = 50;

/**
 * Schema 3: bucket i of a native histogram holds the durations from 2^((i - 1) / 8) seconds, which is
 * not in it, to 2^(i / 8), which is.
 */
export const NATIVE_SCHEMA = 3;
const BUCKETS_PER_OCTAVE = 2 ** NATIVE_SCHEMA;
/** Seconds; a native histogram counts what is not longer in its zero bucket. */
export const ZERO_THRESHOLD = 1e-6;
/** The last bucket ends at 2^20 seconds (twelve days); longer durations are in it as well. */
const LAST_NATIVE = 20 * BUCKETS_PER_OCTAVE;
const FIRST_NATIVE = Math.ceil(Math.log2(ZERO_THRESHOLD) * BUCKETS_PER_OCTAVE);

const nativeBound = (index: number): number => 2 ** (index / BUCKETS_PER_OCTAVE);

export class DurationScale {
  /** Upper bounds of the buckets in seconds; durations above them all have one more bucket. */
  readonly bounds: readonly number[];
  /**
   * The upper bounds of all buckets as the label `le` has them: as OpenMetrics writes numbers ("1.0"),
   * so that they are the same in every format.
   */
  readonly boundTexts: readonly string[];
  /** Upper bounds of the steps, which begin at 0. */
  readonly #edges: Float64Array;
  /** Where to search for the step of a duration, by the upper bits of its float64. */
  readonly #starts: Int16Array;
  /** The middle of each step. */
  readonly #middles: Float64Array;
  /** The bucket that each step is in. */
  readonly #buckets: Uint8Array;
  /** The native bucket that each step is in; FIRST_NATIVE - 1 for the zero bucket. */
  readonly #nativeBuckets: Int16Array;

  /** `bounds` rise, from MIN_BOUND to MAX_BOUND. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.boundTexts = [...bounds, Infinity].map(floatText);
    const edges = new Set([0, ZERO_THRESHOLD, ...bounds]);
    for (let i = FIRST_NATIVE; i <= LAST_NATIVE; i++) edges.add(nativeBound(i));
    this.#edges = Float64Array.from(edges).sort();
    this.#starts = startsOf(this.#edges);
    this.#middles = this.#edges.map(middleOf);
    let bucket = 0;
    this.#buckets = Uint8Array.from(this.#edges, (edge) => {
      while (bucket < bounds.length && edge > bounds[bucket]!) bucket++;
      return bucket;
    });
    this.#nativeBuckets = Int16Array.from(this.#edges, nativeBucketOf);
  }

  /** How many steps there are. */
  get steps(): number {
    return this.#edges.length;
  }

  /** The step that holds a duration in seconds. */
  stepOf(seconds: number): number {
    const key = keyOf(seconds) - FIRST_KEY;
    let step = this.#starts[Math.max(0, Math.min(key, KEYS - 1))]!;
    const last = this.#edges.length - 1;
    while (step < last && seconds > this.#edges[step]!) step++;
    return step;
  }

  /** The middle of a step in seconds, within 5% of every duration in it above a microsecond. */
  middleOf(step: number): number {
    return this.#middles[step]!;
  }

  /** The longest duration of a step in seconds; the last step has all longer ones too. */
  edgeOf(step: number): number {
    return this.#edges[step]!;
  }

  /** The bucket that a step is in: an index into `bounds`, whose length is that of the last one. */
  bucketOf(step: number): number {
    return this.#buckets[step]!;
  }

  /** The native bucket that a step is in; null for the zero bucket. */
  nativeBucketOf(step: number): number | null {
    const index = this.#nativeBuckets[step]!;
    return index < FIRST_NATIVE ? null : index;
  }
}

function middleOf(edge: number, step: number, edges: Float64Array): number {
  return edge <= ZERO_THRESHOLD ? edge : Math.sqrt(edges[step - 1]! * edge);
}

function nativeBucketOf(edge: number): number {
  if (edge <= ZERO_THRESHOLD) return FIRST_NATIVE - 1;
  const index = Math.round(Math.log2(edge) * BUCKETS_PER_OCTAVE);
  return edge <= nativeBound(index) ? index : index + 1;
}

/** A number that differs from an integer: "1.0", "0.5", "1e-6", "+Inf". */
function floatText(value: number): string {
  if (value === Infinity) return "+Inf";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** To read the upper half of a float64: sign, exponent, and the first bits of the fraction. */
const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
/** With the exponent and three bits of the fraction, an octave has eight keys. */
const KEY_SHIFT = 17;
const keyOf = (seconds: number): number => {
  float[0] = seconds;
  return words[HIGH]! >> KEY_SHIFT;
};
const FIRST_KEY = keyOf(ZERO_THRESHOLD);
const KEYS = keyOf(nativeBound(LAST_NATIVE)) - FIRST_KEY + 1;

/** For each key, the first step that may hold a duration with it: of those below FIRST_KEY it is 0. */
function startsOf(edges: Float64Array): Int16Array {
  const starts = new Int16Array(KEYS);
  words[1 - HIGH] = 0;
  for (let key = 1, step = 0; key < KEYS; key++) {
    words[HIGH] = (FIRST_KEY + key) << KEY_SHIFT;
    while (step < edges.length - 1 && float[0]! > edges[step]!) step++;
    starts[key] = step;
  }
  return starts;
}

/** With the bounds that are used if nobody asks for others. */
export const DEFAULT_SCALE = new DurationScale(DEFAULT_BUCKETS);

/** The scale of these bounds; null for the default ones. */
export const scaleOf = (bounds: readonly number[] | null): DurationScale =>
  bounds === null ? DEFAULT_SCALE : new DurationScale(bounds);
