// What is counted of clients (--clients): who in the network talks to which host, by their addresses.

import type { Flows } from "../flow/flows.ts";
import { ClientNames, type ClientNameSource, reversedAddress } from "../hosts/client_names.ts";
import type { PackedClients } from "../hosts/clients.ts";
import { SOURCE_INDEX } from "../hosts/fields.ts";
import type { Host } from "../hosts/host.ts";
import type { MemoryLedger } from "../memory_ledger.ts";
import { CLIENT, type SourceName } from "../protocols/analyser.ts";
import type { DnsQuery } from "../protocols/transactions.ts";
import { SharedCounts } from "./shared_counts.ts";

export class ClientCounts extends SharedCounts {
  readonly #names: ClientNames;

  constructor(maxPairs: number, ledger: MemoryLedger) {
    super(maxPairs);
    this.#names = new ClientNames(ledger);
  }

  override follow(flows: Flows): void {
    super.follow(flows);
    flows.announced = this;
  }

  hit(flow: number, host: Host, source: SourceName): void {
    this.pair(this.keyOf(flow), host).hits[SOURCE_INDEX[source]]!++;
  }

  protected override keyOf(flow: number): string {
    return this.flows!.address(flow, CLIENT);
  }

  named(address: string, name: string, by: ClientNameSource): void {
    this.#names.note(address, name, by);
  }

  /** An answer of reverse DNS tells the name of an address. */
  heard({ host, type, pointer }: DnsQuery): void {
    const address = type === "PTR" && pointer !== "" ? reversedAddress(host) : null;
    if (address !== null) this.named(address, pointer, "ptr");
  }

  packed(): PackedClients {
    return { pairs: this.pairs.packed(), names: this.#names.all() };
  }
}
