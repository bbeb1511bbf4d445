// A TCP connection of which each segment is written by hand: what is lost, repeated, swapped or wrong
// is up to the test. Places count from the first byte of each side, so that the SYN is before 0.

import { type Bytes, text } from "./bytes.ts";
import { ethernet } from "./link.ts";
import { ipv4 } from "./network.ts";
import { ACK, FIN, PSH, RST, SYN, tcp } from "./transport.ts";

export interface WireOptions {
  readonly client?: string;
  readonly server?: string;
  readonly clientPort?: number;
  readonly serverPort?: number;
  /** First sequence numbers. */
  readonly clientSeq?: number;
  readonly serverSeq?: number;
}

const NOTHING = new Uint8Array(0);

export class Wire {
  readonly #fields: Required<WireOptions>;

  constructor(options: WireOptions = {}) {
    this.#fields = {
      client: "10.0.0.1",
      server: "10.0.0.2",
      clientPort: 51000,
      serverPort: 80,
      clientSeq: 1000,
      serverSeq: 5000,
      ...options,
    };
  }

  syn(data: Uint8Array = NOTHING): Bytes {
    return this.client(-1, data, { flags: SYN });
  }

  synAck(): Bytes {
    return this.server(-1, NOTHING, { flags: SYN | ACK });
  }

  open(): Bytes[] {
    return [this.syn(), this.synAck(), this.client(0, NOTHING)];
  }

  /** The client's bytes from `at` on; `ack` is how many of the server's it has. */
  client(at: number, data: Uint8Array | string, how: { flags?: number; ack?: number } = {}): Bytes {
    const { client, server, clientPort, serverPort } = this.#fields;
    const ports = { sport: clientPort, dport: serverPort };
    return this.#packet(client, server, { ...ports, ...this.#numbers(0, at, how) }, data);
  }

  server(at: number, data: Uint8Array | string, how: { flags?: number; ack?: number } = {}): Bytes {
    const { client, server, clientPort, serverPort } = this.#fields;
    const ports = { sport: serverPort, dport: clientPort };
    return this.#packet(server, client, { ...ports, ...this.#numbers(1, at, how) }, data);
  }

  #numbers(side: 0 | 1, at: number, { flags = ACK | PSH, ack = 0 }) {
    const first = [this.#fields.clientSeq, this.#fields.serverSeq];
    const number = (side: number, at: number) => (first[side]! + 1 + at + 2 ** 32) % 2 ** 32;
    return { flags, seq: number(side, at), ack: number(side ^ 1, ack) };
  }

  #packet(src: string, dst: string, fields: object, data: Uint8Array | string): Bytes {
    const payload = typeof data === "string" ? text(data) : data;
    return ethernet(ipv4({ src, dst }, tcp(fields, payload)));
  }
}

export const FIN_ACK = { flags: FIN | ACK };
export const RESET = { flags: RST };

/** Every order of `things`. */
export function* permutations<T>(things: readonly T[]): Iterable<T[]> {
  if (things.length === 0) yield [];
  for (const [i, thing] of things.entries()) {
    for (const rest of permutations(things.toSpliced(i, 1))) yield [thing, ...rest];
  }
}
