// Which program each thread is of. Threads are known by the events of their birth; what was there before
// is read from /proc, as is what is no longer in the table.

import { listProcesses, listThreads, readControlGroupOf, readProcess } from "./process_files.ts";

/** A process: all of its threads have the same one. */
export interface Task {
  readonly pid: number;
  readonly name: string;
  readonly controlGroup: string;
}

/** The longest unused go first: they are read from /proc if they are used again. */
const MAX_TASKS = 65_536;

/** <linux/sched.h> */
const CLONE_THREAD = 0x10000;
/** In the upper half of the flags. */
const CLONE_INTO_CGROUP = 0x2;

export class Tasks {
  /** By thread. */
  readonly #tasks = new Map<number, Task>();
  readonly #read: (thread: number) => Task | null;

  /** `read`: tells what /proc knows of a thread. */
  constructor(read: (thread: number) => Task | null = readTask) {
    this.#read = read;
  }

  get size(): number {
    return this.#tasks.size;
  }

  /** Learns all that run now. */
  learnAll(): void {
    for (const pid of listProcesses()) {
      const task = this.#read(pid);
      if (task === null) continue;
      for (const thread of listThreads(pid)) {
        // Its birth may have been told already, and what came after.
        if (!this.#tasks.has(thread)) this.#set(thread, task);
      }
    }
  }

  /** The program of a thread; null if it is gone, and was never known. */
  of(thread: number): Task | null {
    const known = this.#tasks.get(thread);
    if (known === undefined) return this.#learn(thread);
    // The last one of the map is the one that was used last.
    if (this.#tasks.size >= MAX_TASKS / 2) this.#set(thread, known);
    return known;
  }

  #learn(thread: number): Task | null {
    const task = this.#read(thread);
    if (task !== null) this.#set(thread, task);
    return task;
  }

  #set(thread: number, task: Task): void {
    this.#tasks.delete(thread);
    if (this.#tasks.size >= MAX_TASKS) this.#tasks.delete(this.#tasks.keys().next().value!);
    this.#tasks.set(thread, task);
  }

  /** `parent` made `child`. `flags`: of clone(2), its lower and its upper half. */
  born(parent: number, child: number, flags: number, upperFlags: number): void {
    // The number may have been that of another one.
    this.#tasks.delete(child);
    const task = this.of(parent);
    if (task === null) return;
    if ((flags & CLONE_THREAD) !== 0) return this.#set(child, task);
    const isMoved = (upperFlags & CLONE_INTO_CGROUP) !== 0;
    const controlGroup = isMoved ? readControlGroupOf(child) : "";
    this.#set(child, { ...task, pid: child, controlGroup: controlGroup || task.controlGroup });
  }

  /** A process has executed a program. `before`: the number of the thread that did, which is gone now. */
  executed(pid: number, before: number, name: string): void {
    const task = this.of(before) ?? this.of(pid);
    if (before !== pid) this.#tasks.delete(before);
    this.#set(pid, { pid, name, controlGroup: task?.controlGroup ?? readControlGroupOf(pid) });
  }

  /** A thread is in another control group now, and with it all of its process. */
  moved(thread: number, controlGroup: string): void {
    const task = this.of(thread);
    if (task === null || task.controlGroup === controlGroup) return;
    const now = { ...task, controlGroup };
    for (const [each, { pid }] of this.#tasks) if (pid === task.pid) this.#tasks.set(each, now);
  }
}

const readTask = (thread: number): Task | null => readProcess(thread);
