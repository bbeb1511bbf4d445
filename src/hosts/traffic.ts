// Bytes of a whole capture over time, in a bounded number of steps however long the capture lasts.

/** Plain data that crosses threads. */
export interface Traffic {
  /** Seconds of a step: a power of two. */
  readonly step: number;
  /** The first step begins at second `first * step` since 1970. */
  readonly first: number;
  /** Bytes in each step. */
  readonly bytes: readonly number[];
  /** Time of the first packet, microseconds since 1970. */
  readonly from: number;
}

/** Past this many steps two of them become one, so that any span of time fits. */
export const MAX_STEPS = 128;

/** Adds `bytes` seen at `time` (microseconds since 1970). */
export function addBytes(traffic: Traffic | null, time: number, bytes: number): Traffic {
  const first = Math.floor(time / 1e6);
  const added = { step: 1, first, bytes: [bytes], from: time };
  return traffic === null ? added : addTraffic(traffic, added);
}

/** The sum of both, in the wider of their steps, or in wider ones if it does not fit. */
export function addTraffic(a: Traffic, b: Traffic): Traffic {
  let step = Math.max(a.step, b.step);
  while (lengthOf(a, b, step) > MAX_STEPS) step *= 2;
  const first = Math.min(firstStep(a, step), firstStep(b, step));
  const bytes: number[] = new Array(lengthOf(a, b, step)).fill(0);
  for (const each of [a, b]) {
    each.bytes.forEach((count, i) => bytes[stepOf(each, i, step) - first]! += count);
  }
  return { step, first, bytes, from: Math.min(a.from, b.from) };
}

/** In which step of `step` seconds the step `i` of `traffic` lies. */
const stepOf = ({ first, step: own }: Traffic, i: number, step: number): number =>
  Math.floor((first + i) * own / step);

const firstStep = (traffic: Traffic, step: number): number => stepOf(traffic, 0, step);

const lastStep = (traffic: Traffic, step: number): number =>
  stepOf(traffic, traffic.bytes.length - 1, step);

const lengthOf = (a: Traffic, b: Traffic, step: number): number =>
  Math.max(lastStep(a, step), lastStep(b, step)) -
  Math.min(firstStep(a, step), firstStep(b, step)) + 1;
