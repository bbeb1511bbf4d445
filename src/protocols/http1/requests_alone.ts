// Whether a client sends requests one at a time, to go by what was seen of it.

/**
 * It does if there was such a pause before a request (microseconds), or if so many came one after the
 * other, each when all before it were answered. A client that pipelines may look so for long: a server
 * with many requests to answer and a client that sends the next for each answer.
 */
const SILENCE = 1_000_000;
const MIN_ALONE = 64;

export class RequestsAlone {
  /** How many requests were sent so, one after the other, if the offset (see AnswerOrder) is `#offset`. */
  #count = 0;
  #offset = 0;
  /** When the last response ended. */
  lastEnd = 0;

  /** Whether none was, since the last loss. */
  get areNone(): boolean {
    return this.#count === 0;
  }

  /** Begins anew, for another connection or after a loss. */
  reset(): void {
    this.#count = 0;
  }

  /** A request was sent at `time` after all those before it had a response, if the offset is this one. */
  sent(time: number, offset: number, mayPipeline: boolean): boolean {
    this.#count = offset === this.#offset ? this.#count + 1 : 1;
    this.#offset = offset;
    return this.#count >= MIN_ALONE && !mayPipeline || time - this.lastEnd >= SILENCE;
  }
}
