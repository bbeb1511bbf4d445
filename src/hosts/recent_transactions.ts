// The newest transactions of a host, as they came, in a ring of slots. They are formatted only when
// a host's page is shown: to format each of thousands a second took as long as all other work.

import type { SourceName } from "../protocols/analyser.ts";
import type {
  DnsQuery,
  HttpExchange,
  QuicHandshake,
  TlsHandshake,
} from "../protocols/transactions.ts";
import { sum } from "../sums.ts";
import { detached, printable } from "../text.ts";
import { pathOf } from "./route.ts";

/** Transactions kept of a host. */
export const MAX_TRANSACTIONS = 50;

/** A transaction in one line. Texts are safe to print, and have no query string. */
export interface TransactionLine {
  /** Microseconds since 1970. */
  readonly time: number;
  readonly source: SourceName;
  /** "GET /path", "TLS h2", "A". */
  readonly what: string;
  /** "200", "1.3", "NOERROR"; "" if no response was seen. */
  readonly result: string;
  /** Of the response's payload; null if there is none. */
  readonly bytes: number | null;
  /** Null if not known. */
  readonly seconds: number | null;
}

/** Where the numbers of a slot are, and how many there are. */
const SLOT = { BEGIN: 0, ANSWER: 1, END: 2, BYTES: 3, SIZE: 4 } as const;

/** The texts of a slot, unformatted. */
interface Words {
  source: SourceName;
  verb: string;
  object: string | readonly string[];
  result: string | number;
}

/** Characters shown of a text. */
const MAX_TEXT = 200;
/** Characters kept of a text: its query string, which is not shown, may be among them. */
const MAX_TARGET = 4 * MAX_TEXT;

/** Bytes of memory that the list takes by itself, and a transaction beside its longest texts. */
const OBJECT_BYTES = 300;
const WORDS_BYTES = 100;

export class RecentTransactions {
  readonly #numbers = new Float64Array(MAX_TRANSACTIONS * SLOT.SIZE);
  readonly #words: Words[] = [];
  /** How many there have been; modulo MAX_TRANSACTIONS, the next slot. */
  #count = 0;

  /** Bytes of memory, as an estimate. */
  get held(): number {
    let held = this.#numbers.byteLength + OBJECT_BYTES;
    for (const { verb, object } of this.#words) {
      held += WORDS_BYTES + verb.length + lengthOf(object);
    }
    return held;
  }

  http(exchange: HttpExchange): void {
    const words = this.#next(
      exchange.requestTime,
      exchange.responseTime,
      exchange.responseEnd,
      exchange.responseBytes,
    );
    words.source = "http";
    words.verb = bounded(exchange.method);
    words.object = bounded(exchange.target);
    words.result = exchange.status;
  }

  tls(handshake: TlsHandshake): void {
    const { version, alpn, offeredAlpn, helloTime, answerTime } = handshake;
    const words = this.#next(helloTime, answerTime, answerTime, NaN);
    words.source = "tls";
    words.verb = "TLS";
    words.object = alpn || offeredAlpn;
    words.result = version;
  }

  quic(handshake: QuicHandshake): void {
    const { quicVersion, alpn, helloTime, answerTime } = handshake;
    const words = this.#next(helloTime, answerTime, answerTime, NaN);
    words.source = "quic";
    words.verb = "QUIC";
    words.object = alpn;
    words.result = quicVersion;
  }

  dns(query: DnsQuery): void {
    const { type, rcode, answers, queryTime, answerTime } = query;
    const words = this.#next(queryTime, answerTime, answerTime, NaN);
    words.source = "dns";
    words.verb = type;
    words.object = answers;
    words.result = rcode;
  }

  /** The newest last. */
  lines(): TransactionLine[] {
    const kept = this.#words.length;
    return this.#words.map((_, i) => this.#line((this.#count - kept + i) % MAX_TRANSACTIONS));
  }

  /**
   * Fills the numbers of the next slot (times in microseconds, 0 if not seen). Returns its words,
   * to be filled.
   */
  #next(begin: number, answer: number, end: number, bytes: number): Words {
    const slot = this.#count++ % MAX_TRANSACTIONS;
    const numbers = this.#numbers;
    const at = slot * SLOT.SIZE;
    numbers[at + SLOT.BEGIN] = begin;
    numbers[at + SLOT.ANSWER] = answer;
    numbers[at + SLOT.END] = end;
    numbers[at + SLOT.BYTES] = bytes;
    if (slot === this.#words.length) {
      this.#words.push({ source: "http", verb: "", object: "", result: "" });
    }
    return this.#words[slot]!;
  }

  #line(slot: number): TransactionLine {
    const at = slot * SLOT.SIZE;
    const begin = this.#numbers[at + SLOT.BEGIN]!;
    const answer = this.#numbers[at + SLOT.ANSWER]!;
    const end = this.#numbers[at + SLOT.END]!;
    const bytes = this.#numbers[at + SLOT.BYTES]!;
    const { source, verb, object, result } = this.#words[slot]!;
    const about = typeof object === "string" ? object : object.slice(0, 3).join(" ");
    return {
      time: begin || answer,
      source,
      what: shown(`${verb || "?"} ${source === "http" ? pathOf(about) : about}`),
      result: result === 0 ? "" : shown(String(result)),
      bytes: Number.isNaN(bytes) ? null : bytes,
      seconds: begin > 0 && end > 0 ? Math.max(0, end - begin) / 1e6 : null,
    };
  }
}

/** Of a text, or of several with what each takes by itself. */
const lengthOf = (object: string | readonly string[]): number =>
  typeof object === "string" ? object.length : sum(object.map((text) => text.length + 32));

/** The beginning of a text. */
const bounded = (text: string): string =>
  text.length <= MAX_TARGET ? text : detached(text.slice(0, MAX_TARGET));

const shown = (text: string): string => printable(text.slice(0, MAX_TEXT).trimEnd());
