// Requests and responses of an HTTP/1 connection, as far as they are needed until they are reported.

import type { HttpExchange } from "../transactions.ts";

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
