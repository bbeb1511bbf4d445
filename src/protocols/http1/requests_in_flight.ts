// How many requests a client sends before it has received their answers: 1, unless it pipelines.

import { sequenceDistance } from "../../bytes.ts";

/** A client that pipelines has its full number of requests in flight again and again: at least so often. */
const MIN_TIMES = 8;

/** Bytes of a request that is short, but not the shortest possible. */
const SHORT = 40;

export class RequestsInFlight {
  /** The most that were in flight at once; too many rather than too few. */
  most = 1;
  /** How often there were so many. */
  #times = 0;
  /** How often it has sent requests after it had received more, since there were so many for the first time. */
  #bursts = 0;
  /** After the last request was sent. */
  #now = 1;
  /** What the client had received when it sent the last request; null if that does not matter. */
  #received: number | null = null;
  /** Bytes of the shortest request. */
  #shortest = Infinity;

  /** Whether there are surely never more than `most`: it is what the client sends again and again. */
  get isSure(): boolean {
    return this.most === 1 || this.#times >= MIN_TIMES && 4 * this.#times >= this.#bursts;
  }

  /** A request of so many bytes was sent. */
  measured(bytes: number): void {
    this.#shortest = Math.min(this.#shortest, bytes);
  }

  /** How many requests `bytes` bytes are at most, if none is shorter than those seen. */
  mostIn(bytes: number): number {
    const shortest = this.most > 1 ? this.#shortest : Math.min(this.#shortest, SHORT);
    return bytes === 0 ? 0 : Math.max(1, Math.floor(bytes / shortest));
  }

  /** It was seen otherwise that so many were in flight at once. */
  atLeast(count: number): void {
    if (count <= this.most) return;
    this.most = count;
    this.#times = this.#bursts = 0;
  }

  /** All requests were answered: the next one says nothing about those before. */
  answered(): void {
    this.#received = null;
  }

  /** Begins anew. */
  reset(): void {
    this.most = this.#now = 1;
    this.#times = this.#bursts = 0;
    this.#received = null;
    this.#shortest = Infinity;
  }

  /**
   * A request was sent by a client that had received what is before `received`, while `unanswered` others
   * had no answer, and `lost` more may have had none. If it had not received all that was captured,
   * some of those with an answer may have been in flight too.
   */
  sent(received: number, unanswered: number, lost: number, hasReceivedAll: boolean): void {
    this.#note(received, 1 + (hasReceivedAll ? unanswered : this.#now), lost);
  }

  /**
   * The same if it is not known which requests were answered: those were surely in flight after which the
   * client has received nothing. `lost` others may have been sent since the last one. False if there
   * were more than ever before, or if it is too early to say that there never are.
   */
  sentAmongLost(received: number, lost: number): boolean {
    const isSame = this.#received !== null && sequenceDistance(received, this.#received) === 0;
    const { most } = this;
    this.#note(received, 1 + (isSame ? this.#now : 0), isSame || most > 1 ? lost : 0);
    if (this.most > most || most > 1) return this.most === most;
    return lost === 0 || lost === 1 && this.#times >= MIN_TIMES;
  }

  /** `lost` is only a guess: of a client that pipelines, such numbers tell too little. */
  #note(received: number, least: number, lost: number): void {
    const isKnown = lost === 0 || this.most === 1;
    const inFlight = least + lost;
    if (received !== this.#received) this.#bursts++;
    this.#received = received;
    this.#now = isKnown ? inFlight : Math.max(least, Math.min(this.most, inFlight));
    if (isKnown && inFlight === this.most) this.#times++;
    if (this.#now <= this.most) return;
    this.most = this.#now;
    this.#bursts = 0;
    this.#times = isKnown ? 1 : 0;
  }
}
