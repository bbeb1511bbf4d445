// From the events of tracepoints to who has opened which connection:
//
//   sock/inet_sock_set_state     connect(): socket and thread, but no port yet; then, when the handshake
//                                is over, socket and ports; listen(), and its end
//   task/task_newtask            the birth of a thread: the others have numbers of threads
//   sched/sched_process_exec     a new program in a process
//   cgroup/cgroup_attach_task    a process is put into a unit or container
//   fib/fib_table_lookup         the route of a datagram, looked up by its sender
//   fib6/fib6_table_lookup       the same for IPv6

import { type EventFormat, offsetsOf } from "./event_format.ts";
import { ipText } from "./ip_text.ts";
import { programName } from "./program.ts";
import type { RawEvent } from "./ring_page.ts";
import type { Task, Tasks } from "./tasks.ts";

/** A tracepoint, what is asked of it, and the fields that are read. */
interface Tracepoint {
  readonly name: string;
  /** In the language of its `filter` file; null for all. */
  readonly filter: string | null;
  readonly fields: readonly string[];
}

/** States of a socket (include/net/tcp_states.h). */
const TCP_SYN_SENT = 2;
const TCP_LISTEN = 10;

const AF_INET = 2;

/**
 * Clients send from a port of their own to one of a service: so answers of a busy server of UDP cost
 * nothing.
 */
const CLIENTS = "sport >= 1024 && dport > 0 && dport < 32768";

const STATES = [TCP_SYN_SENT, TCP_LISTEN]
  .map((state) => `newstate == ${state} || oldstate == ${state}`).join(" || ");

/** In the order in which they are switched on: births are known before what the born do. */
export const TRACEPOINTS = {
  attach: {
    name: "cgroup/cgroup_attach_task",
    filter: null,
    fields: ["pid", "dst_root", "dst_path"],
  },
  exec: { name: "sched/sched_process_exec", filter: null, fields: ["pid", "old_pid", "filename"] },
  birth: {
    name: "task/task_newtask",
    filter: null,
    fields: ["common_pid", "pid", "clone_flags"],
  },
  state: {
    name: "sock/inet_sock_set_state",
    filter: `protocol == 6 && (${STATES})`,
    fields: [
      ...["common_pid", "skaddr", "oldstate", "newstate", "sport", "dport", "family"],
      ...["saddr", "daddr", "saddr_v6", "daddr_v6"],
    ],
  },
  route: {
    name: "fib/fib_table_lookup",
    filter: `proto == 17 && ${CLIENTS}`,
    fields: ["common_pid", "common_flags", "src", "dst", "sport", "dport"],
  },
  route6: {
    name: "fib6/fib6_table_lookup",
    filter: `proto == 17 && ${CLIENTS}`,
    fields: ["common_pid", "common_flags", "src", "dst", "sport", "dport"],
  },
} as const satisfies Record<string, Tracepoint>;

type TracepointName = keyof typeof TRACEPOINTS;

/** What is found in the events. Times are in nanoseconds, by the buffer's clock. */
export interface TraceListener {
  /** `since`: when connect() was called, or the datagram was sent. */
  connected(udp: boolean, local: End, remote: End, since: number, task: Task): void;
  /** `socket`: a number of its own as long as it is open. */
  listens(socket: number, local: End, task: Task): void;
  closed(socket: number, local: End): void;
}

/** Text of an address, and a port. An address without bits means any. */
export interface End {
  readonly address: string;
  readonly port: number;
}

/** An event that was not in process context: its thread has nothing to do with it. */
const IN_INTERRUPT = 0x08 | 0x10;

/** Sockets between connect() and the end of the handshake; the oldest goes first. */
const MAX_CONNECTING = 16_384;

interface Connecting {
  readonly task: Task;
  readonly since: number;
}

type Handler = (event: RawEvent, offsets: readonly number[]) => void;

const text = new TextDecoder();

export class TraceEvents {
  /** By the event's id. */
  readonly #handlers = new Map<number, { handle: Handler; offsets: readonly number[] }>();
  readonly #tasks: Tasks;
  readonly #listener: TraceListener;
  readonly #connecting = new Map<number, Connecting>();
  /** The ids of the hierarchies of control groups that tell units. */
  readonly #hierarchies: ReadonlySet<number>;

  constructor(tasks: Tasks, hierarchies: ReadonlySet<number>, listener: TraceListener) {
    this.#tasks = tasks;
    this.#hierarchies = hierarchies;
    this.#listener = listener;
  }

  /** Reads events of this format from now on. Returns false if it lacks a field. */
  add(name: TracepointName, format: EventFormat): boolean {
    const offsets = offsetsOf(format, TRACEPOINTS[name].fields);
    if (offsets === null) return false;
    const handlers: Record<TracepointName, Handler> = {
      attach: (event, at) => this.#attached(event, at),
      exec: (event, at) => this.#executed(event, at),
      birth: (event, at) => this.#born(event, at),
      state: (event, at) => this.#stateChanged(event, at),
      route: (event, at) => this.#routed(event, at, 4),
      route6: (event, at) => this.#routed(event, at, 16),
    };
    this.#handlers.set(format.id, { handle: handlers[name], offsets });
    return true;
  }

