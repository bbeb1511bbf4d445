// Ink takes every frame apart into characters and their looks: 8 ms for a screen of 160 by 50, and
// 10 to 30 for the first ones. Lines have their looks and their widths already, so Ink is given a
// ticket for each, one character that stands for the line; it finds out which tickets have changed
// and where the cursor has to go, in 2.5 ms (the first ones: 4). The stream between Ink and the
// terminal puts the lines in.

import { EventEmitter } from "node:events";

/** Characters that mean nothing to anybody: the Private Use Area of Unicode's Basic Plane, all of it. */
const FIRST = 0xe000;
/** More than there are lines on a screen: what is drawn again and again keeps its ticket. */
const MAX_TICKETS = 6400;
const TICKET = /[\ue000-\uf8ff]/g;

export class Tickets {
  /** The longest unused first. */
  readonly #tickets = new Map<string, string>();
  readonly #lines = new Map<string, string>();

  /** The character that stands for a line: the same for the same line while it is in use. */
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

  /** Lines in the place of their tickets. */
  redeem(text: string): string {
    return text.replace(TICKET, (ticket) => this.#lines.get(ticket) ?? "");
  }
}

/** The terminal as Ink sees it: a single column, for tickets. */
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
    return this.#stdout.write(this.#tickets.redeem(text), done);
  }
}
