// What the hashes of tables are made of. If a table is full, it depends on them what is given up.

/** A random seed, so that nobody outside can choose what collides. */
export const randomSeed = (): number => crypto.getRandomValues(new Int32Array(1))[0]!;

/** For capture files: the same file gives the same counts each time, whatever was given up. */
export const FILE_SEED = 0x2545f491;

/**
 * Has each bit of an int32 change all others. To be called for each word of what is hashed, as `mix(hash ^
 * word)`, beginning with a seed: who does not know the seed cannot choose words that collide.
 */
export function mix(number: number): number {
  const once = Math.imul(number ^ (number >>> 16), 0x21f0aaad);
  const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97);
  return twice ^ (twice >>> 15);
}
