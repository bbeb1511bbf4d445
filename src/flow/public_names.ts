// The public names of encrypted ClientHellos, as clients were told them by DNS. A hello that shows one of
// them outside has another, true name inside; browsers add what looks like an encrypted hello to all others.

import { addressText } from "../address.ts";

/** Pairs of a client and a name; beyond it the oldest goes. There are few public names. */
const MOST_PUBLIC_NAMES = 1024;

export class PublicNames {
  readonly #known = new Set<string>();

  note(client: Int32Array, name: string): void {
    const key = keyOf(client, name);
    this.#known.delete(key);
    this.#known.add(key);
    if (this.#known.size <= MOST_PUBLIC_NAMES) return;
    for (const oldest of this.#known) {
      this.#known.delete(oldest);
      return;
    }
  }

  has(client: Int32Array, name: string): boolean {
    return this.#known.size > 0 && this.#known.has(keyOf(client, name));
  }
}

const keyOf = (client: Int32Array, name: string): string => `${addressText(client)} ${name}`;
