// Keeps the history of every host, for the pages of the terminal. Bytes are not added packet by
// packet, but once a second of packet time, as the differences of the hosts' counters.

import type { HttpExchange } from "../protocols/transactions.ts";
import { History, HISTORY_SECONDS, type Inspection } from "./history.ts";
import type { Host } from "./host.ts";
import type { Hosts } from "./hosts.ts";
import type { RecentTransactions } from "./recent_transactions.ts";
import { addBytes, type Traffic } from "./traffic.ts";

/** So often in a row the time has to be far back, before the clock counts as set back. */
const MOST_LOOKS_BACK = 100;

export class Watch {
  readonly #hosts: Hosts;
  /** Weak: the history of a host that was folded goes with it. */
  readonly #histories = new WeakMap<Host, History>();
  /** The second that is under way; 0 before the first packet. */
  #second = 0;
  /** How often in a row the time was far before that second. */
  #looksBack = 0;
  #traffic: Traffic | null = null;

  constructor(hosts: Hosts) {
    this.#hosts = hosts;
  }

  /** Takes the transactions of a host that are not HTTP. */
  transactions(host: Host): RecentTransactions {
    return this.#history(host).transactions;
  }

  /** A request to a host was answered, or given up. */
  http(host: Host, exchange: HttpExchange): void {
    this.#history(host).http(exchange);
  }

  /** A connection asked for a host that it had not asked for before. */
  client(host: Host, ip: string): void {
    this.#history(host).client(ip);
  }

  /**
   * How many packets from `from` on, of `count` with these times, belong to the second of the
   * first.
   */
  sameSecond(times: Float64Array, from: number, count: number): number {
    const next = (Math.floor(times[from]! / 1e6) + 1) * 1e6;
    let to = from + 1;
    while (to < count && times[to]! < next) to++;
    return to - from;
  }

  /**
   * Sets the time (microseconds since 1970); to be called before packets of that time are counted.
   */
  advance(time: number): void {
    const second = Math.floor(time / 1e6);
    const isBack = second < this.#second - HISTORY_SECONDS;
    this.#looksBack = isBack ? this.#looksBack + 1 : 0;
    if (second <= this.#second && this.#looksBack < MOST_LOOKS_BACK) return;
    if (this.#second > 0) this.#note();
    this.#second = second;
    this.#looksBack = 0;
  }

  /** Bytes of the whole capture over time. */
  get traffic(): Traffic | null {
    return this.#traffic;
  }

  /** Adds the bytes of packets that came in the second of `time`. */
  addBytes(time: number, bytes: number): void {
    this.#traffic = addBytes(this.#traffic, time, bytes);
  }

  resetTraffic(): void {
    this.#traffic = null;
  }

  /** Whatever was counted since the last note belongs to the second that is under way. */
  #note(): void {
    for (const host of this.#hosts) this.#noteHost(host);
  }

  #noteHost(host: Host): void {
    const known = this.#histories.get(host);
    if (known === undefined && host.bytesSent === 0 && host.bytesReceived === 0) return;
    this.#history(host).note(this.#second, host.bytesSent, host.bytesReceived);
  }

  /** Bytes of memory that a host's history takes, as an estimate. */
  heldBy(host: Host): number {
    return this.#histories.get(host)?.held ?? 0;
  }

  /** Null if there is no such host. */
  inspect(name: string): Inspection | null {
    const host = this.#hosts.find(name);
    if (host === null) return null;
    this.#noteHost(host);
    const history = this.#histories.get(host);
    return {
      host: name,
      transactions: history?.transactions.lines() ?? [],
      until: this.#second,
      sent: history?.sent(this.#second) ?? new Float64Array(HISTORY_SECONDS),
      received: history?.received(this.#second) ?? new Float64Array(HISTORY_SECONDS),
      responses: history?.responses(this.#second) ?? [],
      routes: host.routes?.counts() ?? [],
      clients: history?.clients ?? [],
      distributions: host.distributions(),
    };
  }

  #history(host: Host): History {
    let history = this.#histories.get(host);
    if (history === undefined) this.#histories.set(host, history = new History());
    return history;
  }
}
