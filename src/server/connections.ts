// The open connections of the server. Their number is bounded, and each has time-outs.
//
// If there are too many, the one that has waited longest without sending a request is closed for a new
// one. Answers are sent to a bounded number of clients at a time; if others wait, the client that reads
// slowest is closed. So neither idle connections nor clients that never read block an ordinary scrape.
// Pages that are kept up to date have places of their own, so they take none from scrapes.

/** A stream of bytes between the server and a client. */
export interface ByteStream {
  /** How many bytes came; null at the end. Rejects if the connection is over. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /** Sends some of the bytes: how many. Rejects if the connection is over. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Whether received bytes wait to be read. */
  hasInput(): boolean;
  /** Whether nothing more can be sent until the client reads. */
  isFull(): boolean;
  /** Tells the client that nothing more will be sent. */
  endSending(): void;
  /** Closes the connection; pending reads and writes are rejected. Not to be called twice. */
  close(): void;
}

/** Why the server closed a connection. */
export type Reason = "idle" | "half-sent" | "unread" | "full";

export interface ConnectionLimits {
  /** All connections. */
  readonly all: number;
  /** Connections without a request in progress. */
  readonly silent: number;
  /** Connections to which an answer is being sent. */
  readonly reading: number;
  /** Connections whose page is kept up to date. */
  readonly streams: number;
  /** Bytes of the answers that are being sent. An answer that several share counts once. */
  readonly unreadBytes: number;
  /** Milliseconds that a connection may wait for its next request. */
  readonly idle: number;
  /** Milliseconds until the head of a request is complete, from its first byte or the connection. */
  readonly head: number;
  /** Milliseconds in which a client must read at least a byte of its answer. */
  readonly unread: number;
  /** Milliseconds after which an update that is still not read ends its stream. */
  readonly stream: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  all: 512,
  silent: 64,
  reading: 32,
  streams: 8,
  unreadBytes: 32 << 20,
  // Scrapes are usually 15 to 60 seconds apart.
  idle: 75_000,
  head: 10_000,
  unread: 10_000,
  // A little more than the time after which streams end by themselves.
  stream: 320_000,
};

/** Milliseconds between two checks of the time-outs. */
const SWEEP = 500;
/** Milliseconds that a new connection has to send its request, even if there are too many. */
const REQUEST_TIME = 200;
/** Milliseconds after which a slow reader may be closed for others. */
const GRACE = 50;
/** Bytes that show that somebody reads. */
const READ = 128 << 10;
/** So many of those who read are not closed for others. */
const SPARED = 4;
/** Milliseconds after which they are. */
const LONGEST_GRACE = 1000;

/**
 * Waiting for a request, for the rest of one, for its answer to be made, or for its reader; the last two
 * for a page that is kept up to date: for its next update, or for the reader of one.
 */
type State = "idle" | "half-sent" | "answering" | "unread" | "streaming" | "updating";

/** One connection and its state. */
export class Connection {
  readonly stream: ByteStream;
  #state: State = "half-sent";
  #since = performance.now();
  /** The answer that is being sent, how many bytes of it were accepted, and when the last were. */
  #body: Uint8Array | null = null;
  #taken = 0;
  #lastTaken = 0;
  #read = 0;
  #streamsSince = 0;
  readonly #over = new AbortController();

  constructor(stream: ByteStream) {
    this.stream = stream;
  }

  get state(): State {
    return this.#state;
  }

  /** Aborted when the connection is closed. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  get body(): Uint8Array | null {
    return this.#body;
  }

  /** Milliseconds in this state. */
  get age(): number {
    return performance.now() - this.#since;
  }

  /** Milliseconds in this state without progress. */
  get waited(): number {
    return performance.now() - Math.max(this.#since, this.#lastTaken);
  }

  /** Bytes of the answer that were accepted after what there was room for at once: the client has read. */
  get read(): number {
    return this.#read;
  }

  /** Bytes accepted a millisecond. */
  get speed(): number {
    return this.#taken / this.age;
  }

  /** It now waits for its next request. */
  waiting(): void {
    this.#enter("idle");
  }

  /** The first bytes of a request are here. */
  asking(): void {
    if (this.#state === "idle") this.#enter("half-sent");
  }

  /** Its request is being answered. */
  answering(): void {
    this.#enter("answering");
  }

  /** The answer is being sent. */
  sending(body: Uint8Array): void {
    this.#enter("unread");
    this.#body = body;
  }

  /** Milliseconds for which its page has been kept up to date. */
  get streamAge(): number {
    return performance.now() - this.#streamsSince;
  }

  /** Its page is kept up to date from now on. */
  startStreaming(): void {
    this.#streamsSince = performance.now();
    this.streaming();
  }

  /** It waits for the next update. */
  streaming(): void {
    this.#enter("streaming");
  }

  /** An update is being sent. */
  updating(): void {
    this.#enter("updating");
  }

  close(): void {
    this.#over.abort();
    this.stream.close();
  }

  /** More bytes of the answer were accepted. */
  taken(bytes: number): void {
    if (this.age > GRACE) this.#read += bytes;
    this.#taken += bytes;
    this.#lastTaken = performance.now();
  }

  #enter(state: State): void {
    this.#state = state;
    this.#since = performance.now();
    this.#body = null;
    this.#taken = 0;
    this.#read = 0;
  }
}

export class Connections {
  /** How many connections the server has closed. */
  readonly closed: Record<Reason, number> = { idle: 0, "half-sent": 0, unread: 0, full: 0 };
  readonly #limits: ConnectionLimits;
  readonly #open = new Set<Connection>();
  /** When a slow reader was closed last. */
  #madeRoom = 0;
  #sweeping: ReturnType<typeof setInterval> | null = null;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** How many wait for an answer, or read one. */
  get busy(): number {
    return this.#in("answering", "unread").length;
  }

