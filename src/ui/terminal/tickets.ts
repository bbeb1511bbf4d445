// Makes Ink faster. Ink parses every frame into styled characters, which takes 8 ms for a screen of
// 160 by 50, and 10 to 30 ms for the first frames. webstat's lines are already styled and measured,
// so Ink is given a ticket for each: one private-use character that stands for the line. Ink finds
// out which tickets have changed and moves the cursor, in 2.5 ms (first frames: 4). The stream
// between Ink and the terminal replaces tickets by their lines.

import { EventEmitter } from "node:events";

/** Tickets are the Private Use Area of Unicode's Basic Multilingual Plane, U+E000 to U+F8FF. */
const FIRST = 0xe000;
/** Many more than lines on a screen: a line that is drawn in every frame keeps its ticket. */
const MAX_TICKETS = 6400;
const TICKET = /[\ue000-\uf8ff]/g;

export class Tickets {
  /** By line; the least recently used first. */
  readonly #tickets = new Map<string, string>();
  readonly #lines = new Map<string, string>();

  /** The character that stands for a line; the same line has the same ticket while it is in use. */
  ticket(line: string): string {
    if (line === "") return "";
    const ticket = this.#tickets.get(line) ?? this.#free();
    this.#tickets.delete(line);
    this.#tickets.set(line, ticket);
    this.#lines.set(ticket, line);
    return ticket;
  }

  #free(): string {
    const used = this.#tickets.size;
    if (used < MAX_TICKETS) return String.fromCharCode(FIRST + used);
    const [line, ticket] = this.#tickets.entries().next().value!;
    this.#tickets.delete(line);
    return ticket;
  }

  /** Replaces tickets by their lines. */
  resolve(text: string): string {
    return text.replace(TICKET, (ticket) => this.#lines.get(ticket) ?? "");
  }
}

/** The stream that Ink writes to: one column wide, for tickets. */
export class TicketStream extends EventEmitter {
  readonly #stdout: NodeJS.WriteStream;
  readonly #tickets: Tickets;
  readonly columns = 1;

  constructor(stdout: NodeJS.WriteStream, tickets: Tickets) {
    super();
    this.#stdout = stdout;
    this.#tickets = tickets;
  }

  get isTTY(): boolean {
    return this.#stdout.isTTY;
  }

  get rows(): number {
    return this.#stdout.rows;
  }

  get writable(): boolean {
    return this.#stdout.writable;
  }

  get writableEnded(): boolean {
    return this.#stdout.writableEnded;
  }

  get destroyed(): boolean {
    return this.#stdout.destroyed;
  }

  write(text: string, done?: () => void): boolean {
    return this.#stdout.write(this.#tickets.resolve(text), done);
  }
}
