// What reads the hellos of a connection that is also decrypted: both see the same bytes, so that the reader of
// hellos may skip none, and the handshake is reported when its encrypted part is read too.

import { u16 } from "../../bytes.ts";
import {
  type Conversation,
  type InnerStream,
  NEED_MORE,
  type Side,
  type Sink,
} from "../analyser.ts";
import type { TlsHandshake } from "../transactions.ts";
import { RECORD_HEADER } from "./records.ts";
import { TlsConnection } from "./tls.ts";

/** One side, with how many of its next bytes were shown already. */
interface HelloView {
  readonly side: Side;
  seen: number;
  isHelloDone: boolean;
}

/** Reads the hellos, and keeps what they say until `flush`. */
export class KeptHellos extends TlsConnection {
  #handshake: TlsHandshake | null = null;

  protected override report(_on: Conversation, handshake: TlsHandshake): void {
    this.#handshake = handshake;
  }

  /** Null until both hellos are read. */
  get handshake(): TlsHandshake | null {
    return this.#handshake;
  }

  /** Shows it what it has not seen of the record at `at`. Returns whether both hellos are read. */
  show(on: Conversation, by: HelloView, bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < RECORD_HEADER) return false;
    const stop = Math.min(end, at + RECORD_HEADER + u16(bytes, at + 3));
    const tap = helloTap.of(on);
    while (at + by.seen < stop) {
      const consumed = this.data(tap, by.side, bytes, at + by.seen, stop);
      if (consumed === NEED_MORE) return false;
      if (consumed < 0) return true;
      by.seen += consumed;
      if (tap.hasSkipped) {
        by.isHelloDone = true;
        by.seen = 0;
        return false;
      }
    }
    return false;
  }

  /** Reports what is known. */
  flush(on: Conversation): void {
    if (this.#handshake !== null) on.sink.tls(on, this.#handshake);
    this.#handshake = null;
  }
}

/** The conversation for the reader of hellos: notes that it wants no more, but skips nothing. */
class HelloTap implements Conversation {
  #on: Conversation | null = null;
  hasSkipped = false;

  of(on: Conversation): this {
    this.#on = on;
    this.hasSkipped = false;
    return this;
  }

  get time(): number {
    return this.#on!.time;
  }

  get flow(): number {
    return this.#on!.flow;
  }

  get acknowledged(): number | null {
    return this.#on!.acknowledged;
  }

  get isMidway(): boolean {
    return this.#on!.isMidway;
  }

  get lostAtStart(): number {
    return this.#on!.lostAtStart;
  }

  get skippedTime(): number {
    return this.#on!.skippedTime;
  }

  get sink(): Sink {
    return this.#on!.sink;
  }

  get tls(): string {
    return this.#on!.tls;
  }

  get depth(): number {
    return this.#on!.depth;
  }

  get attachment(): unknown {
    return this.#on!.attachment;
  }

  set attachment(attachment: unknown) {
    this.#on!.attachment = attachment;
  }

  sequence(side: Side): number {
    return this.#on!.sequence(side);
  }

  position(side: Side): number {
    return this.#on!.position(side);
  }

  skip(): void {
    this.hasSkipped = true;
  }

  skipLeft(): number {
    return 0;
  }

  inside(tls: string): InnerStream {
    return this.#on!.inside(tls);
  }

  become(): void {}
  wakeOther(): void {}
}

/** One for all: it is pointed at a connection with each use. */
export const helloTap = new HelloTap();
