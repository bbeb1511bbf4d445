// Which answer belongs to which request of an HTTP/1 connection: they come in the same order (RFC 9112
// section 9.3), and where some were not captured, acknowledgements tell what a client had received.

import { sequenceDistance } from "../../bytes.ts";
import type { Conversation } from "../analyser.ts";
import type { HttpExchange } from "../transactions.ts";

/** Requests without answer that a connection remembers. */
const MAX_WAITING = 256;
/** Answers that were captured before their request. */
const MAX_EARLY = 8;

/** A request, and what is needed to find its answer. */
export interface Request {
  readonly exchange: HttpExchange;
  /** What the client had received when it sent this: a sequence number of the server's side. */
  readonly received: number | null;
  bodyDone: boolean;
}

export interface Response {
  readonly status: number;
  readonly startSequence: number;
  readonly startTime: number;
  endTime: number;
  bodyBytes: number;
  contentType: string | null;
  /** The value of Upgrade. */
  upgrade: string;
}

export class Exchanges {
  /** The response that is being read. */
  response: Response | null = null;
  /** The request that `response` answers, the first that waits; null where none was seen. */
  answered: Request | null = null;
  /** Requests sent, in order, that wait for their answer. */
  readonly #waiting: Request[] = [];
  readonly #early: Response[] = [];
  readonly #bodyBytes: (on: Conversation) => number;

  /** `bodyBytes` tells how much there is so far of the body that the client is sending. */
  constructor(bodyBytes: (on: Conversation) => number) {
    this.#bodyBytes = bodyBytes;
  }

  /** The request that was sent last, as long as it waits. */
  get last(): Request | undefined {
    return this.#waiting.at(-1);
  }

  get areAllAnswered(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether nothing is remembered. */
  get isIdle(): boolean {
    return this.response === null && this.#waiting.length === 0 && this.#early.length === 0;
  }

  /** A request's head is complete. */
  ask(on: Conversation, exchange: HttpExchange, received: number | null): Request {
    const request = { exchange, received, bodyDone: false };
    if (this.#waiting.length >= MAX_WAITING) this.#dropOldest(on);
    this.#waiting.push(request);
    return request;
  }

  #dropOldest(on: Conversation): void {
    const oldest = this.#waiting.shift()!;
    if (oldest === this.answered) this.answered = null;
    this.#report(on, oldest);
  }

  /** A response begins. */
  answer(on: Conversation, response: Response): void {
    this.response = response;
    this.answered = this.#findAnswered(on, response.startSequence);
  }

  /**
   * Which request a response answers that begins at `start`. Without loss it is the oldest. A
   * request that the client followed up with another, after more had come from the server than
   * before, was answered by what came in between: if `start` is beyond that, its answer was lost.
   * And a response from before a request was sent answers one that was not seen.
   */
  #findAnswered(on: Conversation, start: number): Request | null {
    while (this.#waiting.length > 1) {
      const first = this.#waiting[0]!.received;
      const second = this.#waiting[1]!.received;
      if (first === null || second === null) break;
      if (sequenceDistance(second, first) <= 0 || sequenceDistance(start, second) < 0) break;
      this.#report(on, this.#waiting.shift()!);
    }
    const request = this.#waiting[0];
    if (request === undefined || isBefore(start, request.received)) return null;
    return request;
  }

  /** 100 and 103 announce the answer, they are not it (RFC 9110 section 15.2). */
  forgetInterim(): void {
    this.response = null;
    this.answered = null;
  }

  /** The response is complete, or all that there will be of it. Returns the request that it answered. */
  done(on: Conversation, bytes: number): Request | null {
    const { response, answered } = this;
    this.forgetInterim();
    if (response === null) return null;
    response.endTime = on.time;
    response.bodyBytes = bytes;
    if (answered !== null) {
      this.#waiting.shift();
      this.#reportAnswered(on, answered, response);
    } else if (this.#early.length < MAX_EARLY) this.#early.push(response);
    return answered;
  }

  /**
   * Captures may show an answer before its request: what came after the client's last word fits.
   * Returns the answer where it was complete.
   */
  matchEarly(on: Conversation, request: Request): Response | null {
    while (this.#early.length > 0) {
      const response = this.#early.shift()!;
      if (!isAnswer(response, request) || this.#waiting[0] !== request) continue;
      this.#waiting.shift();
      this.#reportAnswered(on, request, response);
      return response;
    }
    if (this.response !== null && this.answered === null && this.#waiting.length === 1) {
      if (isAnswer(this.response, request)) this.answered = request;
    }
    return null;
  }

  /** Reports what was never answered. */
  end(on: Conversation): void {
    for (const request of this.#waiting) this.#report(on, request);
    this.#waiting.length = 0;
  }

  #reportAnswered(on: Conversation, request: Request, response: Response): void {
    const { exchange } = request;
    exchange.status = response.status;
    exchange.responseBytes = response.bodyBytes;
    exchange.responseTime = response.startTime;
    exchange.responseEnd = response.endTime;
    exchange.contentType = response.contentType;
    this.#report(on, request);
  }

  #report(on: Conversation, request: Request): void {
    if (!request.bodyDone) request.exchange.requestBytes = this.#bodyBytes(on);
    on.sink.http(on, request.exchange);
  }
}

const isBefore = (sequence: number, received: number | null): boolean =>
  received !== null && sequenceDistance(sequence, received) < 0;

const isAnswer = (response: Response, request: Request): boolean =>
  request.received !== null && sequenceDistance(response.startSequence, request.received) >= 0;
