// Traffic counters that a connection is charged to. Flows add to them for each packet; a host is one.

/** 0 for TCP, 1 for UDP. */
export type Transport = 0 | 1;
export const TCP: Transport = 0;
export const UDP: Transport = 1;

/** How many accounts were merged into others so far. */
export let merges = 0;

/** Whoever adds to an account adds to its `target`: itself, or the account that it was merged into. */
export class Account {
  target: Account = this;
  /** Bytes on the wire that the client has sent, and that it has received. */
  bytesSent = 0;
  bytesReceived = 0;
  /** Connections, indexed by Transport. */
  readonly connections: [number, number] = [0, 0];
  readonly connectionsOpen: [number, number] = [0, 0];

  /** From now on `other` stands for this account. */
  mergeInto(other: Account): void {
    this.target = other;
    merges++;
  }
}
