// Numbers that look random, the same for the same seed (mulberry32), and bytes made wrong by them.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 to 1, 1 excluded. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(things: readonly T[]): T {
    return things[this.below(things.length)]!;
  }
}

/** Values that lengths and counts go wrong at. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

/** A copy of `data` with a few bytes changed, left out, repeated or cut off. */
export function mutate(data: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const copy = [...data];
  for (let left = 1 + random.below(4); left > 0 && copy.length > 0; left--) {
    const at = random.below(copy.length);
    switch (random.below(6)) {
      case 0:
        copy[at] = random.below(256);
        break;
      case 1:
        copy[at] = random.pick(EXTREMES);
        break;
      case 2:
        copy[at]! ^= 1 << random.below(8);
        break;
      case 3:
        copy.splice(at, 1 + random.below(8));
        break;
      case 4:
        copy.splice(at, 0, ...copy.slice(at, at + 1 + random.below(16)));
        break;
      default:
        if (random.below(4) === 0) copy.length = at;
    }
  }
  return Uint8Array.from(copy);
}

/** Runs `check` on many mutations of `samples`; a failure tells the seed that finds it again. */
export function fuzz(
  samples: readonly Uint8Array[],
  rounds: number,
  check: (mutated: Uint8Array<ArrayBuffer>) => void,
): void {
  const seed = fuzzSeed();
  const random = new Random(seed);
  for (let round = 0; round < rounds; round++) {
    const mutated = mutate(random.pick(samples), random);
    try {
      check(mutated);
    } catch (error) {
      const bytes = mutated.toHex();
      throw new Error(`WEBSTAT_FUZZ_SEED=${seed}, round ${round}: ${bytes}`, { cause: error });
    }
  }
}

/** WEBSTAT_FUZZ_SEED, else one that is always the same: a test that fails by chance helps nobody. */
export const fuzzSeed = (): number => Number(Deno.env.get("WEBSTAT_FUZZ_SEED") ?? 20240229);
