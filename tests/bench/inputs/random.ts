// Numbers that look random and are the same on every run.

/** A hash of `value`, 0 to 2^32 - 1. */
export function hash(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** One of `count` things, chosen by `seed`: the first often, the last seldom (Zipf's law, as hosts are visited). */
export function zipf(seed: number, count: number): number {
  return Math.min(count - 1, Math.floor(count ** (hash(seed) / 2 ** 32)) - 1);
}
