// The requests and responses of an HTTP/1 connection: what is known of each, until both are reported.

import type { Conversation, Sink } from "../analyser.ts";
import { text } from "../name.ts";
import type { HttpExchange } from "../transactions.ts";
import type { MessageReader } from "./message_reader.ts";
import {
  isInterim,
  type PairReporter,
  type PendingRequest,
  type SeenResponse,
} from "./seen_messages.ts";
import { Field } from "./syntax.ts";
import { TakingTurns } from "./taking_turns.ts";

export class Exchanges implements PairReporter {
  /** The response that is being read. */
  response: SeenResponse | null = null;
  readonly pairing = new TakingTurns(this);
  readonly #client: MessageReader;
  readonly #server: MessageReader;

  constructor(client: MessageReader, server: MessageReader) {
    this.#client = client;
    this.#server = server;
  }

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return this.pairing.held;
  }

  /** Whether nothing is remembered. */
  get isIdle(): boolean {
    return this.response === null && this.pairing.isIdle;
  }

  /** The head that `reader` has read is complete. */
  addRequest(on: Conversation, exchange: HttpExchange, reader: MessageReader): PendingRequest {
    const { startSequence: start, startAcknowledged: received } = reader;
    const request = { exchange, start, received, bodyDone: false };
    this.pairing.addRequest(on, request, (reader.sequence - start) >>> 0);
    return request;
  }

  /** `reader` has read a status line. */
  beginResponse(on: Conversation, status: number, reader: MessageReader): void {
    this.response = {
      status,
      startSequence: reader.startSequence,
      startTime: reader.startTime,
      acknowledged: reader.startAcknowledged,
      endTime: 0,
      bodyBytes: 0,
      contentType: null,
      upgrade: "",
    };
    this.pairing.beginResponse(on, this.response);
  }

  /** Takes the value of a header field of the response, `bytes[at..end)`. */
  responseField(sink: Sink, field: Field, bytes: Uint8Array, at: number, end: number): void {
    const response = this.response!;
    if (field === Field.UPGRADE) response.upgrade = text(bytes, at, end).toLowerCase();
    if (field === Field.CONTENT_TYPE && sink.detail) response.contentType = text(bytes, at, end);
  }

  /** Drops an interim response (100, 103): the final one follows. */
  dropInterim(): void {
    this.response = null;
    this.pairing.dropResponse();
  }

  /** The response is complete, or no more of it will come; `bytes` is its body's length. */
  endResponse(on: Conversation, bytes: number): void {
    const { response } = this;
    if (response === null) return;
    // Only its head was cut: the final one may still come.
    if (isInterim(response.status)) return this.dropInterim();
    response.endTime = this.#server.endTime(on);
    response.bodyBytes = bytes;
    this.response = null;
    this.pairing.endResponse(on);
  }

  report(on: Conversation, request: PendingRequest, response: SeenResponse | null): void {
    const { exchange } = request;
    if (!request.bodyDone) exchange.requestBytes = this.#client.bodySoFar(on);
    if (response !== null) {
      exchange.status = response.status;
      exchange.responseBytes = response.bodyBytes;
      exchange.responseTime = response.startTime;
      exchange.responseEnd = response.endTime;
      exchange.contentType = response.contentType;
    }
    on.sink.http(on, exchange);
  }
}
