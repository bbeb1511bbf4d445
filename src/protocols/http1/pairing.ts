// Which response belongs to which request: they come in the same order (RFC 9112 section 9.3). If some
// were not captured, a response is given to a request only if it can answer no other.

import { sequenceDistance } from "../../bytes.ts";
import { CLIENT, type Conversation, SERVER } from "../analyser.ts";
import { AnswerOrder } from "./answer_order.ts";
import {
  isBefore,
  MIN_MESSAGE,
  type PairReporter,
  type PendingRequest,
  requestBytes,
  RESPONSE_BYTES,
  type SeenResponse,
  type Turn,
} from "./seen_messages.ts";
import { RequestsAlone } from "./requests_alone.ts";
import { RequestsInFlight } from "./requests_in_flight.ts";
import { ShortQueue } from "./short_queue.ts";
import { isLostBehind, isToldOfMore, UnseenRequests } from "./unseen_requests.ts";

/** Requests without response that a connection remembers; beyond it the oldest is given up. */
const MAX_PENDING = 1024;
/** The same while their order is not known, as each response is then compared with all of them. */
const MAX_UNKNOWN = 256;
/** Responses that are remembered beyond the number of requests; beyond it the oldest is dropped. */
const MAX_EARLY = 8;

export class Pairing {
  /** In the order in which they were sent. */
  readonly #pending = new ShortQueue<PendingRequest>();
  /** Responses that are not reported yet, in order. The last one may still be incomplete: `#open`. */
  readonly #seen = new ShortQueue<SeenResponse>();
  /** Bytes of memory that the pending requests take. */
  #pendingBytes = 0;
  #open: SeenResponse | null = null;
  readonly #order = new AnswerOrder();
  readonly #inFlight = new RequestsInFlight();

  /** How many of the pending requests were sent before others that were not captured; 0 if none were lost. */
  #beforeLoss = 0;
  /** How many requests at most were lost behind those `#beforeLoss`, and so are in flight too. */
  #lostInFlight = 0;
  /** Sequence number where requests were lost after the last one; null if none were. */
  #lostFrom: number | null = null;
  readonly #unseen = new UnseenRequests();
  /** Whether it was known which requests had been answered when these were sent. */
  #isLossInOrder = false;

  /** Whether others than the pending requests may be in flight: then all bounds are too narrow. */
  #isInDoubt = false;
  /** Whether the only reason is that the capture began in the middle of the connection. */
  #isMidway = false;
  readonly #alone = new RequestsAlone();
  readonly #reporter: PairReporter;

  constructor(reporter: PairReporter) {
    this.#reporter = reporter;
  }

  /** The request that was sent last, if it is pending. */
  get last(): PendingRequest | undefined {
    return this.#pending.last;
  }