  /** Adds a connection, to be removed by `leave`. Null if there is no room: then it is closed. */
  enter(stream: ByteStream): Connection | null {
    if (this.#silent().length >= this.#limits.silent) this.closeSilent(REQUEST_TIME);
    if (this.#open.size >= this.#limits.all && !this.closeSilent()) {
      this.closed.full++;
      stream.close();
      return null;
    }
    const connection = new Connection(stream);
    this.#open.add(connection);
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP);
    return connection;
  }

  /** Closes a connection; nothing if it is closed already. */
  leave(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    connection.close();
    if (this.#open.size > 0 || this.#sweeping === null) return;
    clearInterval(this.#sweeping);
    this.#sweeping = null;
  }

  /** Waits until `body` may be sent to `connection`. Closes slow readers for that. */
  async startSending(connection: Connection, body: Uint8Array): Promise<void> {
    const began = performance.now();
    while (this.#hasNoRoomFor(body) && !this.#closeSlowest(began)) {
      await new Promise((resolve) => setTimeout(resolve, GRACE));
    }
    connection.sending(body);
  }

  /** Gives `connection` a place among those whose page is kept up to date. False if there is none. */
  startStreaming(connection: Connection): boolean {
    if (this.#in("streaming", "updating").length >= this.#limits.streams) return false;
    connection.startStreaming();
    return true;
  }

  /**
   * Closes the connection that has waited longest without sending, but at least so many milliseconds.
   * False if there is none.
   */
  closeSilent(least = 0): boolean {
    const silent = this.#silent().filter(({ waited }) => waited >= least)
      .sort((one, other) => other.waited - one.waited);
    const longest = silent.find(({ stream }) => !stream.hasInput());
    if (longest !== undefined) this.#close(longest, "full");
    return longest !== undefined;
  }

  closeAll(): void {
    for (const connection of [...this.#open]) this.leave(connection);
  }

  #in(...states: readonly State[]): Connection[] {
    return [...this.#open].filter(({ state }) => states.includes(state));
  }

  #silent(): Connection[] {
    return this.#in("idle", "half-sent");
  }

  #hasNoRoomFor(body: Uint8Array): boolean {
    const reading = this.#in("unread");
    const bodies = new Set(reading.map((connection) => connection.body!)).add(body);
    const bytes = bodies.values().reduce((sum, { length }) => sum + length, 0);
    const { reading: most, unreadBytes } = this.#limits;
    // One answer is always allowed, however long it is.
    return reading.length >= most || (bodies.size > 1 && bytes > unreadBytes);
  }

  /**
   * Closes the slowest reader, but a few who have read most, unless nobody was closed for a while, from `since`
   * on: others look fast at first, as buffers take what they are sent. False if each of the rest has just
   * begun, or has room for more bytes.
   */
  #closeSlowest(since: number): boolean {
    const all = this.#in("unread");
    const now = performance.now();
    const isLate = now - Math.max(since, this.#madeRoom) > LONGEST_GRACE;
    const spared = isLate ? [] : all.filter(({ read }) => read >= READ)
      .sort((one, other) => other.read - one.read).slice(0, SPARED);
    const slowest = all.filter((one) => one.age > GRACE && !spared.includes(one))
      .sort((one, other) => one.speed - other.speed)
      .find(({ stream }) => stream.isFull());
    if (slowest === undefined) return false;
    this.#madeRoom = now;
    this.#close(slowest, "full");
    return true;
  }

  #sweep(): void {
    const { idle, head, unread, stream } = this.#limits;
    const close = (reason: Reason, state: State, isLate: (of: Connection) => boolean) =>
      this.#in(state).filter(isLate).forEach((late) => this.#close(late, reason));
    close("idle", "idle", ({ waited }) => waited > idle);
    close("half-sent", "half-sent", ({ waited }) => waited > head);
    close("unread", "unread", ({ waited }) => waited > unread);
    close("unread", "updating", ({ waited, streamAge }) => waited > unread || streamAge > stream);
    // `enter` keeps those with unread bytes; by now these are read, and may be no request.
    while (this.#silent().length > this.#limits.silent && this.closeSilent());
  }

  #close(connection: Connection, reason: Reason): void {
    this.closed[reason]++;
    this.leave(connection);
  }
}
