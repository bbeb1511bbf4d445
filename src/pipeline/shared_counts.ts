// What is counted of whoever takes part in connections, a program or a client, together with each host.

import type { Account } from "../flow/account.ts";
import type { Flows } from "../flow/flows.ts";
import { type Sharer, UnsettledBytes } from "../flow/sharers.ts";
import type { Host } from "../hosts/host.ts";
import { type Pair, PairTable } from "../hosts/pair_table.ts";
import { CLIENT, SERVER } from "../protocols/analyser.ts";

export abstract class SharedCounts implements Sharer {
  readonly pairs: PairTable;
  protected flows: Flows | null = null;
  readonly #bytes = new UnsettledBytes();

  constructor(maxPairs: number) {
    this.pairs = new PairTable(maxPairs);
  }

  /** Who takes part in a flow, as it is known at its last packet: the key of its pairs. */
  protected abstract keyOf(flow: number): string;

  /** Follows other flows, which are new. */
  follow(flows: Flows): void {
    this.flows = flows;
    flows.sharers = [...flows.sharers, this];
  }

  /** Bytes of memory, as an estimate, without those of the pairs. */
  get held(): number {
    return this.#bytes.held;
  }

  protected pair(key: string, host: Host): Pair {
    return this.pairs.of(key, host.live.name);
  }

  charge(flow: number, fromB: number, length: number): void {
    this.#bytes.add(flow, fromB, length);
  }

  opened(flow: number, account: Account): void {
    this.pair(this.keyOf(flow), account as Host).connections++;
  }

  settle(flow: number, account: Account): void {
    const { table } = this.flows!;
    const sent = this.#bytes.take(flow, table.endpointOf(flow, CLIENT));
    const received = this.#bytes.take(flow, table.endpointOf(flow, SERVER));
    if (sent + received === 0) return;
    const pair = this.pair(this.keyOf(flow), account as Host);
    pair.bytesSent += sent;
    pair.bytesReceived += received;
  }

  removed(flow: number): void {
    this.#bytes.take(flow, 0);
    this.#bytes.take(flow, 1);
  }

  moved(to: Int32Array): void {
    this.#bytes.move(to);
  }

  reset(): void {
    this.flows!.settleAll();
    this.pairs.reset();
  }
}
