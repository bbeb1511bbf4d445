// Captures, decodes and counts, as the commands of messages.ts ask for: in a worker, or in the main thread.

import type { Batch, CaptureInterface, Drops, Source } from "../capture/batch.ts";
import type { Delay } from "../capture/delayed_file.ts";
import { openFiles } from "../capture/file.ts";
import { FileErrors } from "../capture/file_errors.ts";
import { inOrder, takeFrom } from "../capture/file_queue.ts";
import { SharingError } from "../capture/sharing.ts";
import { loadAllCiphers } from "../crypto/decryption.ts";
import { FILE_SEED } from "../flow/hashing.ts";
import { linkTypeName } from "../decode/link_names.ts";
import { KeyLines } from "../keylog/key_lines.ts";
import { KeyLogs } from "../keylog/key_logs.ts";
import type { RouteKeys } from "../hosts/merge_routes.ts";
import { SharedPipe } from "../keylog/shared_pipe.ts";
import { memoryBudget, stateBytes } from "../memory_budget.ts";
import { collectHeap, releaseFreedMemory, trimRegularly } from "../../ffi/memory.ts";
import { keepFresh } from "../geo/keep_fresh.ts";
import { UserError } from "../errors.ts";
import { AnswerRelay, type HeardAnswer } from "./answer_relay.ts";
import { ClockWatch } from "./clock_watch.ts";
import { EventBuffer } from "./event_buffer.ts";
import type { PackedSnapshot, PipelineFailure, WorkerCommand, WorkerReport } from "./messages.ts";
import { delayForKeys, LiveKeyDelay } from "./key_delay.ts";
import { PacketLimit, packetsLeft } from "./packet_limit.ts";
import { loadDomains, loadNaming } from "./naming.ts";
import { OwnershipFeed } from "../processes/ownership_feed.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import type { Team } from "./team.ts";

/** Milliseconds for which files are read before messages are handled. */
const TURN = 50;
/** Milliseconds for which a snapshot is valid without new packets: flows also end without packets. */
const SNAPSHOT_VALID = 10_000;

/** Sends a message to the PipelineClient. */
export type Post = (report: WorkerReport, transfer?: Transferable[]) => void;

/** Does what a PipelineClient commands. */
export class Capture {
  readonly #post: Post;
  #run: CaptureRun | null = null;
  #processes: OwnershipFeed | null = null;

  constructor(post: Post) {
    this.#post = post;
  }

  handle(command: WorkerCommand): void {
    switch (command.type) {
      case "processes":
        this.#processes = new OwnershipFeed(command.line);
        break;
      case "start":
        this.#run = new CaptureRun(command.options, command.team, this.#processes, this.#post);
        this.#run.start().catch((error) => this.#crashed(error));
        break;
      case "begin":
        this.#run?.begin();
        break;
      case "snapshot":
        this.#run?.answer(command.id);
        break;
      case "inspect":
        this.#run?.inspect(command.id, command.host);
        break;
      case "reset":
        this.#run?.reset();
        break;
      case "answers":
        this.#run?.hear(command.answers);
        break;
      case "fold-routes":
        this.#run?.foldRoutes(command.routes);
        break;
      case "fold":
        this.#run?.fold(command.hosts, command.kept);
        break;
      case "release-memory":
        this.#run?.releaseMemory();
        break;
      case "written":
        this.#run?.written(command.bytes);
        break;
      case "stop":
        this.#run?.stop();
        break;
    }
  }

  #crashed(error: unknown): void {
    this.#post({ type: "crashed", message: String(error) });
  }
}

class CaptureRun {
  readonly #post: Post;
  readonly #warn = (message: string): void => this.#post({ type: "warning", message });
  readonly #describe = ({ name, linkType }: CaptureInterface): void =>
    this.#post({ type: "detail", message: `${name}: link type ${linkTypeName(linkType)}` });
  readonly #options: PipelineOptions;
  readonly #team: Team | null;
  readonly #events: EventBuffer;
  readonly #pipeline: Pipeline;
  readonly #limit: PacketLimit | null;
  /** Of packets that come as they are counted. */
  readonly #clock: ClockWatch | null;
  #source: Source | null = null;
  #packets = 0;
  /** #packets at the last snapshot, and its time. */
  #answeredPackets = -1;
  #answeredAt = 0;
  /** #packets when memory was released last. */
  #releasedPackets = -1;
  /** Drops at the last reset: libpcap counts them from the start of the capture. */
  #dropsBefore: readonly Drops[] = [];
  #turnEnds = 0;
  #stopping = false;
  /** Null without --keylog. */
  readonly #keyLogs: KeyLogs | null;
  /** The same for files. */
  readonly #keyDelay: LiveKeyDelay | null;
  /** Null without --process. */
  readonly #processes: OwnershipFeed | null;
  /** Fulfilled by `begin`, with true, or `stop`. */
  readonly #begun = Promise.withResolvers<boolean>();

