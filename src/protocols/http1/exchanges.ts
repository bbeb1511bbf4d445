// Which response of an HTTP/1 connection belongs to which request: they come in the same order (RFC
// 9112 section 9.3). If some were not captured, acknowledgements show what the client had received.

import { sequenceDistance } from "../../bytes.ts";
import type { Conversation, Sink } from "../analyser.ts";
import { text } from "../name.ts";
import type { HttpExchange } from "../transactions.ts";
import { Field } from "./syntax.ts";

/** Requests without response that a connection remembers; beyond it the oldest is reported as it is. */
const MAX_PENDING = 256;
/** Responses that were captured before their request; beyond it they are dropped. */
const MAX_EARLY = 8;

/** Bytes of memory that a request takes beside its texts, and that an early response does. */
const REQUEST_BYTES = 260;
const RESPONSE_BYTES = 200;

export interface PendingRequest {
  readonly exchange: HttpExchange;
  /** What the client had received when it sent this, as a sequence number of the server's side. */
  readonly received: number | null;
  bodyDone: boolean;
}

export interface SeenResponse {
  readonly status: number;
  readonly startSequence: number;
  readonly startTime: number;
  endTime: number;
  bodyBytes: number;
  contentType: string | null;
  /** The value of Upgrade, lower case. */
  upgrade: string;
}

export class Exchanges {
  /** The response that is being read. */
  response: SeenResponse | null = null;
  /** The request that `response` answers, always the first pending one; null if it was not captured. */
  answered: PendingRequest | null = null;
  /** In the order in which they were sent. */
  readonly #pending: PendingRequest[] = [];
  readonly #early: SeenResponse[] = [];
  /** Bytes of memory that the pending requests take. */
  #pendingBytes = 0;
  readonly #requestBody: (on: Conversation) => number;

  /** `requestBody` returns how many bytes have come of the body that the client is sending. */
  constructor(requestBody: (on: Conversation) => number) {
    this.#requestBody = requestBody;
  }

  /** The request that was sent last, if it is pending. */
  get last(): PendingRequest | undefined {
    return this.#pending.at(-1);
  }

  get areAllAnswered(): boolean {
    return this.#pending.length === 0;
  }

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return this.#pendingBytes + this.#early.length * RESPONSE_BYTES;
  }

  /** Whether nothing is remembered. */
  get isIdle(): boolean {
    return this.response === null && this.#pending.length === 0 && this.#early.length === 0;
  }

  /** A request's head is complete. */
  addRequest(on: Conversation, exchange: HttpExchange, received: number | null): PendingRequest {
    const request = { exchange, received, bodyDone: false };
    if (this.#pending.length >= MAX_PENDING) this.#dropOldest(on);
    this.#pending.push(request);
    this.#pendingBytes += REQUEST_BYTES + textLength(exchange);
    return request;
  }

  #dropOldest(on: Conversation): void {
    const oldest = this.#shift();
    on.sink.evicted("http1");
    if (oldest === this.answered) this.answered = null;
    this.#report(on, oldest);
  }

  /** A response's status line was read; its first byte has this sequence number and time. */
  beginResponse(on: Conversation, status: number, startSequence: number, startTime: number): void {
    this.response = {
      status,
      startSequence,
      startTime,
      endTime: 0,
      bodyBytes: 0,
      contentType: null,
      upgrade: "",
    };
    this.answered = this.#findAnswered(on, startSequence);
  }

  /** Takes the value of a header field of the response, `bytes[at..end)`. */
  responseField(sink: Sink, field: Field, bytes: Uint8Array, at: number, end: number): void {
    const response = this.response!;
    if (field === Field.UPGRADE) response.upgrade = text(bytes, at, end).toLowerCase();
    if (field === Field.CONTENT_TYPE && sink.detail) response.contentType = text(bytes, at, end);
  }

  /**
   * The request that a response answers which begins at `start`; null if it was not captured. Without
   * loss it is the oldest. But if the client had received more before it sent its second request than
   * before the first, that was the first one's response; if `start` is beyond that, it was lost. And a
   * response from before a request was sent cannot be that request's.
   */
  #findAnswered(on: Conversation, start: number): PendingRequest | null {
    while (this.#pending.length > 1) {
      const first = this.#pending[0]!.received;
      const second = this.#pending[1]!.received;
      if (first === null || second === null) break;
      if (sequenceDistance(second, first) <= 0 || sequenceDistance(start, second) < 0) break;
      this.#report(on, this.#shift());
    }
    const request = this.#pending[0];
    if (request === undefined || isBefore(start, request.received)) return null;
    return request;
  }

  /** Drops an interim response (100, 103): the final one follows (RFC 9110 section 15.2). */
  dropInterim(): void {
    this.response = null;
    this.answered = null;
  }

  /**
   * The response is complete, or no more of it will come; `bytes` is its body's length. Returns the
   * request that it answers.
   */
  endResponse(on: Conversation, bytes: number): PendingRequest | null {
    const { response, answered } = this;
    this.dropInterim();
    if (response === null) return null;
    response.endTime = on.time;
    response.bodyBytes = bytes;
    if (answered !== null) {
      this.#shift();
      this.#reportAnswered(on, answered, response);
    } else if (this.#early.length < MAX_EARLY) this.#early.push(response);
    return answered;
  }

  /**
   * Finds the response of a request if it was captured before it: the first that came after what
   * the client had received. Returns it if it is complete.
   */
  matchEarly(on: Conversation, request: PendingRequest): SeenResponse | null {
    while (this.#early.length > 0) {
      const response = this.#early.shift()!;
      if (!isAnswer(response, request) || this.#pending[0] !== request) continue;
      this.#shift();
      this.#reportAnswered(on, request, response);
      return response;
    }
    if (this.response !== null && this.answered === null && this.#pending.length === 1) {
      if (isAnswer(this.response, request)) this.answered = request;
    }
    return null;
  }

  /** Reports the requests without response. */
  end(on: Conversation): void {
    for (const request of this.#pending) this.#report(on, request);
    this.#pending.length = 0;
    this.#pendingBytes = 0;
  }

  /** Removes the oldest request. */
  #shift(): PendingRequest {
    const oldest = this.#pending.shift()!;
    this.#pendingBytes -= REQUEST_BYTES + textLength(oldest.exchange);
    return oldest;
  }

  #reportAnswered(on: Conversation, request: PendingRequest, response: SeenResponse): void {
    const { exchange } = request;
    exchange.status = response.status;
    exchange.responseBytes = response.bodyBytes;
    exchange.responseTime = response.startTime;
    exchange.responseEnd = response.endTime;
    exchange.contentType = response.contentType;
    this.#report(on, request);
  }

  #report(on: Conversation, request: PendingRequest): void {
    if (!request.bodyDone) request.exchange.requestBytes = this.#requestBody(on);
    on.sink.http(on, request.exchange);
  }
}

/** Of the texts that a request brings. */
const textLength = ({ host, target, userAgent }: HttpExchange): number =>
  host.length + target.length + (userAgent?.length ?? 0);

const isBefore = (sequence: number, received: number | null): boolean =>
  received !== null && sequenceDistance(sequence, received) < 0;

const isAnswer = (response: SeenResponse, request: PendingRequest): boolean =>
  request.received !== null && sequenceDistance(response.startSequence, request.received) >= 0;
