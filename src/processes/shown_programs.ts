// The programs of processes, as they are shown.

import { printable } from "../text.ts";
import { readControlGroup } from "./control_group.ts";
import { Pods } from "./pods.ts";
import { readCommandLine } from "./process_files.ts";
import type { Program } from "./program.ts";
import type { Task } from "./tasks.ts";

/** Characters of a name, a unit or a container, and of a command line; what is cut ends in "…". */
const MAX_NAME = 64;
const MAX_COMMAND_LINE = 1024;

export class Programs {
  readonly #programs = new WeakMap<Task, Program>();
  readonly #pods = new Pods();
  readonly #readsCommandLines: boolean;

  constructor(readsCommandLines: boolean) {
    this.#readsCommandLines = readsCommandLines;
  }

  of(task: Task): Program {
    let program = this.#programs.get(task);
    if (program === undefined) this.#programs.set(task, program = this.#make(task));
    return program;
  }

  #make({ pid, name, controlGroup }: Task): Program {
    const { unit, runtime, container, pod } = readControlGroup(controlGroup);
    const line = this.#readsCommandLines ? readCommandLine(pid) : null;
    const id = container === "" ? "" : `${runtime}-${container}`;
    return {
      pid,
      name: shown(name, MAX_NAME),
      commandLine: line === null ? null : shown(line, MAX_COMMAND_LINE),
      unit: shown(pod === "" ? id || unit : this.#pods.nameOf(pod), MAX_NAME),
      container: container === "" ? null : shown(container, MAX_NAME),
    };
  }
}

/** Printable, and of bounded length. What begins with "~" is never taken for ~other. */
function shown(text: string, length: number): string {
  const safe = printable(text.length > length ? `${text.slice(0, length)}…` : text);
  return safe.startsWith("~") ? `\\${safe}` : safe;
}
