// Requests and responses of an HTTP/1 connection, as far as they are needed until they are reported.

import { sequenceDistance } from "../../bytes.ts";
import type { Conversation } from "../analyser.ts";
import type { HttpExchange } from "../transactions.ts";

/** No message is shorter of which it is known that it was lost: fewer bytes may be a line break, or 100 (Continue). */
export const MIN_MESSAGE = 32;

/** Bytes of memory that a request takes beside its texts, and that a response does. */
const REQUEST_BYTES = 270;
export const RESPONSE_BYTES = 210;

export interface PendingRequest {
  readonly exchange: HttpExchange;
  /** Sequence number of its first byte. */
  readonly start: number;
  /** What the client had received when it sent this, as a sequence number of the server's side. */
  readonly received: number | null;
  bodyDone: boolean;
}

export interface SeenResponse {
  readonly status: number;
  readonly startSequence: number;
  readonly startTime: number;
  /** What the server had received when it sent this, as a sequence number of the client's side. */
  readonly acknowledged: number | null;
  endTime: number;
  bodyBytes: number;
  contentType: string | null;
  /** The value of Upgrade, lower case. */
  upgrade: string;
}

/** Where a connection stands on which no more than one request was sent, all before which was received. */
export interface Turn {
  /** Null if it has a response, or if none was sent. */
  readonly request: PendingRequest | null;
  /** Null unless the response has begun, and is not complete. */
  readonly response: SeenResponse | null;
  /** Bytes of the request's head; 0 if none was sent. */
  readonly length: number;
  readonly received: number | null;
  /** When the last response ended. */
  readonly lastEnd: number;
}

/** Whether a response was received before the request was sent, and so cannot answer it. */
export const isBefore = ({ startSequence }: SeenResponse, { received }: PendingRequest): boolean =>
  received !== null && sequenceDistance(startSequence, received) < 0;

/** Whether another response follows to the same request (RFC 9110 section 15.2). 101 is the last one. */
export const isInterim = (status: number): boolean =>
  status >= 100 && status < 200 && status !== 101;

/** Bytes of memory that a request takes. */
export const requestBytes = ({ exchange: { host, target, userAgent } }: PendingRequest): number =>
  REQUEST_BYTES + host.length + target.length + (userAgent?.length ?? 0);

/** Takes a request with its response, null if none is known. Not a function: each would be a closure. */
export interface PairReporter {
  report(on: Conversation, request: PendingRequest, response: SeenResponse | null): void;
}
