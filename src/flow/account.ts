// Traffic counters that a connection is charged to. Flows add to them for each packet; a host is one.

/** 0 for TCP, 1 for UDP. */
export type Transport = 0 | 1;
export const TCP: Transport = 0;
export const UDP: Transport = 1;

/** Whoever adds to an account adds to its `target`: itself, or the account that it was merged into. */
export class Account {
  target: Account = this;
  /** Bytes on the wire that the client has sent, and that it has received. */
  sent = 0;
  received = 0;
  /** Connections, indexed by Transport. */
  readonly connections: [number, number] = [0, 0];
  readonly connectionsOpen: [number, number] = [0, 0];

  /** Sets the counters to 0; open connections stay open. */
  reset(): void {
    this.sent = 0;
    this.received = 0;
    this.connections.fill(0);
  }

  /** Merges `other` into this account: adds its counters, and becomes its target. */
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
