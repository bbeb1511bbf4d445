// For the tests of commands: streams in memory, and workers that follow a script.

import type { NetInterface } from "../capture/interfaces.ts";
import { HostPacker } from "../hosts/packed_hosts.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { countedAs } from "../hosts/testing.ts";
import { exampleHost, exampleSnapshot, hitsBy } from "../outputs/example.ts";
import type { PipelineWorker } from "../pipeline/client.ts";
import type { PackedSnapshot, WorkerCommand, WorkerReport } from "../pipeline/messages.ts";
import type { Confinement, Privileges } from "../privileges/confine.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import type { HandledSignal, Io } from "./io.ts";

const PRIVILEGES: Privileges = {
  user: "nobody",
  capabilities: "",
  noNewPrivileges: true,
  seccomp: true,
  landlock: 7,
};

/** Standard streams in memory; `signal` sends a signal. */
export class FakeIo implements Io {
  out = "";
  err = "";
  exited: number | null = null;
  terminalWidth: number | null = null;
  interactive = false;
  isOutputClosed = false;
  terminalGone = false;
  configFile: string | null = null;
  /** Thrown by writes to standard output. */
  outFailure: Error | null = null;
  /** How privileges were given away. */
  confinement: Confinement | null = null;
  /** Why they cannot be. */
  confineFailure: Error | null = null;
  readonly #env: Record<string, string>;
  readonly #listeners: (readonly [string, () => void])[] = [];

  constructor(env: Record<string, string> = {}) {
    this.#env = env;
  }

  readonly stdout = {
    write: (data: string | Uint8Array) => {
      if (this.outFailure !== null) return Promise.reject(this.outFailure);
      this.out += typeof data === "string" ? data : new TextDecoder().decode(data);
      return Promise.resolve();
    },
    width: () => this.terminalWidth,
    isClosed: () => this.isOutputClosed,
  };

  readonly stderr = {
    terminal: false,
    write: (text: string) => {
      this.err += text;
    },
  };

  env(name: string): string | undefined {
    return this.#env[name];
  }

  envNames(): string[] {
    return Object.keys(this.#env);
  }

  now(): number {
    return 1_700_000_000_000;
  }

  onSignal(signal: string, heard: () => void): () => void {
    const listener = [signal, heard] as const;
    this.#listeners.push(listener);
    return () => this.#listeners.splice(this.#listeners.indexOf(listener), 1);
  }

  isTerminalGone(): boolean {
    return this.terminalGone;
  }

  signal(name: HandledSignal): void {
    for (const [signal, heard] of [...this.#listeners]) if (signal === name) heard();
  }

  exit(status: number): void {
    this.exited ??= status;
  }

  confine(confinement: Confinement): Promise<Privileges> {
    this.confinement = confinement;
    return this.confineFailure === null
      ? Promise.resolve(PRIVILEGES)
      : Promise.reject(this.confineFailure);
  }

  privileges(): Promise<Privileges> {
    return Promise.resolve({ ...PRIVILEGES, user: "root", capabilities: "cap_net_raw" });
  }
}

/** A message of a worker whose snapshots are not packed. */
export type PlainReport =
  | Exclude<WorkerReport, { readonly type: "snapshot" | "ended" }>
  | Omit<WorkerReport & { type: "snapshot" }, "snapshot"> & { snapshot: Snapshot | null }
  | Omit<WorkerReport & { type: "ended" }, "snapshot"> & { snapshot: Snapshot };

/** A worker whose answers are written by the test. */
export class FakeWorker implements PipelineWorker {
  onmessage: ((event: MessageEvent<WorkerReport>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  readonly commands: WorkerCommand[] = [];
  terminated = false;
  readonly #packer = new HostPacker();
  readonly #answer: (command: WorkerCommand, worker: FakeWorker) => void;

  constructor(answer: (command: WorkerCommand, worker: FakeWorker) => void = () => {}) {
    this.#answer = answer;
  }

  postMessage(command: WorkerCommand): void {
    this.commands.push(command);
    // Real workers answer in a later turn of the event loop.
    setTimeout(() => this.#answer(command, this), 0);
  }

  terminate(): void {
    this.terminated = true;
  }

  /** Sends a message to the main thread. */
  report(report: PlainReport): void {
    if (this.terminated) return;
    this.onmessage?.(new MessageEvent("message", { data: this.#packed(report) }));
  }

  #packed(report: PlainReport): WorkerReport {
    switch (report.type) {
      case "snapshot":
        return { ...report, snapshot: report.snapshot && this.#packedSnapshot(report.snapshot) };
      case "ended":
        return { ...report, snapshot: this.#packedSnapshot(report.snapshot) };
      default:
        return report;
    }
  }

  #packedSnapshot(snapshot: Snapshot): PackedSnapshot {
    const hosts = this.#packer.pack(snapshot.hosts.map(countedAs));
    return { ...snapshot, hosts, processes: null, clients: null };
  }
}

/** One host and one interface. */
export function smallSnapshot(): Snapshot {
  return exampleSnapshot({
    hosts: [exampleHost("a.example", { hits: hitsBy({ http: 3, dns: 1 }) })],
    interfaces: [{ name: "eth0", packets: 10, bytes: 1000, dropped: null }],
  });
}

/** Answers as a live capture: ready at once, a snapshot on request, the end when stopped. */
export function liveScript(snapshot = smallSnapshot()) {
  return (command: WorkerCommand, worker: FakeWorker): void => {
    if (command.type === "start") {
      worker.report({ type: "ready", interfaces: command.options.interfaces, openers: [4711] });
    } else if (command.type === "snapshot") {
      worker.report({ type: "snapshot", id: command.id, snapshot });
    } else if (command.type === "stop") {
      worker.report({ type: "ended", snapshot, failure: null });
    }
  };
}

/** Answers as a capture file: ready, then the end. */
export function fileScript(snapshot = smallSnapshot(), failure: string | null = null) {
  return (command: WorkerCommand, worker: FakeWorker): void => {
    if (command.type === "start") {
      worker.report({ type: "ready", interfaces: [], openers: [] });
      worker.report({
        type: "ended",
        snapshot,
        failure: failure === null ? null : { message: failure, usage: false },
      });
    }
  };
}

export const LOOPBACK: NetInterface = {
  index: 1,
  name: "lo",
  description: "",
  addresses: ["127.0.0.1", "::1"],
  up: true,
  running: true,
  loopback: true,
};

export class FakeBackend implements CaptureBackend {
  /** The first worker. */
  readonly worker: FakeWorker;
  /** All workers that were started. */
  readonly workers: FakeWorker[] = [];
  readonly #script: ((command: WorkerCommand, worker: FakeWorker) => void) | undefined;

  constructor(script?: (command: WorkerCommand, worker: FakeWorker) => void) {
    this.#script = script;
    this.worker = new FakeWorker(script);
  }

  listInterfaces(): Promise<NetInterface[]> {
    return Promise.resolve([
      LOOPBACK,
      {
        ...LOOPBACK,
        index: 2,
        name: "eth0\x1b[2J",
        addresses: [],
        loopback: false,
        running: false,
      },
    ]);
  }

  defaultInterface(): Promise<string> {
    return Promise.resolve("eth7");
  }

  startWorker(): PipelineWorker {
    const worker = this.workers.length === 0 ? this.worker : new FakeWorker(this.#script);
    this.workers.push(worker);
    return worker;
  }

  localWorker(): Promise<PipelineWorker> {
    return Promise.resolve(this.startWorker());
  }
}

/** Waits until `condition` holds; throws after five seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
