// DNS over UDP and TCP: matches questions with their answers, by message id. RFC 1035, RFC 7766 (TCP).

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import { u16 } from "../../bytes.ts";
import {
  type Conversation,
  type DatagramAnalyser,
  NEED_MORE,
  NOT_MINE,
  type Side,
  type StreamAnalyser,
} from "../analyser.ts";
import { isAnswered, noteAnswered, RETRY_TIME } from "./answered.ts";
import { matches, PendingQueries } from "./pending.ts";
import {
  type DnsMessage,
  HEADER,
  looksLikeDns,
  mayBecomeDns,
  parseDns,
  type Question,
} from "./message.ts";
import type { DnsQuery } from "../transactions.ts";

export { looksLikeDns };

export const DNS_PORT = 53;

const OPCODE_QUERY = 0;

/** Whether a whole message behind its length is at `at`: 1 for yes, NEED_MORE or NOT_MINE. */
export function looksLikeDnsStream(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return NEED_MORE;
  const length = u16(bytes, at);
  if (length < HEADER) return NOT_MINE;
  const message = at + 2;
  if (end - message < HEADER) return NEED_MORE;
  if (!looksLikeDns(bytes, message, end)) return NOT_MINE;
  if (end - message < length) return mayBecomeDns(bytes, message, end) ? NEED_MORE : NOT_MINE;
  return parseDns(bytes, message, message + length) === null ? NOT_MINE : 1;
}

/** Whether `bytes[at..end)` is one whole message behind its length. */
const isWholeMessage = (bytes: Uint8Array, at: number, end: number): boolean =>
  looksLikeDnsStream(bytes, at, end) === 1 && u16(bytes, at) === end - at - 2;

/** An answer may be captured before its question, by less than this, microseconds. */
const REORDER_TIME = 100_000;
/** Answers without question that a flow remembers; beyond it the oldest is dropped. */
const MAX_EARLY = 8;

/** Bytes of memory that a flow's analyser takes, an early answer, and each name and address of it. */
const FLOW_BYTES = 100;
const ANSWER_BYTES = 500;
const TEXT_BYTES = 100;

const NO_ANSWERS: readonly string[] = [];

interface EarlyAnswer {
  readonly message: DnsMessage;
  readonly time: number;
}

/** The number of the last flow, see answered.ts; it may overflow. */
let lastAsker = 0;

/**
 * The unanswered questions of one flow. Most flows have none most of the time, as resolvers use a
 * port for each question; they take no memory then.
 */
class Queries {
  readonly #asker = lastAsker = (lastAsker + 1) | 0;
  /** Null if there are none. */
  #pending: PendingQueries | null = null;
  #early: EarlyAnswer[] | null = null;
  /** Whether this is DNS for sure. If not, questions count only once one of them is answered. */
  #isSure: boolean;

  constructor(isSure: boolean) {
    this.#isSure = isSure;
  }

  get holder(): number {
    return HOLDER_INDEX.dns;
  }

