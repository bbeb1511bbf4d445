// What waits to be sent to a server: a bounded queue, sent in order, one after the other. A server that
// does not answer is asked again, later and later. Whoever adds to the queue never waits.

import type { PushCounts } from "../outputs/push_families.ts";
import { asLongAs, type TimeLeft } from "./time_left.ts";

/** What is sent at once. */
export interface Parcel {
  readonly body: Uint8Array;
  /** Samples in it. */
  readonly samples: number;
}

export type Outcome =
  /** `refused`: samples of it that the server did not take. */
  | { readonly kind: "taken"; readonly refused: number; readonly reason?: string }
  /** The server may take it later; `after`: in so many milliseconds, if it said so. */
  | { readonly kind: "later"; readonly reason: string; readonly after: number | null }
  /** It will never take it. */
  | { readonly kind: "refused"; readonly reason: string };

/** Sends a parcel; never rejected. */
export type Send = (parcel: Parcel) => Promise<Outcome>;

/** Bytes that wait at most: the oldest go first, as newer samples say more. */
const MAX_WAITING = 32 << 20;
/** Milliseconds until the first retry; each further one waits twice as long, up to LONGEST. */
const FIRST_RETRY = 500;
const LONGEST_RETRY = 30_000;
/** Milliseconds between two messages of the same kind. */
const QUIET = 60_000;

export class Delivery implements PushCounts {
  readonly to: string;
  sent = 0;
  retries = 0;
  waiting = 0;
  readonly dropped = { full: 0, refused: 0, ended: 0 };
  readonly #send: Send;
  readonly #warn: (message: string) => void;
  readonly #queue: Parcel[] = [];
  /** The loop that sends; null while nothing waits. */
  #sending: Promise<void> | null = null;
  #isFailing = false;
  #isEnding = false;
  #warnedAt = -QUIET;
  /** Ends a pause between two tries. */
  #wake = () => {};

  /** `to`: the value of the label; `warn` hears when a server fails, and when it is back. */
  constructor(to: string, send: Send, warn: (message: string) => void) {
    this.to = to;
    this.#send = send;
    this.#warn = warn;
  }

  add(parcel: Parcel): void {
    this.#queue.push(parcel);
    this.waiting += parcel.body.length;
    // The first may be on its way.
    while (this.waiting > MAX_WAITING && this.#queue.length > 2) {
      this.#drop(this.#queue.splice(1, 1)[0]!, "full");
    }
    this.#sending ??= this.#sendAll();
  }

  /** Sends what waits, as long as there is time; the rest is dropped. */
  async finish(left: TimeLeft): Promise<void> {
    this.#wake();
    await asLongAs(left, () => this.#sending);
    this.#isEnding = true;
    this.#wake();
    for (const parcel of this.#queue.splice(0)) this.#drop(parcel, "ended");
  }

  async #sendAll(): Promise<void> {
    let pause = FIRST_RETRY;
    for (let parcel; !this.#isEnding && (parcel = this.#queue[0]) !== undefined;) {
      const outcome = await this.#send(parcel);
      if (this.#isEnding) return;
      if (outcome.kind === "later") {
        this.retries++;
        this.#complain(outcome.reason, "tried again");
        await this.#pause(outcome.after ?? pause * (1 - Math.random() / 4));
        pause = Math.min(2 * pause, LONGEST_RETRY);
        continue;
      }
      pause = FIRST_RETRY;
      this.#settle(parcel, outcome);
    }
    this.#sending = null;
  }

  #settle(parcel: Parcel, outcome: Exclude<Outcome, { kind: "later" }>): void {
    if (this.#queue[0] === parcel) this.#queue.shift();
    if (outcome.kind === "refused") {
      this.#complain(outcome.reason, "dropped");
      return this.#drop(parcel, "refused");
    }
    this.waiting -= parcel.body.length;
    this.sent += parcel.samples - outcome.refused;
    this.dropped.refused += outcome.refused;
    if (outcome.refused > 0) return this.#complain(outcome.reason ?? "", "dropped in part");
    if (this.#isFailing) this.#warn(`${this.to}: the server takes metrics again`);
    this.#isFailing = false;
  }

  #drop(parcel: Parcel, reason: keyof Delivery["dropped"]): void {
    this.waiting -= parcel.body.length;
    this.dropped[reason] += parcel.samples;
  }

  /** Once until it works again, and not more often than QUIET. */
  #complain(reason: string, what: string): void {
    if (this.#isFailing && performance.now() - this.#warnedAt < QUIET) return;
    this.#isFailing = true;
    this.#warnedAt = performance.now();
    this.#warn(`${this.to}: metrics are not taken (${reason}); they are ${what}`);
  }

  async #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(milliseconds, LONGEST_RETRY));
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}
