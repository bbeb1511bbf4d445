// Several workers as one pipeline: each has its own client, and their results are merged here.

import { FileErrors } from "../capture/file_errors.ts";
import { UserError } from "../errors.ts";
import type { InterfaceProblem } from "../capture/upkeep.ts";
import type { Inspection } from "../hosts/history.ts";
import { mergeInspections } from "../hosts/merge_inspections.ts";
import {
  excessHosts,
  foldHosts,
  foldRoutesOf,
  mergeSnapshots,
  withoutDnsOnly,
} from "../hosts/merge_snapshots.ts";
import { excessRoutes } from "../hosts/merge_routes.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import {
  type Ended,
  type EventWriter,
  PipelineClient,
  type PipelineListener,
  type PipelineWorker,
  resultSnapshot,
  type RunningPipeline,
} from "./client.ts";
import { PacketLimit } from "./packet_limit.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import { formTeam } from "./team.ts";

/** A merged snapshot, and the snapshots that it was made of. */
interface Merged {
  readonly parts: readonly (Snapshot | null)[];
  readonly snapshot: Snapshot;
}

/** One worker and its state. */
interface Member {
  readonly client: PipelineClient;
  isReady: boolean;
  done: number | null;
  packets: number;
  hasEnded: boolean;
  /** Its last snapshot, after its end; null if there is none, or the counters were reset since. */
  final: Snapshot | null;
}

export class PipelineGroup implements RunningPipeline {
  readonly ended: Promise<Ended>;
  readonly #listener: PipelineListener;
  readonly #members: readonly Member[];
  readonly #maxHosts: number;
  readonly #dnsOnlyHosts: boolean;
  readonly #routes: number | null;
  readonly #files: readonly string[];
  readonly #limit: PacketLimit | null;
  /** Warnings and failures that were reported: a message of several workers is reported once. */
  readonly #reported = new Set<string>();
  #interfaces: readonly string[] | null = null;
  readonly #openers: number[] = [];
  /** Of the interfaces of each worker. */
  readonly #problems: (readonly InterfaceProblem[])[] = [];
  #isReady = false;
  /** Settled once the listener has answered `ready`. */
  readonly #begun = Promise.withResolvers<void>();
  #eventsBroken = false;
  #merged: Merged | null = null;
  /** Hosts folded because the workers together had more than --max-hosts. */
  #folded = 0;
  /** The hosts of the last snapshot. */
  #kept: ReadonlySet<string> = new Set();
  #result: Ended | null = null;

