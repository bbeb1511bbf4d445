// Events to NATS JetStream: one message an event, sent until the server has said that it keeps it. What
// waits for that is bounded; what finds no room is dropped and counted.

import { hostname } from "node:os";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { UserError } from "../errors.ts";
import { printable } from "../text.ts";
import { connectNats, isRefusal, reasonOfNats } from "./nats_connection.ts";
import type { PushConfig } from "./push_config.ts";
import { subjectOf, withoutPassword } from "./push_url.ts";
import type { TimeLeft } from "./time_left.ts";

/** Events that wait, those that are sent but not acknowledged included. */
const MAX_EVENTS = 20_000;
/** Bytes of them. */
const MAX_BYTES = 16 << 20;
/** Events that are sent and not acknowledged. */
const MAX_UNACKNOWLEDGED = 1024;
/** Milliseconds until the server has to have acknowledged an event. */
const PATIENCE = 5000;
/** Milliseconds for which a server may take no event before new ones are dropped. */
const UNTAKEN = 1000;
/** Milliseconds until the first try after a failure; twice as long each time, up to LONGEST. */
const FIRST_RETRY = 250;
const LONGEST_RETRY = 10_000;
/** Milliseconds after which is looked whether there is time left. */
const LOOK = 100;
/** Milliseconds between two messages of the same kind. */
const QUIET = 60_000;

const NEWLINE = 10;

export interface EventStreamOptions {
  readonly config: PushConfig;
  /** Whether events may be dropped: yes for live packets; files can wait. */
  readonly mayDrop: boolean;
}

interface WaitingEvent {
  readonly line: Uint8Array;
  /** Its number: the server drops what it has already. */
  readonly id: number;
}

export class EventStream {
  /** Events that were not acknowledged. */
  dropped = 0;
  /** Called with messages for the user. */
  warn: (message: string) => void = () => {};
  readonly #url: URL;
  readonly #subject: string;
  readonly #options: EventStreamOptions;
  /** On every message: which machine it is of. */
  readonly #instance: string;
  /** The beginning of the ids of this run. */
  readonly #run = crypto.randomUUID().slice(0, 13);
  #connection: NatsConnection | null = null;
  #client: JetStreamClient | null = null;
  /** To be sent, the oldest first. */
  #queue: WaitingEvent[] = [];
  #unacknowledged = 0;
  /** Bytes of those that wait or are not acknowledged. */
  #bytes = 0;
  #lastId = 0;
  /** Whether the server takes no events, and when that was last said. */
  #isFailing = false;
  #saidAt = -QUIET;
  #isEnding = false;
  /** Runs until the next try; how long the next one runs. */
  #timer: ReturnType<typeof setTimeout> | null = null;
  #pause = FIRST_RETRY;
  /** Called when an event was acknowledged, refused, or is to be sent again. */
  readonly #changed = new Set<() => void>();

  /** `url`: nats://[user@]host:port/subject. The server need not be there yet. */
  constructor(url: URL, options: EventStreamOptions) {
    this.#url = url;
    this.#subject = subjectOf(url)!;
    this.#options = options;
    this.#instance = options.config.labels.instance ?? hostname();
  }

  /** Connects, now or when the server is there. */
  start(): void {
    void this.#connect();
  }

  /** Queues whole lines. Waits while there is no room, or drops and counts them. */
  async write(lines: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(NEWLINE, at);
      // A view would keep all lines of the block.
      const line = lines.slice(at, end);
      if (this.#isFull && !await this.#room()) this.dropped++;
      else this.#add({ line, id: ++this.#lastId });
      at = end + 1;
    }
  }

  /**
   * Waits until all is acknowledged, as long as there is time; the rest is dropped. Throws UserError if
   * that may not be.
   */
  async finish(left: TimeLeft): Promise<void> {
    while (this.#waiting > 0 && left() > 0) await this.#change(Math.min(left(), LOOK));
    const lost = this.#waiting;
    this.dropped += lost;
    this.close();
    if (lost === 0 || this.#options.mayDrop) return;
    throw new UserError(`Cannot send events to ${this.#name}: ${lost} were not taken in time`);
  }

  close(): void {
    this.#isEnding = true;
    this.#queue = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#connection?.close().catch(() => {});
  }

  get #waiting(): number {
    return this.#queue.length + this.#unacknowledged;
  }

  get #isFull(): boolean {
    return this.#waiting >= MAX_EVENTS || this.#bytes >= MAX_BYTES;
  }