  get held(): number {
    return FLOW_BYTES + (this.#pending?.held ?? 0) +
      (this.#early === null ? 0 : heldBy(this.#early));
  }

  message(on: Conversation, message: DnsMessage): void {
    if (message.opcode !== OPCODE_QUERY) return;
    if (message.isResponse) this.#answer(on, message);
    else this.#ask(on, message);
  }

  #ask(on: Conversation, message: DnsMessage): void {
    const { id } = message;
    for (const question of message.questions) {
      const { name, type } = question;
      if (isAnswered(this.#asker, id, name, type, on.time)) continue;
      const before = this.#pending?.of(id).find((query) => matches(query, question));
      if (before !== undefined) {
        if (on.time - before.queryTime < RETRY_TIME) continue;
        this.#giveUp(on, id, before);
      }
      const query: DnsQuery = {
        host: name,
        type,
        rcode: "",
        answers: NO_ANSWERS,
        ttl: 0,
        publicName: "",
        pointer: "",
        queryTime: on.time,
        answerTime: 0,
      };
      if (this.#isSure) on.sink.hit(on, "dns", name);
      const early = this.#takeEarly(on, id, question);
      if (early !== null) answer(on, query, early);
      else this.#await(on, id, query);
    }
  }

  #await(on: Conversation, id: number, query: DnsQuery): void {
    const pending = this.#pending ??= new PendingQueries();
    if (pending.isFull) {
      for (const oldest of pending.takeOldest()) {
        if (this.#isSure) on.sink.dns(on, oldest);
        on.sink.evicted("dns");
      }
    }
    pending.add(id, query);
  }

  #takeEarly(on: Conversation, id: number, asked: Question): DnsMessage | null {
    const early = this.#early;
    if (early === null) return null;
    const at = early.findIndex(({ message, time }) =>
      message.id === id && on.time - time < REORDER_TIME &&
      message.questions.some(({ name, type }) => name === asked.name && type === asked.type)
    );
    if (at < 0) return null;
    if (early.length === 1) this.#early = null;
    return early.splice(at, 1)[0]!.message;
  }

  #giveUp(on: Conversation, id: number, query: DnsQuery): void {
    this.#remove(id, [query]);
    if (this.#isSure) on.sink.dns(on, query);
  }

  #remove(id: number, queries: readonly DnsQuery[]): void {
    if (queries.length === this.#pending!.count) this.#pending = null;
    else this.#pending!.remove(id, queries);
  }

  /**
   * Reports the questions that a message answers: those of its id. It should repeat them, but some
   * servers leave them out or garble them, so they only matter if several queries have that id. The
   * response code is that of all questions of a query.
   */
  #answer(on: Conversation, message: DnsMessage): void {
    const sameId = this.#pending?.of(message.id) ?? [];
    if (!this.#isSure && !this.#confirm(on, message, sameId)) return;
    if (sameId.length === 0) return this.#keepEarly(on, message);
    const answered = sameId.length === 1 ? sameId : answeredBy(message, sameId);
    for (const query of answered) {
      answer(on, query, message);
      noteAnswered(this.#asker, message.id, query.host, query.type, query.queryTime);
    }
    this.#remove(message.id, answered);
  }

  /** Whether the message repeats a question, so that this is DNS. Then all that were asked count. */
  #confirm(on: Conversation, message: DnsMessage, asked: readonly DnsQuery[]): boolean {
    const [question] = message.questions;
    if (question === undefined || !asked.some((query) => matches(query, question))) return false;
    this.#isSure = true;
    for (const { host } of this.#pending!) on.sink.hit(on, "dns", host);
    return true;
  }

  /** A message that is none. Returns whether what follows may be one. */
  protected malformed(on: Conversation): boolean {
    if (this.#isSure) on.sink.malformed("dns", "malformed");
    return this.#isSure;
  }

  /** Keeps an answer without question, as its question may be captured later. */
  #keepEarly(on: Conversation, message: DnsMessage): void {
    // The answer to a retry: its question has been answered.
    const isRepeated = ({ name, type }: Question) =>
      isAnswered(this.#asker, message.id, name, type, on.time);
    if (message.questions.some(isRepeated)) return;
    const early = this.#early?.filter(({ time }) => on.time - time < REORDER_TIME) ?? [];
    this.#early = [...early.slice(1 - MAX_EARLY), { message, time: on.time }];
  }

  ended(on: Conversation): void {
    if (this.#isSure) { for (const query of this.#pending ?? []) on.sink.dns(on, query); }
    this.#pending = null;
  }
}

function heldBy(early: readonly EarlyAnswer[]): number {
  let held = 0;
  for (const { message: { questions, addresses } } of early) {
    held += ANSWER_BYTES + (questions.length + addresses.length) * TEXT_BYTES;
  }
  return held;
}

function answer(on: Conversation, query: DnsQuery, message: DnsMessage): void {
  query.rcode = message.rcode;
  query.answers = message.addresses;
  query.ttl = message.ttl;
  query.publicName = message.publicName;
  query.pointer = message.pointer;
  query.answerTime = on.time;
  on.sink.dns(on, query);
}

/** Those of several queries that a message answers. */
function answeredBy({ questions }: DnsMessage, queries: readonly DnsQuery[]): readonly DnsQuery[] {
  const asked = queries.filter((query) => questions.some((question) => matches(query, question)));
  return asked.length > 0 ? queries.filter((it) => isAskedWith(it, asked)) : queries;
}

/** Whether a question came in the same message as one of `others`. */
const isAskedWith = (query: DnsQuery, others: readonly DnsQuery[]): boolean =>
  others.some((other) => other.queryTime === query.queryTime);

/** DNS over UDP: a message in each datagram. */
export class DnsDatagrams extends Queries implements DatagramAnalyser {
  datagram(on: Conversation, _side: Side, bytes: Uint8Array, at: number, end: number): boolean {
    const message = parseDns(bytes, at, end);
    if (message === null) return this.malformed(on);
    this.message(on, message);
    return true;
  }
}

/** DNS over TCP: each message behind its length in two bytes (RFC 1035 section 4.2.2). */
export class DnsStream extends Queries implements StreamAnalyser {
  /** By side: whether it is unknown where its messages begin. */
  readonly #lost = [false, false];

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    if (this.#lost[side]) {
      if (!isWholeMessage(bytes, at, end)) return end - at;
      this.#lost[side] = false;
      on.sink.resynchronised("dns");
    }
    if (end - at < 2) return NEED_MORE;
    const length = u16(bytes, at);
    if (at + 2 + length > end) return NEED_MORE;
    const message = parseDns(bytes, at + 2, at + 2 + length);
    if (message === null) {
      this.malformed(on);
      return NOT_MINE;
    }
    this.message(on, message);
    return 2 + length;
  }

  skipped(): void {}

  /** After a gap, reads on with the first message that fills a segment. */
  gap(_on: Conversation, side: Side): void {
    this.#lost[side] = true;
  }

  finished(): void {}
}