  constructor(
    options: PipelineOptions,
    listener: PipelineListener,
    events: EventWriter | null,
    workers: readonly PipelineWorker[],
  ) {
    const team = formTeam(options, workers.length);
    const left = team[0]!.packetsLeft;
    this.#limit = left === null ? null : new PacketLimit(left);
    this.#listener = listener;
    this.#maxHosts = options.maxHosts;
    this.#dnsOnlyHosts = options.dnsOnlyHosts;
    this.#routes = options.routes;
    this.#files = options.files;
    const writer = events && inTurn(events);
    this.#members = workers.map((worker, i) => ({
      client: new PipelineClient(options, this.#listenerOf(i), writer, worker, team[i]!),
      isReady: false,
      done: 0,
      packets: 0,
      hasEnded: false,
      final: null,
    }));
    this.ended = this.#end();
  }

  #listenerOf(i: number): PipelineListener {
    return {
      ready: (interfaces, openers) => {
        this.#members[i]!.isReady = true;
        this.#interfaces ??= interfaces;
        this.#openers.push(...openers);
        this.#tellReady();
        return this.#begun.promise;
      },
      progress: (done, packets) => {
        Object.assign(this.#members[i]!, { done, packets });
        this.#tellProgress();
      },
      problems: (all) => {
        this.#problems[i] = all;
        this.#listener.problems?.(distinct(this.#problems.flat()));
      },
      answers: (answers) => {
        for (const [j, { client }] of this.#members.entries()) if (j !== i) client.hear(answers);
      },
      warning: (message) => this.#warn(message),
      detail: (message) => i === 0 && this.#listener.detail?.(message),
      eventsFailed: (error) => this.#eventsFailed(error),
    };
  }

  async snapshot(timeout: number, patience = timeout): Promise<Snapshot> {
    if (this.#result !== null) return resultSnapshot(this.#result);
    return this.#merge(
      await Promise.all(this.#members.map((member) => partOf(member, timeout, patience))),
    );
  }

  async inspect(host: string): Promise<Inspection | null> {
    const found = await Promise.all(this.#members.map(({ client }) => client.inspect(host)));
    const known = found.filter((each) => each !== null);
    return known.length === 0 ? null : mergeInspections(known);
  }

  /** The last snapshots of ended workers are dropped too. */
  reset(): void {
    if (this.#result !== null) return;
    this.#folded = 0;
    this.#merged = null;
    for (const member of this.#members) {
      member.client.reset();
      member.final = null;
    }
  }

  get hasCounts(): boolean {
    return this.#members.every(({ client }) => client.hasCounts);
  }

  releaseMemory(): void {
    if (this.#result !== null) return;
    this.#merged = null;
    for (const { client } of this.#members) client.releaseMemory();
  }

  stop(): void {
    for (const { client } of this.#members) client.stop();
  }

  abandon(): void {
    for (const { client } of this.#members) client.abandon();
  }

  close(): void {
    for (const { client } of this.#members) client.close();
  }

  async #end(): Promise<Ended> {
    const all = await Promise.all(this.#members.map((member) => this.#memberEnds(member)));
    const failures = all.flatMap(({ failure }) => failure ?? []);
    const failure = failures.length === 0 ? null : joinFailures(failures);
    const parts = this.#members.map(({ final }) => final);
    const isKnown = parts.some((part) => part !== null);
    return this.#result = { snapshot: isKnown ? this.#merge(parts) : null, failure };
  }

  /** A live capture ends with its first worker: without it some connections would be missed. */
  async #memberEnds(member: Member): Promise<Ended> {
    const ended = await member.client.ended;
    member.hasEnded = true;
    member.final = ended.snapshot;
    if (ended.failure !== null) this.#reported.add(ended.failure.message);
    this.#tellReady();
    if (this.#files.length === 0 || this.#limit?.isReached) this.stop();
    return ended;
  }

  /** Reports once that all workers are ready. Those that have ended already do not count. */
  #tellReady(): void {
    if (this.#isReady || this.#interfaces === null) return;
    if (!this.#members.every(({ isReady, hasEnded }) => isReady || hasEnded)) return;
    this.#isReady = true;
    this.#begin(this.#interfaces);
  }

  async #begin(interfaces: readonly string[]): Promise<void> {
    try {
      await this.#listener.ready(interfaces, this.#openers);
      this.#begun.resolve();
    } catch (error) {
      this.#begun.reject(error);
    }
  }

  /** Reports the sum: each worker reports which part of all files it has read. */
  #tellProgress(): void {
    let done: number | null = 0;
    let packets = 0;
    for (const member of this.#members) {
      done = done === null || member.done === null ? null : done + member.done;
      packets += member.packets;
    }
    this.#listener.progress(done, packets);
  }

  #warn(message: string): void {
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    this.#listener.warning(message);
  }

  #eventsFailed(error: unknown): void {
    if (this.#eventsBroken) return;
    this.#eventsBroken = true;
    this.#listener.eventsFailed(error);
    this.stop();
  }

  /** Returns the same object if no part has changed. Throws UserError if there are no parts. */
  #merge(parts: readonly (Snapshot | null)[]): Snapshot {
    const before = this.#merged;
    if (before !== null && parts.every((part, i) => part === before.parts[i])) {
      return before.snapshot;
    }
    const known = parts.filter((part) => part !== null);
    if (known.length === 0) throw new UserError("The capture ended without a result");
    const snapshot = this.#withinLimits(mergeSnapshots(known));
    this.#merged = { parts, snapshot };
    return snapshot;
  }

  /** Folds the routes above --routes, here and in the workers, so that they stay in `other`. */
  #withinRoutes(snapshot: Snapshot): Snapshot {
    const excess = this.#routes === null ? null : excessRoutes(snapshot.hosts, this.#routes);
    if (excess === null || excess.size === 0) return snapshot;
    for (const member of this.#members) {
      member.client.foldRoutes(excess);
      if (member.final !== null) member.final = foldRoutesOf(member.final, excess);
    }
    return foldRoutesOf(snapshot, excess);
  }

  /**
   * Folds the hosts above --max-hosts, here and in the workers, so that they stay in ~other; no worker folds
   * its part of the others.
   */
  #withinLimits(all: Snapshot): Snapshot {
    const excess = excessHosts(all, this.#maxHosts);
    const within = foldHosts(all, excess);
    const kept = new Set(within.hosts.map(({ name }) => name));
    this.#folded += excess.size;
    for (const member of this.#members) {
      if (excess.size > 0 || !kept.isSubsetOf(this.#kept)) member.client.fold(excess, kept);
      if (member.final !== null) member.final = foldHosts(member.final, excess);
    }
    this.#kept = kept;
    const folded = this.#withinRoutes(within);
    const wanted = this.#dnsOnlyHosts ? folded : withoutDnsOnly(folded);
    return {
      ...wanted,
      interfaces: inFileOrder(wanted.interfaces, this.#files),
      hostsFolded: wanted.hostsFolded + this.#folded,
    };
  }
}

/** One problem of each interface: its workers find out one after the other. */
function distinct(problems: readonly InterfaceProblem[]): InterfaceProblem[] {
  return [...new Map(problems.map((each) => [each.name, each])).values()];
}

/** The worker's snapshot; null if it has ended without one. */
async function partOf(
  member: Member,
  timeout: number,
  patience: number,
): Promise<Snapshot | null> {
  if (member.hasEnded) return member.final;
  try {
    return await member.client.snapshot(timeout, patience);
  } catch (error) {
    if (member.hasEnded) return null;
    throw error;
  }
}

/** In the order of the files: workers read them in an order that varies. */
function inFileOrder(
  interfaces: Snapshot["interfaces"],
  files: readonly string[],
): Snapshot["interfaces"] {
  const names = files.map((file) => file.slice(file.lastIndexOf("/") + 1));
  const place = (name: string) => names.includes(name) ? names.indexOf(name) : names.length;
  return interfaces.toSorted((a, b) => place(a.name) - place(b.name) || compare(a.name, b.name));
}

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0;

/** One error for all: each message once, those of files first and in the order of the files. */
function joinFailures(failures: readonly UserError[]): UserError {
  const problems = failures.flatMap((each) => each instanceof FileErrors ? each.problems : []);
  const others = failures.filter((each) => !(each instanceof FileErrors));
  const messages = others.map(({ message }) => message);
  if (problems.length > 0) messages.unshift(new FileErrors(problems).message);
  return new UserError([...new Set(messages)].join("; "), {
    usage: others.some(({ usage }) => usage),
  });
}

/** Writes the blocks of all workers one after the other. */
function inTurn(events: EventWriter): EventWriter {
  let last: Promise<unknown> = Promise.resolve();
  return {
    write(lines) {
      const written = last.then(() => events.write(lines));
      last = written.catch(() => {});
      return written;
    },
  };
}
