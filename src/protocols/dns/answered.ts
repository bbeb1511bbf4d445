// The questions that were answered a moment ago, of all flows in one table: a retry may cross its
// answer, and is no second question. Nothing is kept with a flow, as most flows ask once.

/** More questions than resolvers are asked within RETRY_TIME, mostly; 520 KB. */
const SLOTS = 1 << 15;

/** Asked again within 5 s (microseconds) is a retry, which counts once; later it is a new question. */
export const RETRY_TIME = 5_000_000;

const digests = new Int32Array(SLOTS);
/** Digests of different flows are alike now and then: at 20,000 questions a second once in ten seconds. */
const askers = new Int32Array(SLOTS);
/** When the question was asked. */
const times = new Float64Array(SLOTS);

/** Notes that a question was answered. `asker` is the flow's own number, which no other flow has. */
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

/** Whether that question was asked less than RETRY_TIME before `time`, and has had its answer. */
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