  /** The request that the incomplete response answers; null if it was not captured, or is not known. */
  get answered(): PendingRequest | null {
    if (this.#open === null || !this.#order.isKnown) return null;
    const request = this.#pending.at(this.#order.lowest + this.#seen.length - 1);
    return request === undefined || isBefore(this.#open, request) ? null : request;
  }

  /**
   * The method of the request that the incomplete response answers; "" if it is unknown, null if it is also
   * unknown whether it is HEAD.
   */
  get answeredMethod(): string | null {
    if (this.#order.isKnown) return this.answered?.exchange.method ?? "";
    const { lowest, highest } = this.#order;
    const index = this.#seen.length - 1;
    const from = Math.max(0, lowest + index);
    const to = Math.min(this.#pending.length, highest + index + 1);
    const method = from < to ? this.#pending.at(from)!.exchange.method : "";
    let isSame = true;
    let mayBeHead = false;
    for (let i = from; i < to; i++) {
      const other = this.#pending.at(i)!.exchange.method;
      isSame &&= other === method;
      mayBeHead ||= other === "HEAD";
    }
    if (isSame) return method;
    return mayBeHead ? null : "";
  }

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return this.#pendingBytes + this.#seen.length * RESPONSE_BYTES;
  }

  /** Whether nothing is remembered that matters for later messages. */
  get isIdle(): boolean {
    return this.#pending.length === 0 && this.#seen.length === 0 && this.#order.isPlain &&
      this.#beforeLoss === 0 && this.#lostFrom === null && this.#inFlight.most === 1 &&
      !this.#isInDoubt && this.#unseen.areNone;
  }

  /** Begins anew, for another connection. */
  reset(): void {
    this.#inFlight.reset();
    this.#order.lostFrom = null;
    this.#isLossInOrder = false;
    this.#unseen.forget();
    this.#alone.reset();
  }

  /** Goes on where a connection stands. To be called first, and after `reset`. */
  takeOver({ request, response, length, received, lastEnd }: Turn): void {
    this.#alone.lastEnd = lastEnd;
    if (length === 0) return;
    this.#inFlight.measured(length);
    if (received !== null) this.#inFlight.sent(received, 0, 0, true);
    if (request === null) return this.#inFlight.answered();
    this.#push(request);
    this.#open = response;
    if (response !== null) this.#seen.push(response);
  }

  #push(request: PendingRequest): void {
    this.#pending.push(request);
    this.#pendingBytes += requestBytes(request);
  }

  /** Other requests, that were not captured, may be in flight. To be called first. */
  beginMidway(): void {
    this.#isMidway = this.#isInDoubt = true;
    this.#order.forget(-Infinity, Infinity);
  }

  /** A request's head, of `length` bytes, is complete. Call `matchEarly` when all is known of it. */
  addRequest(on: Conversation, request: PendingRequest, length: number): void {
    this.#inFlight.measured(length);
    if (request.received !== null) this.#noteSent(on, request.start, request.received);
    this.#makeRoom(on, this.#order.isKnown ? MAX_PENDING : MAX_UNKNOWN);
    this.#push(request);
  }

  /** Gives up the oldest requests until there are fewer than `most`. */
  #makeRoom(on: Conversation, most: number): void {
    while (this.#pending.length >= most) {
      on.sink.evicted("http1");
      this.#giveUpOldest(on);
    }
  }

  /** A request that begins at `start` was sent when the client had received what is before `received`. */
  #noteSent(on: Conversation, start: number, received: number): void {
    const ahead = sequenceDistance(received, on.sequence(SERVER));
    if (ahead === 0 && this.#isMidway) this.#noteFirst(on);
    if (ahead >= 0 && (this.#isInDoubt || !this.#order.isKnown)) this.#checkAlone(on);
    const lost = this.#lostFrom === null
      ? 0
      : this.#inFlight.mostIn(sequenceDistance(start, this.#lostFrom));
    const isInOrder = this.#order.isKnown || this.#isLossInOrder;
    if (this.#lostFrom !== null) this.#countLost(start, this.#lostFrom, ahead <= 0);
    this.#unseen.forget();
    this.#lostFrom = null;
    this.#isLossInOrder = false;
    if (ahead > 0 || !isInOrder) {
      if (!this.#inFlight.sentAmongLost(received, lost)) this.#isInDoubt = true;
      return;
    }
    const end = this.#open?.startSequence ?? on.sequence(SERVER);
    const hasReceivedAll = sequenceDistance(received, end) >= 0;
    const unanswered = this.#pending.length + this.#forgotten;
    if (this.#beforeLoss > 0) this.#lostInFlight = Math.max(this.#lostInFlight, lost);
    const stillLost = unanswered === 0 ? this.#unansweredOf(lost) : this.#lostInFlight;
    this.#inFlight.sent(received, unanswered, stillLost, hasReceivedAll);
  }

  /** Counts requests in flight of which some were lost, between `from` and `start`. */
  #countLost(start: number, from: number, isServerKnown: boolean): void {
    const last = isServerKnown && this.#open === null ? this.#seen.last?.acknowledged : null;
    this.#inFlight.atLeast(this.#unseen.inFlightBefore(start));
    if (isLostBehind(last ?? null, from, start)) this.#inFlight.atLeast(2);
  }

  /** If requests were lost before the first one that was captured, and no answer, they are in flight with it. */
  #noteFirst(on: Conversation): void {
    if (on.lostAtStart < MIN_MESSAGE || this.#pending.length > 0 || this.#seen.length > 0) return;
    this.#inFlight.atLeast(2);
    this.#isMidway = false;
  }

  /** Requests that were given up before their response came. */
  get #forgotten(): number {
    return this.#order.isKnown ? Math.max(0, -this.#order.lowest) : 0;
  }

  /** How many of the last `lost` requests had no response either, if all before them had one. */
  #unansweredOf(lost: number): number {
    const answers = this.#seen.length - (this.#open === null ? 0 : 1);
    const unanswered = Math.max(0, lost - answers);
    if (answers === 0 || this.#inFlight.most > 1 || unanswered === 0) return unanswered;
    this.#isInDoubt = true;
    return 0;
  }

  /** Decides the order if requests are sent alone for long. One is sent now, after all that was seen. */
  #checkAlone(on: Conversation): void {
    const { highest } = this.#order;
    const mayPipeline = this.#inFlight.most > 1;
    if (!this.#seemsAnswered || !this.#alone.sent(on.time, highest, mayPipeline)) return;
    this.#trust(on, highest);
    this.#isInDoubt = false;
    this.#inFlight.reset();
  }

  /** Whether all requests have a response, if the last ones are answered by those seen. */
  get #seemsAnswered(): boolean {
    return this.#open === null &&
      this.#order.highest + this.#seen.length === this.#pending.length;
  }

  #trust(on: Conversation, offset: number): void {
    this.#order.fix(offset);
    this.#match(on);
  }

  /** Even in doubt, if no request was ever seen in flight with another, there are none. */
  #trustUnlessPipelined(on: Conversation): void {
    const { isKnown, highest } = this.#order;
    if (isKnown || !this.#isInDoubt || this.#inFlight.most > 1) return;
    if (this.#order.least(1) === highest) this.#trust(on, highest);
  }

  /** Requests were lost, from this sequence number to the next request; surely whole ones if `areWhole`. */
  requestsLost(on: Conversation, from: number, areWhole: boolean): void {
    this.#noteLoss(on);
    this.#lostFrom ??= from;
    this.#order.lostFrom = from;
    this.#isLossInOrder = this.#order.isKnown && areWhole;
    if (!this.#order.isKnown) {
      const highest = this.#order.highest - this.#pending.length - Number(areWhole);
      this.#giveUp(on, 0, this.#pending.length);
      return this.#order.forget(-Infinity, highest);
    }
    // Of those between two losses it cannot be known which responses are theirs.
    if (this.#beforeLoss > 0) this.#giveUp(on, this.#beforeLoss, this.#pending.length);
    this.#beforeLoss = this.#pending.length;
    if (this.#beforeLoss === 0) this.#passLoss(on);
  }

  /** Bytes of the server were lost, and maybe whole responses with them; surely one if `areWhole`. */
  responsesLost(on: Conversation, areWhole: boolean): void {
    this.#noteLoss(on);
    const isSure = this.#inFlight.isSure && !this.#isInDoubt;
    const least = this.#order.least(isSure ? this.#inFlight.most : Infinity) + this.#seen.length;
    const hasLostRequests = this.#beforeLoss > 0;
    if (hasLostRequests) this.#giveUp(on, 0, this.#beforeLoss);
    this.#seen.clear();
    this.#beforeLoss = 0;
    this.#lostInFlight = 0;
    this.#isLossInOrder = false;
    this.#order.forget(hasLostRequests ? -Infinity : least + Number(areWhole), Infinity);
    this.#makeRoom(on, MAX_UNKNOWN);
  }

  #noteLoss(on: Conversation): void {
    this.#trustUnlessPipelined(on);
    this.#isMidway = false;
    this.#alone.reset();
  }

  /** The pending requests were sent after others that were not captured. */
  #passLoss(on: Conversation): void {
    this.#beforeLoss = 0;
    this.#lostInFlight = 0;
    this.#order.forget(-Infinity, Infinity);
    this.#makeRoom(on, MAX_UNKNOWN);
    for (let i = 0; i < this.#seen.length; i++) this.#bound(on, this.#seen.at(i)!, i);
  }

  #bound(on: Conversation, response: SeenResponse, index: number): boolean {
    return this.#order.bound(this.#pending, response, index, on.sequence(CLIENT));
  }

  /** A response's status line was read. */
  beginResponse(on: Conversation, response: SeenResponse): void {
    if (isToldOfMore(on, response) && this.last?.bodyDone === true) {
      this.#unseen.note(response, this.#unansweredBefore(response));
    }
    if (!this.#order.isKnown && !this.#bound(on, response, this.#seen.length)) return;
    this.#open = response;
    this.#seen.push(response);
    if (this.#seen.length > this.#pending.length + MAX_EARLY) this.#takeResponse();
    this.#settle(on);
  }

  /** How many of the requests that were captured have no response before this one; 0 if it is not known. */
  #unansweredBefore({ startSequence }: SeenResponse): number {
    if (!this.#order.isKnown) return Number(this.last?.received === startSequence);
    return this.#pending.length - Math.max(0, this.#order.lowest + this.#seen.length);
  }

  /** The response is none of those that answer a request. */
  dropResponse(): void {
    if (this.#open !== null) this.#seen.take(this.#seen.length - 1, this.#seen.length);
    this.#open = null;
  }

  /** The response is complete, or no more of it will come. */
  endResponse(on: Conversation): void {
    this.#open = null;
    this.#alone.lastEnd = on.time;
    this.#match(on);
  }

  /** Matches responses that were captured before a request. Returns that to the last one, if complete. */
  matchEarly(on: Conversation): SeenResponse | null {
    const { isKnown, isPlain, lowest } = this.#order;
    if (isPlain && this.#seen.length === 0) return null;
    const early = isKnown ? this.#seen.at(this.#pending.length - 1 - lowest) : undefined;
    this.#settle(on);
    return early === undefined || early === this.#open ? null : early;
  }

  /** Decides the order if only one is possible. */
  #settle(on: Conversation): void {
    const order = this.#order;
    if (!order.isKnown && !this.#isInDoubt) {
      const least = order.least(this.#inFlight.most);
      // Then there were more requests in flight than it seemed.
      if (least > order.highest) this.#isInDoubt = true;
      else if (least === order.highest && this.#inFlight.isSure) order.fix(least);
    }
    this.#match(on);
  }

  /** Reports requests whose response is complete, or was not captured, as far as the order is known. */
  #match(on: Conversation): void {
    const order = this.#order;
    while (order.isKnown) {
      const request = this.#pending.first;
      const response = this.#seen.first;
      if (order.lowest > 0) {
        if (request === undefined) return;
        this.#giveUpOldest(on);
        continue;
      }
      if (response === undefined || response === this.#open) return;
      if (order.lowest < 0) this.#takeResponse();
      else if (request === undefined) return;
      else if (isBefore(response, request)) this.#seen.shift();
      else this.#pair(on, response);
    }
  }

  #pair(on: Conversation, response: SeenResponse): void {
    this.#seen.shift();
    this.#reporter.report(on, this.#takeRequest(on), response);
    if (this.#pending.length === 0) this.#inFlight.answered();
  }

  #giveUpOldest(on: Conversation): void {
    this.#order.shift(-1);
    this.#reporter.report(on, this.#takeRequest(on), null);
  }

  /** Gives up the pending requests from one index to another (excluded). */
  #giveUp(on: Conversation, from: number, to: number): void {
    if (from >= to) return;
    for (const request of this.#pending.take(from, to)) {
      this.#pendingBytes -= requestBytes(request);
      this.#reporter.report(on, request, null);
    }
  }

  #takeRequest(on: Conversation): PendingRequest {
    const request = this.#pending.shift();
    this.#pendingBytes -= requestBytes(request);
    if (this.#beforeLoss > 0 && --this.#beforeLoss === 0) this.#passLoss(on);
    return request;
  }

  #takeResponse(): void {
    this.#seen.shift();
    this.#order.shift(1);
  }

  /** Reports the requests without response. */
  end(on: Conversation): void {
    this.#trustUnlessPipelined(on);
    const { isKnown, likely } = this.#order;
    const isAlone = this.#inFlight.most === 1 || !this.#alone.areNone || this.#seemsAnswered;
    if (this.#isMidway && isAlone && !isKnown && likely < Infinity) this.#trust(on, likely);
    this.#giveUp(on, 0, this.#pending.length);
  }
}
