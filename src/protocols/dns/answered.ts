// Questions that were answered a moment ago. If one is sent again before its answer has arrived, it
// must not count twice. One table for all flows, as most flows have a single question.

/** Usually more than the questions within RETRY_TIME; 520 KB. */
const SLOTS = 1 << 15;

/** A question that is repeated within this time is a retry; later it counts as a new one. Microseconds. */
export const RETRY_TIME = 5_000_000;

const digests = new Int32Array(SLOTS);
/** Kept too, as digests collide: at 20,000 questions a second once in ten seconds. */
const askers = new Int32Array(SLOTS);
/** When the question was asked. */
const times = new Float64Array(SLOTS);

/**
 * Notes that a question was answered. `asker` is a number that no other flow has; `time` of the
 * question.
 */
export function noteAnswered(
  asker: number,
  id: number,
  name: string,
  type: string,
  time: number,
): void {
  const digest = digestOf(asker, id, name, type);
  const slot = digest & (SLOTS - 1);
  digests[slot] = digest;
  askers[slot] = asker;
  times[slot] = time;
}

/** Whether that question was asked less than RETRY_TIME before `time`, and was answered. */
export function isAnswered(
  asker: number,
  id: number,
  name: string,
  type: string,
  time: number,
): boolean {
  const digest = digestOf(asker, id, name, type);
  const slot = digest & (SLOTS - 1);
  return digests[slot] === digest && askers[slot] === asker &&
    time - times[slot]! < RETRY_TIME;
}

function digestOf(asker: number, id: number, name: string, type: string): number {
  let hash = Math.imul(asker, 0x9e3779b1) ^ Math.imul(id + 1, 0x85ebca6b);
  for (const text of [name, type]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
