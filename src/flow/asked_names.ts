// Which names clients have asked DNS for, by the addresses that they were told: names for connections
// that say none. One table for all clients, of a fixed size.

import { isIpv4, readAddress } from "../address.ts";
import { ClientLinks } from "./client_links.ts";
import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";

/** Pairs of a client and an address: those of a hundred clients with three hundred servers each. */
export const MOST_PAIRS = 1 << 15;
/** The table may take this part of the memory. */
const MEMORY_SHARE = 1 / 16;
/** A pair may lie in one of so many slots. */
const WAYS = 8;
/** Names kept of a pair: one address may serve many. */
const NAMES_EACH = 4;
/** Of a key: an address of four words, twice. */
const WORDS = 8;
const CLIENT_WORDS = 4;
/** Bytes of memory: tag, key, the number of connections, and for each name its text's slot and three times. */
const SLOT_BYTES = 1 + 4 * WORDS + 4 + NAMES_EACH * 32;
/** Of a text by itself. */
const TEXT_BYTES = 24;

const SECOND = 1_000_000;
/** An answer counts for its TTL, but for so long at least and at most, microseconds. */
const LEAST_VALIDITY = 10 * SECOND;
const MOST_VALIDITY = 3600 * SECOND;
/** Who has waited for an answer connects within this time, microseconds. */
const MOMENT = 20_000;

const NONE = -1;
/** Stands for all clients. */
const ANYBODY = new Int32Array(CLIENT_WORDS);

export class AskedNames {
  /** 0 before the first answer: until then there is no table. */
  #slots = 0;
  /** Some bits of each key's hash, so that few keys are compared; 0 for a free slot. */
  #tags = new Uint8Array();
  #keys = new Int32Array();
  /** Connections of the pair that are open. */
  #open = new Int32Array();
  /** NAMES_EACH of each slot; null for none. */
  #names: (string | null)[] = [];
  /** When the name was answered last, and until when that counts; microseconds. */
  #learned = new Float64Array();
  #until = new Float64Array();
  /** When the last connection began that was named so; 0 for none. */
  #used = new Float64Array();
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
  /** Random, so that nobody outside can choose pairs that take each other's slots. */
  readonly #seed = crypto.getRandomValues(new Int32Array(1))[0]!;

