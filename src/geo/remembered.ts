// What was found of addresses is remembered: the same ones are asked for again with every page.

/** Addresses that are remembered: 8 for each of more hosts than most keep, 10 MB at most. */
const MAX_REMEMBERED = 65_536;

/** `find`, which remembers what it found of the `limit` texts that it was asked for last. */
export class Remembered<Found> {
  readonly #find: (ip: string) => Found;
  readonly #limit: number;
  readonly #known = new Map<string, Found>();

  constructor(find: (ip: string) => Found, limit = MAX_REMEMBERED) {
    this.#find = find;
    this.#limit = limit;
  }

  of(ip: string): Found {
    const found = this.#known.get(ip) ?? this.#find(ip);
    // What was asked for last stands last.
    this.#known.delete(ip);
    this.#known.set(ip, found);
    if (this.#known.size > this.#limit) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return found;
  }

  clear(): void {
    this.#known.clear();
  }
}