  constructor(
    options: PipelineOptions,
    team: Team | null,
    processes: OwnershipFeed | null,
    post: Post,
  ) {
    this.#post = post;
    this.#options = options;
    this.#processes = processes;
    this.#team = team;
    const { count, files } = options;
    const send = (lines: Uint8Array<ArrayBuffer>) =>
      this.#post({ type: "events", lines }, [lines.buffer]);
    this.#events = new EventBuffer(files.length === 0, send, team?.workers);
    this.#clock = files.length === 0 ? new ClockWatch() : null;
    this.#limit = count === null ? null : new PacketLimit(team?.packetsLeft ?? packetsLeft(count));
    const relay = team !== null && files.length === 0
      ? new AnswerRelay((answers) => post({ type: "answers", answers }))
      : null;
    this.#pipeline = new Pipeline({
      ...options,
      seed: this.#isLive ? undefined : FILE_SEED,
      memory: stateBytes(memoryBudget(options.memory), team?.workers),
      warn: this.#warn,
      collect: collectHeap,
      release: releaseFreedMemory,
      event: options.events ? (line) => this.#events.add(line) : null,
      mergeable: team !== null,
      relay: relay && ((answer) => relay.add(answer)),
      owners: processes?.owners ?? null,
    });
    const { keys } = this.#pipeline;
    // Capture files may have the same session again.
    keys.forgets = this.#isLive;
    this.#keyLogs = options.keyLogs.length === 0 ? null : new KeyLogs(
      options.keyLogs,
      keys,
      team === null || team.worker === 0 ? this.#warn : () => {},
      team?.keyPipes.map((memory) => new SharedPipe(memory, team.worker)),
    );
    this.#keyDelay = this.#isLive && this.#keyLogs ? new LiveKeyDelay(this.#keyLogs, keys) : null;
  }

  /** Whether packets are counted soon after they were sent. */
  get #isLive(): boolean {
    return this.#options.files.length === 0 || this.#options.fresh;
  }

  async start(): Promise<void> {
    using _ = trimRegularly();
    let failure: PipelineFailure | null = null;
    try {
      await this.#openKeyLogs();
      this.#pipeline.nameBy(await loadNaming(this.#options), await loadDomains(this.#options));
      await this.#openNetworks();
      this.#source = await openSource(
        this.#options,
        this.#team,
        this.#pipeline,
        delayForKeys(this.#options.fresh ? this.#keyLogs : null, this.#pipeline.keys),
        this.#post,
      );
      if (this.#stopping) this.#source.stop();
      this.#source.interfaces.forEach(this.#describe);
      this.#post({
        type: "ready",
        interfaces: this.#source.interfaces.map((each) => each.name),
        openers: await this.#source.openers(),
      });
      if (await this.#begun.promise) await this.#readAll(this.#source);
    } catch (error) {
      failure = failureOf(error);
    }
    this.#keyLogs?.poll(performance.now());
    this.#pipeline.finish();
    this.#events.flush();
    const snapshot = this.#snapshot();
    this.#source?.close();
    this.#keyLogs?.close();
    this.#processes?.close();
    this.#post({ type: "ended", snapshot, failure }, [snapshot.hosts.values.buffer]);
  }

  /** From files, all secrets are read first; live, they come while packets do. */
  async #openKeyLogs(): Promise<void> {
    if (this.#keyLogs === null) return;
    await loadAllCiphers();
    if (this.#isLive) this.#keyLogs.open();
    else await this.#keyLogs.readAll();
  }

  /** For events; the main thread says what is wrong with the file. */
  async #openNetworks(): Promise<void> {
    const { asnDb, events } = this.#options;
    if (asnDb === null || !events) return;
    const { openNetworks } = await import("../geo/networks.ts");
    const networks = openNetworks(asnDb);
    keepFresh(networks, () => {});
    this.#pipeline.tellNetworks(networks.network);
  }

  async #readAll(source: Source): Promise<void> {
    this.#turnEnds = performance.now() + TURN;
    for (;;) {
      const next = source.read();
      const batch = next instanceof Promise ? await next : next;
      if (batch === null) return;
      if (this.#options.fresh) this.#keyLogs?.poll(performance.now());
      else await this.#keyDelay?.wait(batch, () => this.#stopping);
      if (this.#processes !== null && batch.count > 0) {
        await this.#processes.upTo(batch.time[batch.count - 1]!);
      }
      if (this.#feed(source, batch)) return;
      await this.#events.ready();
      if (performance.now() > this.#turnEnds) await this.#lookAtMessages(source);
    }
  }

  /** Returns whether the limit of packets is reached. */
  #feed(source: Source, batch: Batch): boolean {
    const count = this.#limit === null ? batch.count : this.#limit.take(batch.count);
    const jump = this.#clock?.jump() ?? 0;
    if (jump !== 0) this.#pipeline.clockWasSet(jump * 1000);
    this.#pipeline.feed(batch, source.interfaces, count);
    this.#packets += count;
    // Packets may have waited: while they come, the time is that of the newest one.
    if (this.#options.files.length === 0 && count === 0) this.#pipeline.advance(Date.now() * 1000);
    this.#events.flush();
    return this.#limit !== null && this.#limit.isReached;
  }

  async #lookAtMessages(source: Source): Promise<void> {
    if (this.#options.files.length > 0) {
      this.#post({ type: "progress", done: source.progress(), packets: this.#packets });
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turnEnds = performance.now() + TURN;
  }

  begin(): void {
    this.#begun.resolve(true);
  }

  stop(): void {
    this.#begun.resolve(false);
    this.#stopping = true;
    this.#source?.stop();
  }

  written(bytes: number): void {
    this.#events.written(bytes);
  }

  /** Sends a snapshot, or null if no packets came since the last one. */
  answer(id: number): void {
    const now = performance.now();
    if (this.#packets === this.#answeredPackets && now - this.#answeredAt < SNAPSHOT_VALID) {
      this.#post({ type: "snapshot", id, snapshot: null });
      return;
    }
    const snapshot = this.#snapshot();
    this.#post({ type: "snapshot", id, snapshot }, [snapshot.hosts.values.buffer]);
    this.#answeredPackets = this.#pipeline.isWaiting ? -1 : this.#packets;
    this.#answeredAt = now;
  }

  inspect(id: number, host: string): void {
    this.#post({ type: "inspection", id, inspection: this.#pipeline.inspect(host) });
  }

  reset(): void {
    this.#pipeline.reset();
    this.#answeredPackets = -1;
    this.#dropsBefore = this.#source?.drops() ?? [];
    this.#events.dropped = 0;
  }

  /** Only while no packets come: releasing memory takes 30 ms. */
  releaseMemory(): void {
    if (this.#packets !== this.#answeredPackets || this.#packets === this.#releasedPackets) return;
    releaseFreedMemory();
    this.#releasedPackets = this.#packets;
  }

  foldRoutes(routes: RouteKeys): void {
    this.#pipeline.foldRoutes(routes);
    this.#answeredPackets = -1;
  }

  hear(answers: readonly HeardAnswer[]): void {
    for (const answer of answers) this.#pipeline.hear(answer);
  }

  fold(hosts: ReadonlySet<string>, kept: ReadonlySet<string>): void {
    this.#pipeline.fold(hosts, kept);
    this.#answeredPackets = -1;
  }

  #snapshot(): PackedSnapshot {
    const drops = this.#source?.drops() ?? [];
    return this.#pipeline.packed(
      this.#source?.interfaces ?? [],
      drops.map((each, i) => dropsSince(this.#dropsBefore[i], each)),
      this.#events.dropped,
    );
  }
}

function dropsSince(before: Drops | undefined, now: Drops): Drops {
  return {
    kernel: now.kernel - (before?.kernel ?? 0),
    interface: now.interface - (before?.interface ?? 0),
  };
}

/**
 * Loads libpcap only for live capture and for filters. If several workers read files, connections are not
 * followed from file to file, as the one before may be read by another worker.
 */
async function openSource(
  options: PipelineOptions,
  team: Team | null,
  pipeline: Pipeline,
  delay: Delay | null,
  post: Post,
): Promise<Source> {
  const { interfaces, files, filter, snaplen } = options;
  if (interfaces.length > 0) {
    const { openLive } = await import("../capture/live.ts");
    return openLive({
      ...options,
      sharing: team === null ? null : { ...team, memory: team.interfaces },
      warn: (message) => post({ type: "warning", message }),
      problems: (problems) => post({ type: "problems", problems }),
    });
  }
  const lines = new KeyLines(pipeline.keys);
  const takeSecrets = (bytes: Uint8Array, isEnd: boolean) => {
    lines.add(bytes);
    if (isEnd) lines.end();
  };
  const take = team === null
    ? inOrder(files.length)
    : takeFrom(team.files, () => pipeline.separate());
  const hasProcessor = navigator.hardwareConcurrency > (team?.workers ?? 1);
  const readAhead = hasProcessor ? "if reading takes long" : "never";
  const given = { take, takeSecrets, delay, readAhead } as const;
  if (filter === null) return openFiles(files, given);
  const { fileFilter } = await import("../capture/filter.ts");
  return openFiles(files, { ...given, accept: fileFilter(filter, snaplen) });
}

/** What to tell the user; null if another worker has failed, which reports it. */
function failureOf(error: unknown): PipelineFailure | null {
  if (error instanceof SharingError) return null;
  if (error instanceof UserError) {
    const { message, usage } = error;
    return error instanceof FileErrors
      ? { message, usage, problems: error.problems }
      : { message, usage };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: `Internal error in the capture (${message}): please report it as a bug`,
    usage: false,
  };
}
