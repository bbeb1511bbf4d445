// What the watch over processes tells the threads that count packets.

import type { Program } from "./program.ts";

/** How a program was found. */
export type FoundBy = "trace" | "sock_diag";

/** A connection, or a socket of UDP that has sent something to one place. */
export interface OwnedConnection {
  /** See `connectionKey`. */
  readonly key: string;
  /** Text of this side's address; "" if it is not known yet. */
  readonly address: string;
  /** When it began, or was seen to: microseconds since 1970; 0 if that is not known. */
  readonly since: number;
  readonly program: Program;
  readonly by: FoundBy;
}

/** What connections are looked up by: the port of this side, and address and port of the other. */
export const connectionKey = (udp: boolean, port: number, remote: string, remotePort: number) =>
  (udp ? "udp " : "tcp ") + port + " " + remote + " " + remotePort;

/** A socket that connections are accepted on, or that receives datagrams. */
export interface Listener {
  /** Of the socket: the same when it is closed, unless that is told by another way. */
  readonly id: string;
  readonly udp: boolean;
  /** "" if any. */
  readonly address: string;
  readonly port: number;
  /** Null when it is closed. */
  readonly program: Program | null;
  readonly by: FoundBy;
}

/** What has become known since the last message. */
export interface Ownership {
  readonly connections: readonly OwnedConnection[];
  readonly listeners: readonly Listener[];
  /** How often events were lost, or not asked for, as too many came at once. */
  readonly lost: number;
}
