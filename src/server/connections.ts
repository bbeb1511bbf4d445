// The connections of the server: so many at a time, none for ever.
//
// Whoever comes finds a place. For it goes, if need be, who has waited longest without asking. And who
// gets an answer finds a place among those who read theirs: for it goes who reads slowest. So neither
// idle connections nor clients that never read keep an ordinary scrape out.

/** A stream of bytes between the server and a client. */
export interface ByteStream {
  /** How many bytes came; null at the end. Rejects if the connection is over. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /** How many of the bytes were taken. Rejects if the connection is over. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Whether something has come that was not read yet. */
  hasInput(): boolean;
  /** Whether the client has not made room yet for more. */
  isFull(): boolean;
  /** Says that nothing more will be sent. */
  endSending(): void;
  /** Ends all; `read` and `write` are rejected if they wait. Not to be called twice. */
  close(): void;
}

/** Why the server closed a connection. */
export type Reason = "idle" | "half-sent" | "unread" | "full";

export interface ConnectionLimits {
  /** All connections, with those that wait for their answers. */
  readonly all: number;
  /** Connections that have not asked for anything. */
  readonly silent: number;
  /** Connections that are being sent an answer. */
  readonly reading: number;
  /** Bytes of the answers that are being sent; one that is shared counts once. */
  readonly unreadBytes: number;
  /** Milliseconds that a connection may wait for its next request, */
  readonly idle: number;
  /** from its beginning, or a request's first byte, until the head is whole, */
  readonly head: number;
  /** and without a byte of an answer being taken. */
  readonly unread: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  all: 512,
  silent: 64,
  reading: 32,
  unreadBytes: 32 << 20,
  // More than the usual time between two scrapes, a minute at most.
  idle: 75_000,
  head: 10_000,
  unread: 10_000,
};

/** Milliseconds between two looks at who has waited for too long. */
const SWEEP = 500;
/** Milliseconds that everybody may read before having to go for others. */
const GRACE = 50;

/** What a connection waits for: a request, the rest of one, its answer, or its reader. */
type State = "idle" | "half-sent" | "answering" | "unread";

/** One connection, which says what it is doing. */
export class Connection {
  readonly stream: ByteStream;
  #state: State = "half-sent";
  #since = performance.now();
  /** What is being sent, how much of it is taken, and since when no more was. */
  #body: Uint8Array | null = null;
  #taken = 0;
  #lastTaken = 0;

  constructor(stream: ByteStream) {
    this.stream = stream;
  }

  get state(): State {
    return this.#state;
  }

  get body(): Uint8Array | null {
    return this.#body;
  }

  /** Milliseconds in this state. */
  get age(): number {
    return performance.now() - this.#since;
  }

  /** Milliseconds without anything from the client. */
  get waited(): number {
    return performance.now() - Math.max(this.#since, this.#lastTaken);
  }

  /** Bytes taken a millisecond. */
  get speed(): number {
    return this.#taken / this.age;
  }

  /** It waits for its next request. */
  waiting(): void {
    this.#enter("idle");
  }

  /** A request has begun. */
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

  /** The client has room for so many bytes more. */
  taken(bytes: number): void {
    this.#taken += bytes;
    this.#lastTaken = performance.now();
  }

  #enter(state: State): void {
    this.#state = state;
    this.#since = performance.now();
    this.#body = null;
    this.#taken = 0;
  }
}

export class Connections {
  /** How many were closed by the server. */
  readonly closed: Record<Reason, number> = { idle: 0, "half-sent": 0, unread: 0, full: 0 };
  readonly #limits: ConnectionLimits;
  readonly #open = new Set<Connection>();
  #sweeping: ReturnType<typeof setInterval> | null = null;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** How many wait for an answer, or read one. */
  get busy(): number {
    return this.#open.size - this.#silent().length;
  }

  /** Takes one in, which has to be followed by `leave`. Null if it had to be closed at once. */
  enter(stream: ByteStream): Connection | null {
    if (this.#silent().length >= this.#limits.silent) this.closeSilent();
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

  /** Closes a connection, unless it is closed. */
  leave(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    connection.stream.close();
    if (this.#open.size > 0 || this.#sweeping === null) return;
    clearInterval(this.#sweeping);
    this.#sweeping = null;
  }

  /** Waits until `connection` may send `body`, and has others go for that. */
  async startSending(connection: Connection, body: Uint8Array): Promise<void> {
    while (this.#hasNoRoomFor(body) && !this.#closeSlowest()) {
      await new Promise((resolve) => setTimeout(resolve, GRACE));
    }
    connection.sending(body);
  }

  /** Closes who has waited longest without asking. False if there is none. */
  closeSilent(): boolean {
    const silent = this.#silent().sort((one, other) => other.waited - one.waited);
    const longest = silent.find(({ stream }) => !stream.hasInput());
    if (longest !== undefined) this.#close(longest, "full");
    return longest !== undefined;
  }

  closeAll(): void {
    for (const connection of [...this.#open]) this.leave(connection);
  }

  #silent(): Connection[] {
    return [...this.#open].filter(({ state }) => state === "idle" || state === "half-sent");
  }

  #reading(): Connection[] {
    return [...this.#open].filter(({ state }) => state === "unread");
  }

  #hasNoRoomFor(body: Uint8Array): boolean {
    const reading = this.#reading();
    const bodies = new Set(reading.map((connection) => connection.body!)).add(body);
    const bytes = bodies.values().reduce((sum, { length }) => sum + length, 0);
    const { reading: most, unreadBytes } = this.#limits;
    // One answer is always allowed, however long it is.
    return reading.length >= most || (bodies.size > 1 && bytes > unreadBytes);
  }

  /** Closes who reads slowest. False if all have only begun to read, or it is our turn. */
  #closeSlowest(): boolean {
    const reading = this.#reading().filter(({ age }) => age > GRACE)
      .sort((one, other) => one.speed - other.speed);
    const slowest = reading.find(({ stream }) => stream.isFull());
    if (slowest !== undefined) this.#close(slowest, "full");
    return slowest !== undefined;
  }

  #sweep(): void {
    const { idle, head, unread } = this.#limits;
    const most = { idle, "half-sent": head, unread };
    for (const connection of [...this.#open]) {
      const { state } = connection;
      if (state !== "answering" && connection.waited > most[state]) this.#close(connection, state);
    }
    // What they had sent when they came was not read yet, and may have been no request.
    while (this.#silent().length > this.#limits.silent && this.closeSilent());
  }

  #close(connection: Connection, reason: Reason): void {
    this.closed[reason]++;
    this.leave(connection);
  }
}
