// Which IPv4 address a client has whose IPv6 address is known, as far as its questions to DNS tell. Clients
// ask over one family and connect over both: who connects to an address that only one client, of the other
// family, has just been told, is likely that client.

import { addressText, isIpv4 } from "../address.ts";
import type { MemoryLedger } from "../memory_ledger.ts";

/** IPv6 addresses; beyond it the one that was noted first goes. */
export const MOST_LINKS = 4096;
/** Bytes of memory that one takes. */
const LINK_BYTES = 200;
/** So many times more often it has to be likely than not. */
const ENOUGH = 2;
/** It is not counted further, so that another address of the client can take its place. */
const MOST_VOTES = 8;

/** Answers that are remembered, the last ones: more come seldom within the moment. */
const MOST_ANSWERS = 256;
/** Who has waited for an answer connects within this time, microseconds. */
const MOMENT = 500_000;

interface Link {
  readonly ipv4: Int32Array;
  /** How often it was likely, less how often another one was. */
  votes: number;
}

export class ClientLinks {
  /** By IPv6 address. */
  readonly #links = new Map<string, Link>();
  /** Of each answer: the client, and an address of the other family. */
  readonly #clients = new Int32Array(4 * MOST_ANSWERS);
  readonly #servers = new Int32Array(4 * MOST_ANSWERS);
  /** Packet time, microseconds since 1970. */
  readonly #times = new Float64Array(MOST_ANSWERS);
  #next = 0;
  readonly #ledger: MemoryLedger;

  constructor(ledger: MemoryLedger) {
    this.#ledger = ledger;
  }

  /** IPv6 addresses of which something is known. */
  get size(): number {
    return this.#links.size;
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return this.#links.size * LINK_BYTES;
  }

  /** The IPv4 address of the same client, if that is known; else the address that is given. */
  of(client: Int32Array): Int32Array {
    if (this.#links.size === 0 || isIpv4(client)) return client;
    const link = this.#links.get(addressText(client));
    return link !== undefined && link.votes >= ENOUGH ? link.ipv4 : client;
  }

  /** `client` was told the address of `server`, which is of the other family. */
  told(client: Int32Array, server: Int32Array, time: number): void {
    this.#clients.set(client, 4 * this.#next);
    this.#servers.set(server, 4 * this.#next);
    this.#times[this.#next] = time;
    this.#next = (this.#next + 1) % MOST_ANSWERS;
  }

  /** `client` has connected with `server` at `since`, and was not told its address. */
  connected(client: Int32Array, server: Int32Array, since: number): void {
    let only = -1;
    for (let i = 0; i < MOST_ANSWERS; i++) {
      const delay = since - this.#times[i]!;
      if (delay < 0 || delay > MOMENT || !isAt(this.#servers, i, server)) continue;
      const teller = this.#clients.subarray(4 * i, 4 * i + 4);
      if (only >= 0 && !isAt(this.#clients, only, teller)) return;
      only = i;
    }
    if (only >= 0) this.#vote(client, this.#clients.slice(4 * only, 4 * only + 4));
  }

  #vote(one: Int32Array, other: Int32Array): void {
    const [ipv4, ipv6] = isIpv4(one) ? [one, other] : [other, one];
    const key = addressText(ipv6);
    const link = this.#links.get(key);
    if (link === undefined || link.votes === 0) this.#add(key, ipv4);
    else if (isAt(link.ipv4, 0, ipv4)) link.votes = Math.min(link.votes + 1, MOST_VOTES);
    else link.votes--;
  }

  #add(key: string, ipv4: Int32Array): void {
    this.#links.set(key, { ipv4: ipv4.slice(), votes: 1 });
    if (this.#links.size <= MOST_LINKS) return;
    const [oldest] = this.#links.keys();
    this.#links.delete(oldest!);
    this.#ledger.countEvicted("names", "full");
  }

  clear(): void {
    this.#links.clear();
    this.#times.fill(0);
  }
}

/** Whether the address at index `i` of `words` is this one. */
function isAt(words: Int32Array, i: number, address: Int32Array): boolean {
  const at = 4 * i;
  return words[at + 3] === address[3] && words[at + 2] === address[2] &&
    words[at + 1] === address[1] && words[at] === address[0];
}
