// A recorder for one of several workers. Each reads some of the connections, and the DNS answer that names
// one may have been read by another, which passes it on a moment later (answer_relay.ts). So what says no
// name is counted, and told as an event, only when that moment is over.

import { FlowConversation } from "../flow/conversation.ts";
import type { AwaitedFlows, Flows } from "../flow/flows.ts";
import { HOLDER_INDEX } from "../memory_ledger.ts";
import type { Conversation, SourceName } from "../protocols/analyser.ts";
import type { HttpExchange, QuicHandshake, TlsHandshake } from "../protocols/transactions.ts";
import { Recorder } from "./recorder.ts";

/** Milliseconds: several times of what the kernel, the other worker and its message usually take. */
const PATIENCE = 500;
/** Hits and transactions that wait. If there are more, none of them waits any longer. */
export const MOST_WAITING = 4096;
/** Bytes of memory that one takes, besides the target of a request. */
const CALL_BYTES = 600;

/** What one connection waits with. */
interface Waiting {
  /** When it has waited long enough, as performance.now() counts. */
  readonly due: number;
  readonly calls: { readonly time: number; readonly call: (on: Conversation) => void }[];
  bytes: number;
}

export class PatientRecorder extends Recorder implements AwaitedFlows {
  #flows: Flows | null = null;
  #conversation: FlowConversation | null = null;
  /** By flow, those that have waited longest first. */
  #waiting = new Map<number, Waiting>();
  /** Calls of all of them. */
  #calls = 0;

  override follow(flows: Flows): void {
    super.follow(flows);
    this.#flows = flows;
    this.#conversation = new FlowConversation(flows.table, flows.readers, this, flows.keys);
    flows.awaited = this;
  }

  override hit(on: Conversation, source: SourceName, name: string, isOuter = false): void {
    if (source === "dns" || !this.#mayBeNamed(on, name, isOuter)) {
      return super.hit(on, source, name, isOuter);
    }
    this.#wait(on, (then) => super.hit(then, source, name, isOuter));
  }

  override http(on: Conversation, exchange: HttpExchange): void {
    if (!this.#mayBeNamed(on, exchange.host, false)) return super.http(on, exchange);
    this.#wait(on, (then) => super.http(then, exchange), exchange.target.length);
  }

  override tls(on: Conversation, handshake: TlsHandshake): void {
    if (!this.#mayBeNamed(on, handshake.host, handshake.ech)) return super.tls(on, handshake);
    this.#wait(on, (then) => super.tls(then, handshake));
  }

  override quic(on: Conversation, handshake: QuicHandshake): void {
    if (!this.#mayBeNamed(on, handshake.host, handshake.ech)) return super.quic(on, handshake);
    this.#wait(on, (then) => super.quic(then, handshake));
  }

  override unnamed(on: Conversation): void {
    this.#wait(on, (then) => {
      // What waited with it may have named the connection.
      if (this.#flows!.accounts[then.flow] === null) super.unnamed(then);
    });
  }

  override get isWaiting(): boolean {
    return this.#calls > 0;
  }

  override settle(): void {
    if (!this.isWaiting) return;
    const now = performance.now();
    for (const [flow, { due }] of this.#waiting) {
      if (due > now) return;
      this.removing(flow);
    }
  }

  removing(flow: number): void {
    const waiting = this.#waiting.get(flow);
    if (waiting === undefined) return;
    this.#waiting.delete(flow);
    this.#calls -= waiting.calls.length;
    this.ledger.charge(HOLDER_INDEX.names, -waiting.bytes);
    for (const { time, call } of waiting.calls) {
      this.#conversation!.turnTo(flow, time, null);
      call(this.#conversation!);
    }
  }

  moved(to: Int32Array): void {
    this.#waiting = new Map([...this.#waiting].map(([flow, waiting]) => [to[flow]!, waiting]));
  }

  /**
   * Whether an answer may still name what says `name`, as it is of `hit`. What is read out of another stream
   * says the name of that one.
   */
  #mayBeNamed(on: Conversation, name: string, isOuter: boolean): boolean {
    if (on.depth > 0) return false;
    return name === "" || isOuter && this.#flows!.askedName(on.flow) !== name;
  }

  #wait({ flow, time }: Conversation, call: (on: Conversation) => void, length = 0): void {
    if (this.#calls >= MOST_WAITING) {
      for (const each of this.#waiting.keys()) {
        this.removing(each);
      }
    }
    let waiting = this.#waiting.get(flow);
    if (waiting === undefined) {
      waiting = { due: performance.now() + PATIENCE, calls: [], bytes: 0 };
      this.#waiting.set(flow, waiting);
    }
    waiting.calls.push({ time, call });
    waiting.bytes += CALL_BYTES + length;
    this.#calls++;
    this.ledger.charge(HOLDER_INDEX.names, CALL_BYTES + length);
  }
}
