// Which names clients have asked DNS for, by the addresses that they were told: names for connections
// that say none. One table for all clients, which grows up to a fixed size.

import { isIpv4, readAddress } from "../address.ts";
import { ClientLinks } from "./client_links.ts";
import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import { NAMES_EACH, NameSlots, SECOND, SLOT_BYTES, WORDS } from "./name_slots.ts";
import { mix, randomSeed } from "./hashing.ts";

/** Pairs of a client and an address: those of a hundred clients with three hundred servers each. */
export const MOST_PAIRS = 1 << 15;
/** Where the table begins: enough for the names of a few machines. */
const LEAST_PAIRS = 1 << 8;
/** The table may take this part of the memory. */
const MEMORY_SHARE = 1 / 16;
/** A pair may lie in one of so many slots. */
const WAYS = 8;
const CLIENT_WORDS = 4;
/** Of a text by itself. */
const TEXT_BYTES = 24;

/** An answer counts for its TTL, but for so long at least and at most, seconds. */
const LEAST_VALIDITY = 10;
const MOST_VALIDITY = 3600;
/** Who has waited for an answer connects within this time, microseconds. */
const MOMENT = 20_000;

const NONE = -1;
/** Stands for all clients. */
const ANYBODY = new Int32Array(CLIENT_WORDS);

export class AskedNames {
  /** Has no slots before the first answer. */
  #table = new NameSlots(0);
  #textBytes = 0;
  /** Addresses that are of one client. */
  readonly #links: ClientLinks;
  /** Bytes that the ledger knows of. */
  #charged = 0;
  readonly #most: number;
  readonly #ledger: MemoryLedger;
  /** What is looked for: the client's address and the server's; 0 for all clients. */
  readonly #key = new Int32Array(WORDS);
  readonly #server = this.#key.subarray(CLIENT_WORDS);
  /** The tag of the key. */
  #tag = 0;
  /** Decides which pairs may take each other's slots. */
  readonly #seed: number;

  constructor(ledger: MemoryLedger, seed = randomSeed()) {
    this.#ledger = ledger;
    this.#seed = seed;
    this.#links = new ClientLinks(ledger);
    this.#most = slotsIn(ledger.limit * MEMORY_SHARE);
  }

