// DNS answers that one worker of several has read, for the others: each reads some of the connections, and
// an answer may name one that another reads. They come a moment late: see patient_recorder.ts.

export interface HeardAnswer {
  /** Who was told, as text. */
  readonly client: string;
  readonly name: string;
  readonly addresses: readonly string[];
  /** That of encrypted hellos to `name`; "" if it has none. */
  readonly publicName: string;
  /** Seconds. */
  readonly ttl: number;
  /** Packet time, microseconds since 1970. */
  readonly time: number;
}

/** Milliseconds for which they are collected: connections follow soon. */
const DELAY = 1;
/** Answers that are passed on at once. The rest names only what the same worker reads. */
const MOST_ANSWERS = 1000;

export class AnswerRelay {
  readonly #send: (answers: readonly HeardAnswer[]) => void;
  #waiting: HeardAnswer[] = [];

  constructor(send: (answers: readonly HeardAnswer[]) => void) {
    this.#send = send;
  }

  add(answer: HeardAnswer): void {
    if (this.#waiting.length >= MOST_ANSWERS) return;
    if (this.#waiting.length === 0) Deno.unrefTimer(setTimeout(() => this.#flush(), DELAY));
    this.#waiting.push(answer);
  }

  #flush(): void {
    this.#send(this.#waiting);
    this.#waiting = [];
  }
}