  get #name(): string {
    return printable(withoutPassword(this.#url.href));
  }

  #add(event: WaitingEvent): void {
    this.#queue.push(event);
    this.#bytes += event.line.length;
    this.#send();
  }

  /** Whether there is room, now or soon. */
  async #room(): Promise<boolean> {
    const { mayDrop } = this.#options;
    if (mayDrop && this.#isFailing) return false;
    while (this.#isFull && !this.#isEnding) {
      if (!await this.#change(UNTAKEN) && mayDrop) return false;
    }
    return !this.#isEnding;
  }

  /** Whether an event was acknowledged or given up within `milliseconds`. */
  async #change(milliseconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const changed = () => resolve(true);
    this.#changed.add(changed);
    const timer = setTimeout(() => resolve(false), milliseconds);
    const isChanged = await promise;
    clearTimeout(timer);
    this.#changed.delete(changed);
    return isChanged;
  }

  async #connect(): Promise<void> {
    try {
      const connection = await connectNats(this.#url, this.#options.config.events);
      this.#connection = connection;
      if (this.#isEnding) return this.close();
      this.#client = jetstream(connection);
      // It comes back by itself; should it give up, there is a new one.
      connection.closed().then(() => {
        this.#client = null;
        this.#tryLater();
      });
      this.#pause = FIRST_RETRY;
      this.#send();
    } catch (error) {
      this.#failed(reasonOfNats(error));
      this.#tryLater();
    }
  }

  /** Sends as many as may be unacknowledged. */
  #send(): void {
    while (this.#client !== null && this.#timer === null && this.#queue.length > 0) {
      if (this.#unacknowledged >= MAX_UNACKNOWLEDGED) return;
      void this.#publish(this.#client, this.#queue.shift()!);
    }
  }

  async #publish(client: JetStreamClient, event: WaitingEvent): Promise<void> {
    this.#unacknowledged++;
    const fields = headers();
    fields.set("Webstat-Instance", this.#instance);
    const options = { msgID: `${this.#run}-${event.id}`, timeout: PATIENCE, headers: fields };
    try {
      await client.publish(this.#subject, event.line, options);
      this.#bytes -= event.line.length;
      this.#worked();
    } catch (error) {
      this.#notTaken(event, error);
    }
    this.#unacknowledged--;
    for (const changed of this.#changed) changed();
    this.#send();
  }

  /** Drops an event that the server will never take, else it is sent again. */
  #notTaken(event: WaitingEvent, error: unknown): void {
    if (this.#isEnding) return;
    const reason = reasonOfNats(error);
    if (isRefusal(error)) {
      this.dropped++;
      this.#bytes -= event.line.length;
      this.#say(`${this.#name} refuses an event (${reason}); such events are dropped`);
    } else {
      this.#failed(reason);
      this.#queue.unshift(event);
      this.#tryLater();
    }
  }

  /** Connects or sends again: one try at a time, each after a longer time. */
  #tryLater(): void {
    if (this.#timer !== null || this.#isEnding) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#client === null) void this.#connect();
      else this.#send();
    }, this.#pause);
    this.#pause = Math.min(2 * this.#pause, LONGEST_RETRY);
  }

  #failed(reason: string): void {
    if (!this.#isFailing) this.#say(`${this.#name} takes no events (${reason}); they wait`);
    this.#isFailing = true;
  }

  #worked(): void {
    this.#pause = FIRST_RETRY;
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.warn(`${this.#name} takes events again; ${this.dropped} were lost so far`);
  }

  #say(message: string): void {
    if (performance.now() - this.#saidAt < QUIET) return;
    this.#saidAt = performance.now();
    this.warn(message);
  }
}
