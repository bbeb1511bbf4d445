// What a server's acknowledgements tell of requests that were not captured: if it had received more than the
// requests that are known when it sent a response, there were others in flight with those.

import { sequenceDistance } from "../../bytes.ts";
import { CLIENT, type Conversation } from "../analyser.ts";
import { MIN_MESSAGE, type SeenResponse } from "./seen_messages.ts";

/** Whether a response tells that the server had received more of the client's bytes than was captured. */
export const isToldOfMore = (on: Conversation, { acknowledged }: SeenResponse): boolean =>
  acknowledged !== null && sequenceDistance(acknowledged, on.sequence(CLIENT)) > 0;

export class UnseenRequests {
  /** Up to here the server had received the client's bytes; null if all of them were captured. */
  #end: number | null = null;
  #inFlight = 0;

  get areNone(): boolean {
    return this.#end === null;
  }

  forget(): void {
    this.#end = null;
  }

  /** Takes such a response, before which `unanswered` requests of those that were captured had none. */
  note({ acknowledged }: SeenResponse, unanswered: number): void {
    if (unanswered <= 0) return;
    this.#end = acknowledged;
    this.#inFlight = unanswered + 1;
  }

  /**
   * How many requests were in flight at once, if the next one that was captured begins at `start`; 0 if it is
   * not known. Hand-made captures may acknowledge more than was ever sent.
   */
  inFlightBefore(start: number): number {
    const isSure = this.#end !== null && sequenceDistance(start, this.#end) >= 0;
    return isSure ? this.#inFlight : 0;
  }
}

/**
 * Whether a request was lost between `from` and `start` that the server had not received when it sent the last
 * response, with which it had received what is before `acknowledged`.
 */
export const isLostBehind = (acknowledged: number | null, from: number, start: number): boolean =>
  acknowledged !== null && sequenceDistance(acknowledged, from) > 0 &&
  sequenceDistance(start, acknowledged) >= MIN_MESSAGE;