  constructor(ledger: MemoryLedger) {
    this.#ledger = ledger;
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
    if (this.#slots === 0) this.#resize(this.#most);
    const validity = Math.min(MOST_VALIDITY, Math.max(LEAST_VALIDITY, ttl * SECOND));
    const owner = this.#links.of(client);
    for (const address of addresses) {
      readAddress(address, this.#server);
      const isOwn = isIpv4(client) === isIpv4(this.#server);
      this.#setClient(owner);
      if (isOwn || this.#links.size > 0) this.#put(name, time, time + validity);
      if (isOwn) continue;
      this.#setClient(ANYBODY);
      this.#put(name, time, time + validity);
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
    this.#used[found] = Math.max(this.#used[found]!, since);
    return this.#names[found]!;
  }

  /** A connection of this pair is open: until `release` its names stay valid. False if there are none. */
  hold(client: Int32Array, server: Int32Array): boolean {
    const slot = this.#slotOf(client, server);
    if (slot === NONE) return false;
    this.#open[slot]!++;
    return true;
  }

  release(client: Int32Array, server: Int32Array): void {
    const slot = this.#slotOf(client, server);
    // The pair may have lost its slot, and got another.
    if (slot !== NONE && this.#open[slot]! > 0) this.#open[slot]!--;
  }

  /** Forgets all names. */
  clear(): void {
    this.#resize(0);
    this.#textBytes = 0;
    this.#links.clear();
    this.#charge();
  }

  #charge(): void {
    const bytes = this.#slots * SLOT_BYTES + this.#textBytes + this.#links.held;
    this.#ledger.charge(HOLDER_INDEX.names, bytes - this.#charged);
    this.#charged = bytes;
  }

  #resize(slots: number): void {
    this.#slots = slots;
    this.#tags = new Uint8Array(this.#slots);
    this.#keys = new Int32Array(this.#slots * WORDS);
    this.#open = new Int32Array(this.#slots);
    this.#names = new Array<null>(this.#slots * NAMES_EACH).fill(null);
    this.#learned = new Float64Array(this.#slots * NAMES_EACH);
    this.#until = new Float64Array(this.#slots * NAMES_EACH);
    this.#used = new Float64Array(this.#slots * NAMES_EACH);
  }

  /** The slot of a pair, or else of the address for all clients. */
  #slotOf(client: Int32Array, server: Int32Array): number {
    const own = this.#ownSlot(client, server);
    return own === NONE ? this.#slotFor(ANYBODY) : own;
  }

  /** The slot of a pair, also if it is under another address of the client. */
  #ownSlot(client: Int32Array, server: Int32Array): number {
    if (this.#slots === 0) return NONE;
    const owner = this.#links.of(client);
    copyAddress(server, this.#key, CLIENT_WORDS);
    const slot = this.#slotFor(owner);
    return slot === NONE && owner !== client ? this.#slotFor(client) : slot;
  }

  /** The slot of this client and #server. */
  #slotFor(client: Int32Array): number {
    if (this.#slots === 0) return NONE;
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
    for (let i = 0; i < WORDS; i++) {
      hash = Math.imul(hash ^ this.#key[i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    this.#tag = (hash >>> 24) | 1;
    return (hash & (this.#slots / WAYS - 1)) * WAYS;
  }

  #search(first: number): number {
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#tags[slot] === this.#tag && this.#matches(slot, WORDS)) return slot;
    }
    return NONE;
  }

  #isUsed(slot: number): boolean {
    return this.#tags[slot] !== 0;
  }

  /** Whether the first `words` words of a slot's key are those of the key. */
  #matches(slot: number, words: number): boolean {
    // From the end, as addresses of IPv4 differ in their last word only.
    for (let i = words - 1; i >= 0; i--) {
      if (this.#keys[slot * WORDS + i] !== this.#key[i]) return false;
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
      if (this.#names[at] === null) break;
      const learned = this.#learned[at]!;
      // It was asked for before.
      if (this.#used[at] === since) return at;
      if (learned > since) after = this.#older(after, at);
      else if (since <= this.#until[at]! || this.#open[slot]! > 0) {
        valid = this.#newer(valid, at);
        if (since - learned <= MOMENT && this.#used[at]! < learned) {
          unused = this.#older(unused, at);
        }
      } else if (since - learned <= MOST_VALIDITY) stale = this.#newer(stale, at);
    }
    return [unused, valid, stale, after].find((at) => at !== NONE) ?? NONE;
  }

  /** Which of two names was learned later; `a` may be NONE. */
  #newer(a: number, b: number): number {
    return a === NONE || this.#learned[b]! > this.#learned[a]! ? b : a;
  }

  #older(a: number, b: number): number {
    return a === NONE || this.#learned[b]! < this.#learned[a]! ? b : a;
  }

  /** Notes a name for the key. */
  #put(name: string, time: number, until: number): void {
    const first = this.#firstWay();
    let slot = this.#search(first);
    if (slot === NONE) {
      slot = this.#victim(first, time);
      this.#clear(slot, time);
      this.#keys.set(this.#key, slot * WORDS);
      this.#tags[slot] = this.#tag;
    }
    const at = this.#placeOf(slot, name);
    this.#textBytes += TEXT_BYTES + name.length - this.#bytesAt(at);
    if (this.#names[at] !== name) this.#used[at] = 0;
    this.#names[at] = name;
    this.#learned[at] = time;
    this.#until[at] = until;
  }

  /** Where a slot has a name, or has room for it: else in the place of the one answered longest ago. */
  #placeOf(slot: number, name: string): number {
    let oldest = slot * NAMES_EACH;
    for (let at = oldest; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#names[at] === null || this.#names[at] === name) return at;
      if (this.#learned[at]! < this.#learned[oldest]!) oldest = at;
    }
    return oldest;
  }

  #bytesAt(at: number): number {
    const name = this.#names[at]!;
    return name === null ? 0 : TEXT_BYTES + name.length;
  }

  /**
   * The slot to be taken: one that is free, else the oldest that is no longer valid; else one of the same
   * client, so that nobody drives out the others; else the one that was answered longest ago.
   */
  #victim(first: number, time: number): number {
    let invalid = NONE;
    let own = NONE;
    let oldest = NONE;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (!this.#isUsed(slot)) return slot;
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
    if (this.#open[slot]! > 0) return true;
    for (let at = slot * NAMES_EACH; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#names[at] === null) return false;
      if (time <= this.#until[at]!) return true;
    }
    return false;
  }

  #newest(slot: number): number {
    let newest = 0;
    for (let at = slot * NAMES_EACH; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#names[at] === null) break;
      if (this.#learned[at]! > newest) newest = this.#learned[at]!;
    }
    return newest;
  }

  #clear(slot: number, time: number): void {
    if (!this.#isUsed(slot)) return;
    if (this.#isValid(slot, time)) this.#ledger.countEvicted("names", "full");
    for (let at = slot * NAMES_EACH; at < (slot + 1) * NAMES_EACH; at++) {
      if (this.#names[at] === null) break;
      this.#textBytes -= this.#bytesAt(at);
      this.#names[at] = null;
    }
    this.#tags[slot] = 0;
    this.#open[slot] = 0;
  }
}

/** As `set` does, which takes longer for so few words. */
function copyAddress(from: Int32Array, into: Int32Array, at: number): void {
  for (let i = 0; i < CLIENT_WORDS; i++) into[at + i] = from[i]!;
}

/** A power of two of slots, for so many bytes of memory. */
const slotsIn = (bytes: number): number =>
  Math.min(MOST_PAIRS, 2 ** Math.max(2, Math.floor(Math.log2(bytes / SLOT_BYTES))));
