// Hosts on their way to another thread: numbers in one array that is handed over, not copied, and
// texts by number, each sent once. read_hosts.ts makes hosts of them again.

import {
  BUCKETS,
  type Distribution,
  type DurationSnapshot,
  SOURCES,
  TRANSPORTS,
} from "./snapshot.ts";

/** Hosts as they are sent. */
export interface PackedHosts {
  readonly count: number;
  /** Host after host: the fields of `At`, then their rows. */
  readonly values: Float64Array<ArrayBuffer>;
  /** Texts that were not sent before; their numbers go on from those that were. */
  readonly texts: readonly string[];
  /** Whether texts are numbered from 0 again. */
  readonly anew: boolean;
}

/** By "GET 200 1.1" or "1.3 h2": words with a blank between them. */
type Rows = ReadonlyMap<string, { readonly count: number }>;

interface CountedDurations {
  snapshot(): DurationSnapshot;
  distribution(): Distribution;
}

/** What a host has counted, as it is kept: nothing is copied to pack it. */
export interface CountedHost {
  readonly name: string;
  readonly hits: readonly number[];
  readonly errors: number;
  readonly requestBodyBytes: number;
  readonly responseBodyBytes: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly connections: readonly number[];
  readonly connectionsOpen: readonly number[];
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly requests: Rows;
  readonly handshakes: Rows;
  readonly quicHandshakes: Rows;
  readonly grpc: ReadonlyMap<string, number>;
  readonly addresses: ReadonlyMap<string, readonly number[]>;
  readonly phases: readonly (CountedDurations | null)[];
}

/** Where a host has what, and its rows behind that. */
export const At = {
  NAME: 0,
  ERRORS: 1,
  REQUEST_BODY_BYTES: 2,
  RESPONSE_BODY_BYTES: 3,
  BYTES_SENT: 4,
  BYTES_RECEIVED: 5,
  FIRST_SEEN: 6,
  LAST_SEEN: 7,
  HITS: 8,
  CONNECTIONS: 8 + SOURCES.length,
  CONNECTIONS_OPEN: 8 + SOURCES.length + TRANSPORTS.length,
  /** How many rows there are of each kind, in the order in which they follow. */
  ROW_COUNTS: 8 + SOURCES.length + 2 * TRANSPORTS.length,
  ROWS: 15 + SOURCES.length + 2 * TRANSPORTS.length,
} as const;

// Kinds of rows.
export const REQUESTS = 0;
export const HANDSHAKES = 1;
export const QUIC_HANDSHAKES = 2;
export const GRPC = 3;
export const ADDRESSES = 4;
export const TIMED = 5;
export const STEPS = 6;

/**
 * Values of a row of each kind: a text and its counts; of a phase which it is, and its figures, or
 * a duration and how often it was counted.
 */
export const ROW_SIZES = [2, 2, 2, 2, 1 + SOURCES.length, 6 + BUCKETS.length + 1, 3] as const;

/** Texts may be twice as many as were in use when numbering began, and these; then it begins anew. */
const SPARE_TEXTS = 2000;

const NO_VALUES = new Float64Array();
/** Values that there is room for at first. */
const MIN_VALUES = 1024;

/** Packs the hosts of one store, time after time. */
export class HostPacker {
  readonly #finely: boolean;
  #numbers = new Map<string, number>();
  #newTexts: string[] = [];
  /** How many texts were in use when numbering began. */
  #inUse = 0;
  /** Empty between two packings: each hands its values over. */
  #values = NO_VALUES;
  #length = 0;

  /** `finely`: with the distributions of durations. */
  constructor(finely = false) {
    this.#finely = finely;
  }