  /**
   * `client` (four words) was told at `time` that `name` has these addresses (texts), for `ttl` seconds.
   * What one family of IP was asked for the other's addresses counts for all clients too, as it may not be
   * known which address of the other family that client has.
   */
  note(
    client: Int32Array,
    addresses: readonly string[],
    ttl: number,
    name: string,
    time: number,
  ): void {
    if (this.#table.count === 0) this.#table = new NameSlots(Math.min(LEAST_PAIRS, this.#most));
    const validity = Math.min(MOST_VALIDITY, Math.max(LEAST_VALIDITY, ttl));
    const owner = this.#links.of(client);
    for (const address of addresses) {
      readAddress(address, this.#server);
      const isOwn = isIpv4(client) === isIpv4(this.#server);
      this.#setClient(owner);
      if (isOwn || this.#links.size > 0) this.#put(name, time, validity);
      if (isOwn) continue;
      this.#setClient(ANYBODY);
      this.#put(name, time, validity);
      this.#links.told(client, this.#server, time);
    }
    this.#charge();
  }

  /**
   * The name of a connection of `client` with `server` that began at `since`. Of the names that are valid then
   * it is the first that was answered a moment before and that no connection has had since; else the one that
   * was answered last before it. If none is valid, one that was within the last hour, as clients keep
   * addresses for longer than they may; if there was none, the first after it. "" if none is known.
   */
  find(client: Int32Array, server: Int32Array, since: number): string {
    let slot = this.#ownSlot(client, server);
    if (slot === NONE) {
      slot = this.#slotFor(ANYBODY);
      if (slot !== NONE) this.#links.connected(client, server, since);
    }
    const found = slot === NONE ? NONE : this.#nameAt(slot, since);
    if (found === NONE) return "";
    this.#table.used[found] = Math.max(this.#table.used[found]!, since);
    return this.#table.names[found]!;
  }

  /** A connection of this pair is open: until `release` its names stay valid. False if there are none. */
  hold(client: Int32Array, server: Int32Array): boolean {
    const slot = this.#slotOf(client, server);
    if (slot === NONE) return false;
    this.#table.open[slot]!++;
    return true;
  }

  release(client: Int32Array, server: Int32Array): void {
    const slot = this.#slotOf(client, server);
    // The pair may have lost its slot, and got another.
    if (slot !== NONE && this.#table.open[slot]! > 0) this.#table.open[slot]!--;
  }

  /** Forgets all names. */
  clear(): void {
    this.#table = new NameSlots(0);
    this.#textBytes = 0;
    this.#links.clear();
    this.#charge();
  }

  #charge(): void {
    const bytes = this.#table.count * SLOT_BYTES + this.#textBytes + this.#links.held;
    this.#ledger.charge(HOLDER_INDEX.names, bytes - this.#charged);
    this.#charged = bytes;
  }

  /**
   * Doubles the table. The pairs of each WAYS slots go to two times as many, so that there is room for all.
   * The key stays as it is.
   */
  #grow(): void {
    const key = this.#key.slice();
    const before = this.#table;
    this.#table = new NameSlots(2 * before.count);
    for (let slot = 0; slot < before.count; slot++) {
      if (before.tags[slot] === 0) continue;
      this.#key.set(before.keys.subarray(slot * WORDS, (slot + 1) * WORDS));
      const free = this.#freeSlot(this.#firstWay());
      this.#table.copy(this.#take(free), before, slot);
    }
    this.#key.set(key);
  }

  /** Makes a free slot that of the key. */
  #take(slot: number): number {
    this.#table.keys.set(this.#key, slot * WORDS);
    this.#table.tags[slot] = this.#tag;
    return slot;
  }

  #freeSlot(first: number): number {
    for (let slot = first; slot < first + WAYS; slot++) {
      if (!this.#isUsed(slot)) return slot;
    }
    return NONE;
  }

  /** The slot of a pair, or else of the address for all clients. */
  #slotOf(client: Int32Array, server: Int32Array): number {
    const own = this.#ownSlot(client, server);
    return own === NONE ? this.#slotFor(ANYBODY) : own;
  }

  /** The slot of a pair, also if it is under another address of the client. */
  #ownSlot(client: Int32Array, server: Int32Array): number {
    if (this.#table.count === 0) return NONE;
    const owner = this.#links.of(client);
    copyAddress(server, this.#key, CLIENT_WORDS);
    const slot = this.#slotFor(owner);
    return slot === NONE && owner !== client ? this.#slotFor(client) : slot;
  }

  /** The slot of this client and #server. */
  #slotFor(client: Int32Array): number {
    if (this.#table.count === 0) return NONE;
    this.#setClient(client);
    return this.#search(this.#firstWay());
  }

  /** Makes `client` that of the key. */
  #setClient(client: Int32Array): void {
    copyAddress(client, this.#key, 0);
  }

  /** The first of the slots in which the key may lie. Sets its tag. */
  #firstWay(): number {
    let hash = this.#seed;
    for (let i = 0; i < WORDS; i++) hash = mix(hash ^ this.#key[i]!);
    this.#tag = (hash >>> 24) | 1;
    return (hash & (this.#table.count / WAYS - 1)) * WAYS;
  }

  #search(first: number): number {
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#table.tags[slot] === this.#tag && this.#matches(slot, WORDS)) return slot;
    }
    return NONE;
  }

  #isUsed(slot: number): boolean {
    return this.#table.tags[slot] !== 0;
  }

  /** Whether the first `words` words of a slot's key are those of the key. */
  #matches(slot: number, words: number): boolean {
    // From the end, as addresses of IPv4 differ in their last word only.
    for (let i = words - 1; i >= 0; i--) {
      if (this.#table.keys[slot * WORDS + i] !== this.#key[i]) return false;
    }
    return true;
  }

  /** Where the name is of a connection that began at `since`; NONE if there is none. */
  #nameAt(slot: number, since: number): number {
    let unused = NONE;
    let valid = NONE;
    let stale = NONE;
    let after = NONE;
    for (let at = slot * NAMES_EACH; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#table.names[at] === null) break;
      const learned = this.#table.learned[at]!;
      // It was asked for before.
      if (this.#table.used[at] === since) return at;
      if (learned > since) after = this.#older(after, at);
      else if (since <= this.#table.until(at) || this.#table.open[slot]! > 0) {
        valid = this.#newer(valid, at);
        if (since - learned <= MOMENT && this.#table.used[at]! < learned) {
          unused = this.#older(unused, at);
        }
      } else if (since - learned <= MOST_VALIDITY * SECOND) stale = this.#newer(stale, at);
    }
    return [unused, valid, stale, after].find((at) => at !== NONE) ?? NONE;
  }

  /** Which of two names was learned later; `a` may be NONE. */
  #newer(a: number, b: number): number {
    return a === NONE || this.#table.learned[b]! > this.#table.learned[a]! ? b : a;
  }

