// Whose each connection is, as far as it is known now: looked up by its addresses and ports. It is asked
// when something is counted of a flow for the first time, never for a packet.

import { Listeners } from "./listeners.ts";
import type { FoundBy, OwnedConnection, Ownership } from "./ownership.ts";
import type { Program } from "./program.ts";

/** Connections that are remembered; the oldest are forgotten first. */
const MAX_CONNECTIONS = 65_536;
/** Of the same ports and server: of clients in other network namespaces, or one after the other. */
const MAX_ALIKE = 8;

/** Bytes of memory that one takes. */
const CONNECTION_BYTES = 500;

/**
 * How much later than connect() the first packet may come, and how much earlier, as clocks are compared;
 * microseconds.
 */
const LATEST = 3_000_000;
const EARLIEST = 100_000;

/** A connection to be looked up. */
export interface Sought {
  readonly udp: boolean;
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
  /** Of its first packet, or of the datagram, microseconds since 1970. */
  readonly time: number;
  /** Whether that packet began it: else it may be older. */
  readonly isNew: boolean;
}

export interface Owner {
  readonly program: Program;
  readonly by: FoundBy;
}

export class ConnectionOwners {
  readonly #listeners = new Listeners();
  /** By protocol, port of this side, and the other side; the newest last. */
  readonly #connections = new Map<string, readonly OwnedConnection[]>();

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return this.#connections.size * CONNECTION_BYTES;
  }

  note({ connections, listeners }: Ownership): void {
    for (const listener of listeners) this.#listeners.note(listener);
    for (const connection of connections) this.#add(connection);
  }

  #add(connection: OwnedConnection): void {
    const { udp, localPort, remoteAddress, remotePort } = connection;
    const key = keyOf(udp, localPort, remoteAddress, remotePort);
    const before = this.#connections.get(key) ?? [];
    this.#connections.delete(key);
    if (this.#connections.size >= MAX_CONNECTIONS) {
      this.#connections.delete(this.#connections.keys().next().value!);
    }
    const others = before.filter((each) => !isSameSocket(each, connection));
    this.#connections.set(key, [...others, connection].slice(-MAX_ALIKE));
  }

  /** The program of the client, if it is of this machine, else of the server; null if it is not known. */
  find(sought: Sought): Owner | null {
    const { udp, client, clientPort, server, serverPort } = sought;
    return this.#findFrom(sought, client, clientPort, server, serverPort) ??
      this.#findFrom(sought, server, serverPort, client, clientPort) ??
      this.#listeners.find(udp, server, serverPort);
  }

  #findFrom(
    sought: Sought,
    local: string,
    localPort: number,
    remote: string,
    remotePort: number,
  ): Owner | null {
    const all = this.#connections.get(keyOf(sought.udp, localPort, remote, remotePort));
    if (all === undefined) return null;
    const fit = all.filter((each) => isAt(each, local) && isInTime(each, sought));
    return fit.reduce<OwnedConnection | null>(
      (a, b) => a === null ? b : nearer(a, b, sought),
      null,
    );
  }
}

const keyOf = (udp: boolean, localPort: number, remote: string, remotePort: number): string =>
  `${udp ? "udp" : "tcp"} ${localPort} ${remote} ${remotePort}`;

const isAt = ({ localAddress }: OwnedConnection, address: string): boolean =>
  localAddress === "" || localAddress === address;

/** The route of a datagram is looked up again for each, or once without the source address. */
const isSameSocket = (a: OwnedConnection, b: OwnedConnection): boolean =>
  a.program === b.program && a.localAddress === b.localAddress;

/** Whether it may be the connection that is sought: the ports may have been those of another one before. */
function isInTime({ udp, since }: OwnedConnection, { time, isNew }: Sought): boolean {
  if (since === 0) return udp || !isNew;
  if (since > time + EARLIEST) return false;
  return udp || !isNew || time - since <= LATEST;
}

/** The one that began last before the connection was seen: of those that fit it is the newest. */
function nearer(a: OwnedConnection, b: OwnedConnection, { time }: Sought): OwnedConnection {
  return Math.abs(time - b.since) <= Math.abs(time - a.since) ? b : a;
}
