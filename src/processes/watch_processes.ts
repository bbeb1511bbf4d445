// The watch over processes: who has opened which connection, and who waits for some. By tracepoints; where
// the kernel has none for webstat, by looking at all sockets again and again.

import { monotonicOrigin } from "../../ffi/clocks.ts";
import { readSystemFile, readSystemLink } from "../../ffi/raw_file.ts";
import {
  connectionKey,
  type FoundBy,
  type Listener,
  type OwnedConnection,
  type Ownership,
} from "./ownership.ts";
import { Programs } from "./shown_programs.ts";
import type { Socket } from "./sock_diag.ts";
import { ownedSockets } from "./socket_owners.ts";
import { type Task, Tasks } from "./tasks.ts";
import { TraceError, TraceInstance } from "./trace_instance.ts";
import { type End, TraceEvents } from "./trace_events.ts";

/** Of the first process's namespace, in which the kernel numbers threads (PROC_PID_INIT_INO). */
const FIRST_PID_NAMESPACE = "pid:[4026531836]";

/** Milliseconds from one look at all sockets to the next, where nothing can be traced. */
const LOOK_INTERVAL = 100;
/** Such a look may take this part of the time. */
const LOOK_SHARE = 0.02;

const NOWHERE: End = { address: "", port: 0 };

export class ProcessWatch {
  readonly #tasks = new Tasks();
  readonly #programs: Programs;
  #trace: TraceInstance | null = null;
  readonly #events: TraceEvents;
  #connections: OwnedConnection[] = [];
  #listeners: Listener[] = [];
  /** To be added to times of the trace: microseconds. */
  #origin = 0;
  /** What was told of the sockets that were there at the last look. */
  #known = new Set<string>();
  #nextLook = 0;
  /** When the last look began, microseconds since 1970; 0 before the first. */
  #lookedAt = 0;

  /** `readsCommandLines`: whether whole command lines are told. */
  constructor(readsCommandLines: boolean) {
    this.#programs = new Programs(readsCommandLines);
    this.#events = new TraceEvents(this.#tasks, unitHierarchies(), {
      connected: (udp, local, remote, since, task) =>
        this.#connected(udp, local, remote, this.#origin + since / 1000, task, "trace"),
      listens: (socket, local, task) => this.#listens(`${socket}`, false, local, task, "trace"),
      closed: (socket, local) => this.#closed(`${socket}`, false, local, "trace"),
    });
  }

  /** Begins to watch, with the rights that this process has now. Returns why nothing is traced; null if it is. */
  open(): string | null {
    const refusal = this.#openTrace();
    this.#tasks.learnAll();
    this.#look();
    return refusal;
  }

  #openTrace(): string | null {
    // Threads would be other ones.
    if (readSystemLink("/proc/self/ns/pid") !== FIRST_PID_NAMESPACE) {
      return "it is in a PID namespace of its own";
    }
    try {
      this.#trace = TraceInstance.open(this.#events);
      return null;
    } catch (error) {
      if (error instanceof TraceError) return error.message;
      throw error;
    }
  }

  /** What has become known since the last call. */
  read(): Ownership {
    if (this.#trace !== null) this.#readTrace(this.#trace);
    else if (performance.now() >= this.#nextLook) this.#look();
    const lost = this.#trace?.takeLost() ?? 0;
    const found = { connections: this.#connections, listeners: this.#listeners, lost };
    this.#connections = [];
    this.#listeners = [];
    return found;
  }

  close(): void {
    this.#trace?.close();
  }

  #readTrace(trace: TraceInstance): void {
    const events = trace.read();
    this.#origin = monotonicOrigin();
    for (const event of events) this.#events.take(event);
  }

  /** Tells the owners of all sockets that were not there at the last look. */
  #look(): void {
    const began = performance.now();
    const now = Date.now() * 1000;
    const before = this.#known;
    this.#known = new Set();
    for (const { socket, pid } of ownedSockets()) {
      const key = keyOf(socket);
      this.#known.add(key);
      if (!before.has(key)) this.#seen(socket, pid, key);
    }
    for (const key of before) {
      if (!this.#known.has(key)) this.#closed(key, key.startsWith("udp"), NOWHERE, "sock_diag");
    }
    this.#lookedAt = now;
    const took = performance.now() - began;
    this.#nextLook = performance.now() + Math.max(LOOK_INTERVAL, took / LOOK_SHARE);
  }

  #seen(socket: Socket, pid: number, key: string): void {
    const task = this.#tasks.of(pid);
    if (task === null) return;
    const local = { address: socket.localAddress, port: socket.localPort };
    const remote = { address: socket.remoteAddress, port: socket.remotePort };
    if (socket.listens) this.#listens(key, socket.udp, local, task, "sock_diag");
    else this.#connected(socket.udp, local, remote, this.#lookedAt, task, "sock_diag");
  }

  #connected(udp: boolean, local: End, remote: End, since: number, task: Task, by: FoundBy): void {
    const key = connectionKey(udp, local.port, remote.address, remote.port);
    const program = this.#programs.of(task);
    const last = this.#connections.at(-1);
    // Many datagrams of one socket: the first one tells it all.
    if (udp && last?.key === key && last.address === local.address && last.program === program) {
      return;
    }
    this.#connections.push({ key, address: local.address, since, program, by });
  }

  #listens(id: string, udp: boolean, { address, port }: End, task: Task, by: FoundBy): void {
    this.#listeners.push({ id, udp, address, port, program: this.#programs.of(task), by });
  }

  #closed(id: string, udp: boolean, { address, port }: End, by: FoundBy): void {
    this.#listeners.push({ id, udp, address, port, program: null, by });
  }
}

const keyOf = (socket: Socket): string => {
  const { udp, network, inode, localAddress, localPort, remoteAddress, remotePort } = socket;
  const protocol = udp ? "udp" : "tcp";
  return `${protocol} ${network} ${inode} ${localAddress}:${localPort} ${remoteAddress}:${remotePort}`;
};

/** The hierarchies of control groups whose paths have units: of version 2, and systemd's own. */
function unitHierarchies(): ReadonlySet<number> {
  const lines = readSystemFile("/proc/self/cgroup")?.trim().split("\n") ?? [];
  const ids = lines.filter((line) => /^\d+:(?:name=systemd)?:/.test(line))
    .map((line) => parseInt(line));
  return new Set([0, ...ids]);
}