  #older(a: number, b: number): number {
    return a === NONE || this.#table.learned[b]! < this.#table.learned[a]! ? b : a;
  }

  /** Notes a name for the key; `validity` is in seconds. */
  #put(name: string, time: number, validity: number): void {
    let slot = this.#search(this.#firstWay());
    if (slot === NONE) slot = this.#take(this.#emptied(time));
    const at = this.#placeOf(slot, name);
    this.#textBytes += TEXT_BYTES + name.length - this.#bytesAt(at);
    if (this.#table.names[at] !== name) this.#table.used[at] = 0;
    this.#table.names[at] = name;
    this.#table.learned[at] = time;
    this.#table.validity[at] = validity;
  }

  /** A slot for the key: the table grows if each that it may lie in is of use. */
  #emptied(time: number): number {
    for (;;) {
      const slot = this.#victim(this.#firstWay(), time);
      if (!this.#isOfUse(slot, time) || this.#table.count >= this.#most) {
        this.#clear(slot, time);
        return slot;
      }
      this.#grow();
    }
  }

  /** Whether a connection may still get a name from here. */
  #isOfUse(slot: number, time: number): boolean {
    if (!this.#isUsed(slot)) return false;
    return this.#table.open[slot]! > 0 || time - this.#newest(slot) <= MOST_VALIDITY * SECOND;
  }

  /** Where a slot has a name, or has room for it: else in the place of the one answered longest ago. */
  #placeOf(slot: number, name: string): number {
    let oldest = slot * NAMES_EACH;
    for (let at = oldest; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#table.names[at] === null || this.#table.names[at] === name) return at;
      if (this.#table.learned[at]! < this.#table.learned[oldest]!) oldest = at;
    }
    return oldest;
  }

  #bytesAt(at: number): number {
    const name = this.#table.names[at]!;
    return name === null ? 0 : TEXT_BYTES + name.length;
  }

  /**
   * The slot to be taken: one that is free, else the oldest that is no longer valid; else one of the same
   * client, so that nobody drives out the others; else the one that was answered longest ago.
   */
  #victim(first: number, time: number): number {
    const free = this.#freeSlot(first);
    if (free !== NONE) return free;
    let invalid = NONE;
    let own = NONE;
    let oldest = NONE;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (!this.#isValid(slot, time)) invalid = this.#longerAgo(invalid, slot);
      if (this.#matches(slot, CLIENT_WORDS)) own = slot;
      oldest = this.#longerAgo(oldest, slot);
    }
    return [invalid, own, oldest].find((slot) => slot !== NONE)!;
  }

  /** Which of two slots was answered longer ago; `a` may be NONE. */
  #longerAgo(a: number, b: number): number {
    return a === NONE || this.#newest(b) < this.#newest(a) ? b : a;
  }

  #isValid(slot: number, time: number): boolean {
    if (this.#table.open[slot]! > 0) return true;
    for (let at = slot * NAMES_EACH; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#table.names[at] === null) return false;
      if (time <= this.#table.until(at)) return true;
    }
    return false;
  }

  #newest(slot: number): number {
    let newest = 0;
    for (let at = slot * NAMES_EACH; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#table.names[at] === null) break;
      if (this.#table.learned[at]! > newest) newest = this.#table.learned[at]!;
    }
    return newest;
  }

  #clear(slot: number, time: number): void {
    if (!this.#isUsed(slot)) return;
    if (this.#isValid(slot, time)) this.#ledger.countEvicted("names", "full");
    for (let at = slot * NAMES_EACH; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#table.names[at] === null) break;
      this.#textBytes -= this.#bytesAt(at);
      this.#table.names[at] = null;
    }
    this.#table.tags[slot] = 0;
    this.#table.open[slot] = 0;
  }
}

/** As `set` does, which takes longer for so few words. */
function copyAddress(from: Int32Array, into: Int32Array, at: number): void {
  for (let i = 0; i < CLIENT_WORDS; i++) into[at + i] = from[i]!;
}

/** A power of two of slots, for so many bytes of memory. */
const slotsIn = (bytes: number): number =>
  Math.min(MOST_PAIRS, 2 ** Math.max(2, Math.floor(Math.log2(bytes / SLOT_BYTES))));
