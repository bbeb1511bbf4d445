// What reads the hellos of a connection that is also decrypted: both see the same bytes, so that the reader of
// hellos may skip none, and the handshake is reported when its encrypted part is read too.

import type { Conversation, InnerStream, Side, Sink } from "../analyser.ts";
import type { TlsHandshake } from "../transactions.ts";
import { TlsConnection } from "./tls.ts";

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
