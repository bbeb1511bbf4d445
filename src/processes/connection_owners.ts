// Whose each connection is, as far as it is known now: looked up by its addresses and ports. It is asked
// when something is counted of a flow for the first time, never for a packet.

import { AgingMap } from "./aging_map.ts";
import { Listeners } from "./listeners.ts";
import { connectionKey, type FoundBy, type OwnedConnection, type Ownership } from "./ownership.ts";
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
  readonly #connections = new AgingMap<string, readonly OwnedConnection[]>(MAX_CONNECTIONS);

  #lost = 0;

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return this.#connections.size * CONNECTION_BYTES;
  }

  /** How often the watch over processes has lost events since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  note({ connections, listeners, lost }: Ownership): void {
    this.#lost += lost;
    for (const listener of listeners) this.#listeners.note(listener);
    for (const connection of connections) this.#add(connection);
  }

  #add(connection: OwnedConnection): void {
    const { key } = connection;
    const before = this.#connections.get(key) ?? NONE;
    const others = before.filter((each) => !isSameSocket(each, connection));
    this.#connections.set(
      key,
      others.length === 0 ? [connection] : [...others, connection].slice(-MAX_ALIKE),
    );
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
    const key = connectionKey(sought.udp, localPort, remote, remotePort);
    let best: OwnedConnection | null = null;
    for (const each of this.#connections.get(key) ?? NONE) {
      if (!isAt(each, local) || !isInTime(each, sought)) continue;
      if (best === null || isNearer(each, best, sought)) best = each;
    }
    return best;
  }
}

const NONE: readonly OwnedConnection[] = [];

const isAt = (connection: OwnedConnection, address: string): boolean =>
  connection.address === "" || connection.address === address;

/** The route of a datagram is looked up again for each, or once without the source address. */
const isSameSocket = (a: OwnedConnection, b: OwnedConnection): boolean =>
  a.address === b.address && a.program.pid === b.program.pid && a.program.name === b.program.name;

/**
 * Whether it may be the connection that is sought: the ports may have been those of another one before.
 */
function isInTime({ since }: OwnedConnection, { udp, time, isNew }: Sought): boolean {
  if (since === 0) return udp || !isNew;
  if (since > time + EARLIEST) return false;
  return udp || !isNew || time - since <= LATEST;
}

/** Of those that fit the newest is meant: it began last before the connection was seen. */
const isNearer = (a: OwnedConnection, b: OwnedConnection, { time }: Sought): boolean =>
  Math.abs(time - a.since) <= Math.abs(time - b.since);
