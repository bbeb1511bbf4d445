// What is counted of programs: for each connection its program is looked up when something is counted of
// it, and then charged too.

import { moved } from "../flow/readers.ts";
import type { Host } from "../hosts/host.ts";
import { pairKey } from "../hosts/pair_table.ts";
import type { ConnectionOwners, Owner } from "../processes/connection_owners.ts";
import { type Program, UNKNOWN } from "../processes/program.ts";
import type { MemoryLedger } from "../memory_ledger.ts";
import { CLIENT, SERVER, type SourceName } from "../protocols/analyser.ts";
import { SOURCE_INDEX } from "../hosts/fields.ts";
import { quote } from "../text.ts";
import { LabelledCounts } from "./labelled_counts.ts";
import { SharedCounts } from "./shared_counts.ts";

export class ProcessCounts extends SharedCounts {
  /** Connections by how their program was found. */
  readonly found = new LabelledCounts("by");
  readonly #owners: ConnectionOwners;
  /** Indexed by flow: null if its program was looked for in vain; undefined if nobody asked. */
  #known: (Owner | null | undefined)[] = [];

  constructor(owners: ConnectionOwners, maxPairs: number) {
    super(maxPairs);
    this.#owners = owners;
  }

  override get held(): number {
    return super.held + this.#owners.held + 8 * this.#known.length;
  }

  /** Tells the ledger of what the watch over processes has lost. */
  countLosses(ledger: MemoryLedger): void {
    for (let lost = this.#owners.takeLost(); lost > 0; lost--) {
      ledger.countEvicted("processes", "full");
    }
  }

  /** Counts a hit; `time` is that of the packet. */
  hit(flow: number, time: number, host: Host, source: SourceName): void {
    const program = this.programOf(flow, time);
    this.pair(keyOf(program), host).hits[SOURCE_INDEX[source]]!++;
    host.hitProgram(program.name);
  }

  /** The program of a flow, as it is known at `time`; UNKNOWN if it is not. */
  programOf(flow: number, time: number): Program {
    const known = this.#known[flow] ?? null;
    // One port of UDP may be that of one program after the other.
    if (known !== null && !this.flows!.table.isUdp(flow)) return known.program;
    const owner = this.#find(flow, time) ?? known;
    if (owner !== null && known === null) this.found.add(owner.by);
    this.#known[flow] = owner;
    return owner?.program ?? UNKNOWN;
  }

  #find(flow: number, time: number): Owner | null {
    const flows = this.flows!;
    const began = flows.table.synTime(flow);
    return this.#owners.find({
      udp: flows.table.isUdp(flow),
      client: flows.address(flow, CLIENT),
      clientPort: flows.port(flow, CLIENT),
      server: flows.address(flow, SERVER),
      serverPort: flows.port(flow, SERVER),
      time: began || time,
      isNew: began > 0,
    });
  }

  protected override keyOf(flow: number): string {
    return keyOf(this.programOf(flow, this.flows!.table.lastTime(flow)));
  }

  override removed(flow: number): void {
    if (this.#known[flow] === null) this.found.add("none");
    this.#known[flow] = undefined;
    super.removed(flow);
  }

  override moved(to: Int32Array): void {
    this.#known = moved(this.#known, to);
    super.moved(to);
  }

  override reset(): void {
    super.reset();
    this.found.clear();
  }

  /** A line of an event, with the program of its flow. */
  tell(line: string, flow: number, time: number): string {
    const { pid, name, unit, container, commandLine } = this.programOf(flow, time);
    return line.replace(/\}\n$/, "") +
      ',"process":' + textOrNull(name) +
      ',"pid":' + (pid || "null") +
      ',"unit":' + textOrNull(unit) +
      ',"container":' + textOrNull(container ?? "") +
      (commandLine === null ? "}\n" : ',"command_line":' + quote(commandLine) + "}\n");
  }
}

const keyOf = ({ name, unit }: Program): string => pairKey(name, unit);

const textOrNull = (text: string): string => text === "" ? "null" : quote(text);