  /** `values.buffer` of the result is the receiver's. */
  pack(hosts: Iterable<CountedHost>): PackedHosts {
    const anew = this.#numbers.size === 0 || this.#numbers.size > 2 * this.#inUse + SPARE_TEXTS;
    if (anew) this.#numbers.clear();
    this.#newTexts = [];
    // As many as last time, and a few more: pages that are not written to take no memory.
    this.#values = new Float64Array(MIN_VALUES + Math.ceil(1.25 * this.#length));
    this.#length = 0;
    let count = 0;
    for (const host of hosts) {
      this.#host(host);
      count++;
    }
    if (anew) this.#inUse = this.#numbers.size;
    const values = this.#values.subarray(0, this.#length);
    this.#values = NO_VALUES;
    return { count, values, texts: this.#newTexts, anew };
  }

  #host(host: CountedHost): void {
    const begin = this.#length;
    const values = this.#room(At.ROWS);
    values[begin + At.NAME] = this.#number(host.name);
    values[begin + At.ERRORS] = host.errors;
    values[begin + At.REQUEST_BODY_BYTES] = host.requestBodyBytes;
    values[begin + At.RESPONSE_BODY_BYTES] = host.responseBodyBytes;
    values[begin + At.BYTES_SENT] = host.bytesSent;
    values[begin + At.BYTES_RECEIVED] = host.bytesReceived;
    values[begin + At.FIRST_SEEN] = host.firstSeen;
    values[begin + At.LAST_SEEN] = host.lastSeen;
    values.set(host.hits, begin + At.HITS);
    values.set(host.connections, begin + At.CONNECTIONS);
    values.set(host.connectionsOpen, begin + At.CONNECTIONS_OPEN);
    const counts = begin + At.ROW_COUNTS;
    values[counts + REQUESTS] = host.requests.size;
    values[counts + HANDSHAKES] = host.handshakes.size;
    values[counts + QUIC_HANDSHAKES] = host.quicHandshakes.size;
    values[counts + GRPC] = host.grpc.size;
    values[counts + ADDRESSES] = host.addresses.size;
    this.#length = begin + At.ROWS;
    for (const [key, { count }] of host.requests) this.#row(key, count);
    for (const [key, { count }] of host.handshakes) this.#row(key, count);
    for (const [key, { count }] of host.quicHandshakes) this.#row(key, count);
    for (const [key, count] of host.grpc) this.#row(key, count);
    for (const [ip, hits] of host.addresses) this.#address(ip, hits);
    const timed = this.#phases(host);
    this.#values[counts + TIMED] = timed;
    const steps = this.#finely ? this.#steps(host) : 0;
    this.#values[counts + STEPS] = steps;
  }

  #row(key: string, count: number): void {
    const values = this.#room(ROW_SIZES[REQUESTS]);
    values[this.#length++] = this.#number(key);
    values[this.#length++] = count;
  }

  #address(ip: string, hits: readonly number[]): void {
    const values = this.#room(ROW_SIZES[ADDRESSES]);
    values[this.#length] = this.#number(ip);
    values.set(hits, this.#length + 1);
    this.#length += ROW_SIZES[ADDRESSES];
  }

  /** Returns how many of the phases were timed. */
  #phases({ phases }: CountedHost): number {
    let timed = 0;
    for (let i = 0; i < phases.length; i++) {
      const durations = phases[i]?.snapshot();
      if (durations === undefined) continue;
      const values = this.#room(ROW_SIZES[TIMED]);
      values[this.#length++] = i;
      values[this.#length++] = durations.count;
      values[this.#length++] = durations.sum;
      values[this.#length++] = durations.p50;
      values[this.#length++] = durations.p95;
      values[this.#length++] = durations.p99;
      values.set(durations.counts, this.#length);
      this.#length += BUCKETS.length + 1;
      timed++;
    }
    return timed;
  }

  /** Returns how many there are. */
  #steps({ phases }: CountedHost): number {
    const begin = this.#length;
    for (let i = 0; i < phases.length; i++) {
      for (const { seconds, count } of phases[i]?.distribution() ?? []) {
        const values = this.#room(ROW_SIZES[STEPS]);
        values[this.#length++] = i;
        values[this.#length++] = seconds;
        values[this.#length++] = count;
      }
    }
    return (this.#length - begin) / ROW_SIZES[STEPS];
  }

  /** The values, with room for so many more. */
  #room(more: number): Float64Array {
    if (this.#length + more > this.#values.length) {
      const larger = new Float64Array(2 * (this.#length + more));
      larger.set(this.#values);
      this.#values = larger;
    }
    return this.#values;
  }

  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    this.#newTexts.push(text);
    return number;
  }
}
