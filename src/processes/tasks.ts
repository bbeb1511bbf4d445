// Which program each thread is of. Threads are known by the events of their birth; what was there before
// is read from /proc, as is what is no longer in the table.

import { AgingMap } from "./aging_map.ts";
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
  readonly #tasks = new AgingMap<number, Task>(MAX_TASKS);
  readonly #read: (thread: number) => Task | null;

  /** `read`: tells what /proc knows of a thread. */
  constructor(read: (thread: number) => Task | null = readTask) {
    this.#read = read;
  }

  /** Learns all that run now. */
  learnAll(): void {
    for (const pid of listProcesses()) {
      const task = this.#read(pid);
      if (task === null) continue;
      for (const thread of listThreads(pid)) {
        // Its birth may have been told already, and what came after.
        if (!this.#tasks.has(thread)) this.#tasks.set(thread, task);
      }
    }
  }

  /** The program of a thread; null if it is gone, and was never known. */
  of(thread: number): Task | null {
    return this.#tasks.get(thread) ?? this.#learn(thread);
  }

  #learn(thread: number): Task | null {
    const task = this.#read(thread);
    if (task !== null) this.#tasks.set(thread, task);
    return task;
  }

  /** `parent` made `child`. `flags`: of clone(2), its lower and its upper half. */
  born(parent: number, child: number, flags: number, upperFlags: number): void {
    // The number may have been that of another one.
    this.#tasks.delete(child);
    const task = this.of(parent);
    if (task === null) return;
    if ((flags & CLONE_THREAD) !== 0) return this.#tasks.set(child, task);
    const isMoved = (upperFlags & CLONE_INTO_CGROUP) !== 0;
    const controlGroup = isMoved ? readControlGroupOf(child) : "";
    this.#tasks.set(child, {
      ...task,
      pid: child,
      controlGroup: controlGroup || task.controlGroup,
    });
  }

  /**
   * A process has executed a program; `name` is "" if it is the same one. `before`: the number of the thread
   * that did, which is gone now.
   */
  executed(pid: number, before: number, name: string): void {
    const task = this.of(before) ?? this.of(pid);
    if (before !== pid) this.#tasks.delete(before);
    this.#tasks.set(pid, {
      pid,
      name: name === "" ? task?.name ?? readProcess(pid)?.name ?? "" : name,
      controlGroup: task?.controlGroup ?? readControlGroupOf(pid),
    });
  }

  /** A thread is in another control group now, and with it all of its process. */
  moved(thread: number, controlGroup: string): void {
    const task = this.of(thread);
    if (task === null || task.controlGroup === controlGroup) return;
    const now = { ...task, controlGroup };
    for (const [each, { pid }] of [...this.#tasks]) {
      if (pid === task.pid) this.#tasks.set(each, now);
    }
  }
}

const readTask = (thread: number): Task | null => readProcess(thread);
