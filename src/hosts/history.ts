// What is remembered of a host beyond its counters, while someone may look at it: its newest
// transactions, its bytes and the status of its responses second by second, and its clients.

import type { HttpExchange } from "../protocols/transactions.ts";
import { RecentTransactions, type TransactionLine } from "./recent_transactions.ts";
import type { RouteCount } from "./route_table.ts";
import type { Distribution } from "./snapshot.ts";

/** Seconds of traffic kept of a host. */
export const HISTORY_SECONDS = 300;

/** Everything that is remembered of one host: plain data that crosses threads. */
export interface Inspection {
  readonly host: string;
  /** The newest last. */
  readonly transactions: readonly TransactionLine[];
  /** The newest second, since 1970. */
  readonly until: number;
  /** Bytes in each of the last HISTORY_SECONDS seconds, the newest last. */
  readonly sent: Float64Array;
  readonly received: Float64Array;
  /** Of the classes of status that were seen. */
  readonly responses: readonly ResponseHistory[];
  readonly routes: readonly RouteCount[];
  readonly clients: readonly ClientCount[];
  /** Indexed as PHASES; null if nothing was timed. */
  readonly distributions: readonly (Distribution | null)[];
}

export interface ResponseHistory {
  /** "2xx", or "no answer". */
  readonly status: string;
  /** Responses in each of the last HISTORY_SECONDS seconds, the newest last. */
  readonly seconds: Float64Array;
}

export interface ClientCount {
  /** Address, or "other" for all past the first MAX_CLIENTS. */
  readonly ip: string;
  /** Connections on which the host was asked for. */
  readonly count: number;
}

/** Clients kept one by one of a host. */
export const MAX_CLIENTS = 32;

/** Bytes of memory that a number for each second takes, and a client. */
const RING_BYTES = HISTORY_SECONDS * 8 + 200;
const CLIENT_BYTES = 100;

export class History {
  readonly transactions = new RecentTransactions();
  readonly #clients = new Map<string, number>();
  /** By the first digit of the status, 0 without an answer. */
  readonly #responses: (SecondRing | undefined)[] = [];
  readonly #sent = new SecondRing();
  readonly #received = new SecondRing();
  /** The host's counters when they were last looked at. */
  #sentBefore = 0;
  #receivedBefore = 0;

  /** Bytes of memory, as an estimate. */
  get held(): number {
    const rings = 2 + this.#responses.filter((ring) => ring !== undefined).length;
    return this.transactions.held + rings * RING_BYTES + this.#clients.size * CLIENT_BYTES;
  }

  /** Records the counters at the end of a second (since 1970). */
  note(second: number, sent: number, received: number): void {
    // Most hosts have no traffic in a second: seconds that are not noted are 0.
    if (sent === this.#sentBefore && received === this.#receivedBefore) return;
    this.#sent.add(second, grown(this.#sentBefore, sent));
    this.#received.add(second, grown(this.#receivedBefore, received));
    this.#sentBefore = sent;
    this.#receivedBefore = received;
  }

  /** A request was answered, or given up. */
  http(exchange: HttpExchange): void {
    const { status, requestTime, responseTime } = exchange;
    this.transactions.http(exchange);
    const second = Math.floor((responseTime || requestTime) / 1e6);
    (this.#responses[Math.floor(status / 100)] ??= new SecondRing()).add(second, 1);
  }

  client(ip: string): void {
    const isKnown = this.#clients.has(ip) || this.#clients.size < MAX_CLIENTS;
    const key = isKnown ? ip : "other";
    this.#clients.set(key, (this.#clients.get(key) ?? 0) + 1);
  }

  get clients(): ClientCount[] {
    return Array.from(this.#clients, ([ip, count]) => ({ ip, count }));
  }

  responses(until: number): ResponseHistory[] {
    return this.#responses.flatMap((ring, digit) =>
      ring === undefined ? [] : {
        status: digit === 0 ? "no answer" : `${digit}xx`,
        seconds: ring.until(until),
      }
    );
  }

  sent(until: number): Float64Array {
    return this.#sent.until(until);
  }

  received(until: number): Float64Array {
    return this.#received.until(until);
  }
}

/** A counter that went back was reset meanwhile. */
const grown = (before: number, now: number): number => now < before ? now : now - before;

/** A number for each of the last HISTORY_SECONDS seconds. */
class SecondRing {
  readonly #values = new Float64Array(HISTORY_SECONDS);
  #newest = 0;

  add(second: number, value: number): void {
    if (second <= this.#newest - HISTORY_SECONDS) this.#restart(second);
    const skipped = Math.min(second - this.#newest, HISTORY_SECONDS);
    for (let i = 0; i < skipped; i++) this.#values[(second - i) % HISTORY_SECONDS] = 0;
    this.#newest = Math.max(this.#newest, second);
    if (second > this.#newest - HISTORY_SECONDS) this.#values[second % HISTORY_SECONDS]! += value;
  }

  /** The clock was set back. */
  #restart(second: number): void {
    this.#values.fill(0);
    this.#newest = second;
  }

  /** The seconds up to `second`, the newest last. */
  until(second: number): Float64Array {
    if (second > this.#newest || second <= this.#newest - HISTORY_SECONDS) this.add(second, 0);
    const begin = this.#newest + 1;
    return Float64Array.from(
      { length: HISTORY_SECONDS },
      (_, i) => this.#values[(begin + i) % HISTORY_SECONDS]!,
    );
  }
}
