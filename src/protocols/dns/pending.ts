// The DNS questions of one flow that wait for their answer, found by the id of their message.

import type { DnsQuery } from "../transactions.ts";
import type { Question } from "./message.ts";

/** Questions that a flow remembers; a resolver's socket may have many waiting at a time. */
const MAX_PENDING = 512;
/** So many of the oldest are given up at once, so that a flow that asks too much costs little a question. */
const GIVEN_UP = 64;
/**
 * Bytes of memory that a question takes, beside its name; and that the first one takes in addition. 180 are its
 * objects; as they come and go one by one, V8's heap has gaps between them, and grows by half of what is alive.
 */
const QUESTION_BYTES = 320;
const MAP_BYTES = 200;

export class PendingQueries {
  /** In the order in which they were asked. Those of one id are mostly of one message. */
  readonly #byId = new Map<number, DnsQuery[]>();
  #count = 0;
  #nameBytes = 0;

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= MAX_PENDING;
  }

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return MAP_BYTES + this.#count * QUESTION_BYTES + this.#nameBytes;
  }

  add(id: number, query: DnsQuery): void {
    const same = this.#byId.get(id);
    if (same === undefined) this.#byId.set(id, [query]);
    else same.push(query);
    this.#count++;
    this.#nameBytes += query.host.length;
  }

  /** Those that were asked under an id. */
  of(id: number): readonly DnsQuery[] {
    return this.#byId.get(id) ?? [];
  }

  remove(id: number, removed: readonly DnsQuery[]): void {
    const all = this.of(id);
    const left = removed === all ? [] : all.filter((query) => !removed.includes(query));
    if (left.length > 0) this.#byId.set(id, left);
    else this.#byId.delete(id);
    this.#count -= removed.length;
    for (const { host } of removed) this.#nameBytes -= host.length;
  }

  /** Removes the oldest, and returns them. */
  takeOldest(): DnsQuery[] {
    const oldest: DnsQuery[] = [];
    for (const [id, queries] of this.#byId) {
      oldest.push(...queries);
      this.remove(id, queries);
      if (oldest.length >= GIVEN_UP) break;
    }
    return oldest;
  }

  *[Symbol.iterator](): Iterator<DnsQuery> {
    for (const queries of this.#byId.values()) yield* queries;
  }
}

export const matches = (query: DnsQuery, { name, type }: Question): boolean =>
  query.host === name && query.type === type;