  /** Takes events in the order of their times. */
  take(event: RawEvent): void {
    const known = this.#handlers.get(event.page.getUint16(event.at, true));
    if (known !== undefined) known.handle(event, known.offsets);
  }

  #attached({ page, at, end }: RawEvent, [pid, root, path]: readonly number[]): void {
    if (!this.#hierarchies.has(page.getInt32(at + root!, true))) return;
    const group = stringAt(page, at, at + path!, end);
    this.#tasks.moved(page.getInt32(at + pid!, true), group);
  }

  #executed({ page, at, end }: RawEvent, [pid, oldPid, filename]: readonly number[]): void {
    const path = stringAt(page, at, at + filename!, end);
    this.#tasks.executed(
      page.getInt32(at + pid!, true),
      page.getInt32(at + oldPid!, true),
      programName(path),
    );
  }

  #born({ page, at }: RawEvent, [parent, pid, flags]: readonly number[]): void {
    this.#tasks.born(
      page.getInt32(at + parent!, true),
      page.getInt32(at + pid!, true),
      page.getUint32(at + flags!, true),
      page.getUint32(at + flags! + 4, true),
    );
  }

  #stateChanged(event: RawEvent, offsets: readonly number[]): void {
    const { page, at } = event;
    const [, socketAt, oldState, newState] = offsets;
    const socket = addressAt(page, at + socketAt!);
    const before = page.getInt32(at + oldState!, true);
    const after = page.getInt32(at + newState!, true);
    if (after === TCP_SYN_SENT) this.#connects(event, offsets[0]!, socket);
    else if (before === TCP_SYN_SENT) this.#connected(event, offsets, socket);
    else if (after === TCP_LISTEN) this.#listens(event, offsets, socket);
    else if (before === TCP_LISTEN) {
      this.#listener.closed(socket, ends(page, at, offsets).local);
    }
  }

  #connects({ page, at, time }: RawEvent, thread: number, socket: number): void {
    this.#connecting.delete(socket);
    const task = this.#tasks.of(page.getInt32(at + thread, true));
    if (task === null) return;
    if (this.#connecting.size >= MAX_CONNECTING) {
      this.#connecting.delete(this.#connecting.keys().next().value!);
    }
    this.#connecting.set(socket, { task, since: time });
  }

  #connected({ page, at }: RawEvent, offsets: readonly number[], socket: number): void {
    const connecting = this.#connecting.get(socket);
    if (connecting === undefined) return;
    this.#connecting.delete(socket);
    const { local, remote } = ends(page, at, offsets);
    this.#listener.connected(false, local, remote, connecting.since, connecting.task);
  }

  #listens({ page, at }: RawEvent, offsets: readonly number[], socket: number): void {
    const task = this.#tasks.of(page.getInt32(at + offsets[0]!, true));
    const { local } = ends(page, at, offsets);
    if (task !== null) this.#listener.listens(socket, local, task);
  }

  #routed({ page, at, time }: RawEvent, offsets: readonly number[], size: number): void {
    const [thread, flags, source, destination, sport, dport] = offsets;
    if ((page.getUint8(at + flags!) & IN_INTERRUPT) !== 0) return;
    const task = this.#tasks.of(page.getInt32(at + thread!, true));
    if (task === null) return;
    this.#listener.connected(
      true,
      { address: ipText(page, at + source!, size), port: page.getUint16(at + sport!, true) },
      { address: ipText(page, at + destination!, size), port: page.getUint16(at + dport!, true) },
      time,
      task,
    );
  }
}

/** The two ends of a socket. Its ports are numbers of this machine. */
function ends(page: DataView, at: number, offsets: readonly number[]): { local: End; remote: End } {
  const [, , , , sport, dport, family, source, destination, source6, destination6] = offsets;
  const isIpv4 = page.getUint16(at + family!, true) === AF_INET;
  const size = isIpv4 ? 4 : 16;
  const [from, to] = isIpv4 ? [source!, destination!] : [source6!, destination6!];
  return {
    local: { address: ipText(page, at + from, size), port: page.getUint16(at + sport!, true) },
    remote: { address: ipText(page, at + to, size), port: page.getUint16(at + dport!, true) },
  };
}

/** The lower 53 bits of an address in the kernel: enough to tell sockets apart. */
const addressAt = (page: DataView, at: number): number =>
  (page.getUint32(at + 4, true) & 0x1fffff) * 2 ** 32 + page.getUint32(at, true);

/** A text whose place (lower half) and length with its NUL (upper half) stand at `at`. */
function stringAt(page: DataView, event: number, at: number, end: number): string {
  const place = page.getUint32(at, true);
  const from = event + (place & 0xffff);
  const to = Math.min(end, from + (place >>> 16) - 1);
  if (from >= to) return "";
  return text.decode(new Uint8Array(page.buffer, page.byteOffset + from, to - from));
}
