// Pairs requests with responses while client and server take turns, as they nearly always do. Then the two
// messages are all that is kept, and little memory is touched. For whatever else comes Pairing takes over.

import { sequenceDistance } from "../../bytes.ts";
import { type Conversation, SERVER } from "../analyser.ts";
import { Pairing } from "./pairing.ts";
import {
  isBefore,
  type PairReporter,
  type PendingRequest,
  requestBytes,
  RESPONSE_BYTES,
  type SeenResponse,
  type Turn,
} from "./seen_messages.ts";
import { isToldOfMore } from "./unseen_requests.ts";

/** Has the methods of Pairing: see there. */
export class TakingTurns implements Turn {
  /** The request that has no response yet. */
  request: PendingRequest | null = null;
  /** Its response, as long as that is incomplete. */
  response: SeenResponse | null = null;
  /** Bytes of the first request's head; 0 before it. */
  length = 0;
  /** What the client had received when it sent that. */
  received: number | null = null;
  /** When the last response ended. */
  lastEnd = 0;
  /** Null as long as they take turns. */
  #pairing: Pairing | null = null;
  /** Made when it is needed for the first time, then used again. */
  #spare: Pairing | null = null;
  readonly #reporter: PairReporter;

  constructor(reporter: PairReporter) {
    this.#reporter = reporter;
  }

  #takeOver(): Pairing {
    if (this.#pairing !== null) return this.#pairing;
    this.#pairing = this.#spare ??= new Pairing(this.#reporter);
    this.#pairing.takeOver(this);
    this.request = this.response = null;
    return this.#pairing;
  }

  get last(): PendingRequest | undefined {
    return this.#pairing === null ? this.request ?? undefined : this.#pairing.last;
  }

  get areAllAnswered(): boolean {
    return this.last === undefined;
  }

  get answered(): PendingRequest | null {
    if (this.#pairing !== null) return this.#pairing.answered;
    return this.response === null ? null : this.request;
  }

  get answeredMethod(): string | null {
    if (this.#pairing !== null) return this.#pairing.answeredMethod;
    return this.answered?.exchange.method ?? "";
  }

  get held(): number {
    if (this.#pairing !== null) return this.#pairing.held;
    const { request, response } = this;
    return (request === null ? 0 : requestBytes(request)) +
      (response === null ? 0 : RESPONSE_BYTES);
  }

  get isIdle(): boolean {
    if (this.#pairing !== null) return this.#pairing.isIdle;
    return this.request === null && this.response === null;
  }

  reset(): void {
    this.length = 0;
    this.#pairing?.reset();
    this.#pairing = null;
  }

  beginMidway(): void {
    this.#takeOver().beginMidway();
  }

  addRequest(on: Conversation, request: PendingRequest, length: number): void {
    const { received } = request;
    const isFirst = this.#pairing === null && this.length === 0;
    const hasReceivedAll = received === null ||
      sequenceDistance(received, on.sequence(SERVER)) === 0;
    if (!isFirst || !hasReceivedAll) return this.#takeOver().addRequest(on, request, length);
    this.request = request;
    this.length = length;
    this.received = received;
  }

  requestsLost(on: Conversation, from: number, areWhole: boolean): void {
    this.#takeOver().requestsLost(on, from, areWhole);
  }

  responsesLost(on: Conversation, areWhole: boolean): void {
    this.#takeOver().responsesLost(on, areWhole);
  }

  beginResponse(on: Conversation, response: SeenResponse): void {
    const { request } = this;
    const isNext = request !== null && this.response === null &&
      !isToldOfMore(on, response) && !isBefore(response, request);
    if (isNext) this.response = response;
    else this.#takeOver().beginResponse(on, response);
  }

  dropResponse(): void {
    this.response = null;
    this.#pairing?.dropResponse();
  }

  endResponse(on: Conversation): void {
    const { request, response } = this;
    this.lastEnd = on.time;
    if (request === null || response === null) return this.#takeOver().endResponse(on);
    this.request = this.response = null;
    this.#reporter.report(on, request, response);
  }

  matchEarly(on: Conversation): SeenResponse | null {
    return this.#pairing?.matchEarly(on) ?? null;
  }

  end(on: Conversation): void {
    if (this.#pairing !== null) return this.#pairing.end(on);
    const { request } = this;
    this.request = null;
    if (request !== null) this.#reporter.report(on, request, null);
  }
}
