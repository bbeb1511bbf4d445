// To whom a connection's traffic is charged. Flows add to it packet by packet; hosts build on it.

/** 0 for TCP, 1 for UDP. */
export type Transport = 0 | 1;
export const TCP: Transport = 0;
export const UDP: Transport = 1;

/** Traffic counters. All additions go to `target`: itself, or the account that this one was merged into. */
export class Account {
  target: Account = this;
  /** Bytes on the wire, as the client sees them. */
  sent = 0;
  received = 0;
  /** Connections, indexed by Transport. */
  readonly connections: [number, number] = [0, 0];
  readonly connectionsOpen: [number, number] = [0, 0];

  /** Forgets what was counted; open connections stay open. */
  reset(): void {
    this.sent = 0;
    this.received = 0;
    this.connections.fill(0);
  }

  /** Adds what `other` has counted, and takes all that will come for it. */
  absorb(other: Account): void {
    this.sent += other.sent;
    this.received += other.received;
    for (const transport of [TCP, UDP]) {
      this.connections[transport] += other.connections[transport];
      this.connectionsOpen[transport] += other.connectionsOpen[transport];
    }
    other.target = this;
  }
}
