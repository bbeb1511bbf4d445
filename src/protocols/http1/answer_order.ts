// Which request the first of some responses answers. Without loss they come in the same order. If
// bytes were lost, it is not known how many messages were in them; sequence and acknowledgement
// numbers give bounds for it.

import { sequenceDistance } from "../../bytes.ts";
import type { PendingRequest, SeenResponse } from "./seen_messages.ts";
import type { ShortQueue } from "./short_queue.ts";

/**
 * The offset is the index, among the pending requests, of the one that the first response answers. It is
 * negative if that request is not among them: then the responses before index -offset are nobody's.
 */
export class AnswerOrder {
  /** Bounds of the offset. If they are the same, it is known. */
  lowest = 0;
  highest = 0;
  /** The same as `highest`, from responses that may answer requests that are captured later. */
  #unsure = 0;
  /** Sequence number of client's bytes that were lost; what acknowledges later ones is no invention. */
  lostFrom: number | null = null;
  /** `lowest` is at least this, less the requests that may be unanswered at the same time. */
  #sent = -Infinity;

  /** The highest offset for all that is known; Infinity if nothing is. */
  get likely(): number {
    return this.highest < Infinity ? this.highest : this.#unsure;
  }

  get isKnown(): boolean {
    return this.lowest === this.highest;
  }

  /** Whether nothing is left to be done for what is not pending. */
  get isPlain(): boolean {
    return this.lowest === 0 && this.highest === 0;
  }

  fix(offset: number): void {
    this.forget(offset, offset);
  }

  /** Forgets what is known but these bounds. */
  forget(lowest: number, highest: number): void {
    this.lowest = lowest;
    this.highest = this.#unsure = highest;
    this.#sent = -Infinity;
  }

  /** The first response was taken away (1), or the first request (-1). */
  shift(by: 1 | -1): void {
    this.lowest += by;
    this.highest += by;
    this.#unsure += by;
    this.#sent += by;
  }

  /**
   * Takes what response number `index` shows; `clientEnd` is the sequence number up to which the
   * client's bytes are known. False if it answers none of the requests that the offset allows.
   *
   * - Before the response begins, the client cannot have received it: no request is answered that was
   *   sent later. So it answers at most request number b, if b requests were sent before that.
   * - What the server had not received it does not answer.
   * - If a requests were sent by a client that had received no more than the bytes before this response, and
   *   if w of them may be unanswered at the same time, at least a - w were answered.
   */
  bound(
    pending: ShortQueue<PendingRequest>,
    response: SeenResponse,
    index: number,
    clientEnd: number,
  ): boolean {
    const { startSequence, acknowledged } = response;
    let before = 0;
    let until = 0;
    let arrived = 0;
    for (let i = 0; i < pending.length; i++) {
      const { received, start } = pending.at(i)!;
      const ahead = received === null ? -1 : sequenceDistance(received, startSequence);
      if (ahead < 0) before++;
      if (ahead <= 0) until++;
      if (acknowledged === null || sequenceDistance(start, acknowledged) < 0) arrived++;
    }
    const isBelieved = arrived > 0 || this.#isBeyondLoss(acknowledged);
    const highest = Math.min(until, before + 1, isBelieved ? arrived : Infinity) - 1 - index;
    const isSure = acknowledged === null || sequenceDistance(clientEnd, acknowledged) >= 0;
    if (isSure && highest < this.lowest) return false;
    if (isSure) this.highest = Math.min(this.highest, highest);
    else this.#unsure = Math.min(this.#unsure, highest);
    if (until > 0) this.#sent = Math.max(this.#sent, until - index);
    return true;
  }

  /** Hand-made captures have any acknowledgement numbers: one that excludes all requests says nothing. */
  #isBeyondLoss(acknowledged: number | null): boolean {
    return acknowledged !== null && this.lostFrom !== null &&
      sequenceDistance(acknowledged, this.lostFrom) > 0;
  }

  /**
   * The least offset if `inFlight` requests may be unanswered at the same time. More than
   * `highest` if there were more at some time.
   */
  least(inFlight: number): number {
    return Math.max(this.lowest, this.#sent - inFlight);
  }
}
