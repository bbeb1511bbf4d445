// What /proc tells of a process.

import { listSystemFolder, readSystemFile, readSystemLink } from "../../ffi/raw_file.ts";
import { bestPath } from "./control_group.ts";
import { programName } from "./program.ts";

/** What the kernel keeps of a name: 15 characters (TASK_COMM_LEN). */
const SHORT_NAME = 15;

export interface ProcessFacts {
  /** The process of the thread that was asked for. */
  readonly pid: number;
  readonly name: string;
  readonly controlGroup: string;
}

/** The process of a thread or process; null if there is none. */
export function readProcess(thread: number): ProcessFacts | null {
  const status = readSystemFile(`/proc/${thread}/status`);
  const [, id] = /^Tgid:\s+(\d+)/m.exec(status ?? "") ?? [];
  if (id === undefined) return null;
  const pid = Number(id);
  const short = readSystemFile(`/proc/${pid}/comm`)?.trimEnd() ?? "";
  return { pid, name: wholeName(pid, short), controlGroup: readControlGroupOf(pid) };
}

/** The path of its control group; "" if it is not known. */
export function readControlGroupOf(pid: number): string {
  return bestPath(readSystemFile(`/proc/${pid}/cgroup`) ?? "");
}

/** The command line, with a space between the words; null if it cannot be read. */
export function readCommandLine(pid: number): string | null {
  return readWords(pid)?.join(" ") ?? null;
}

function readWords(pid: number): string[] | null {
  const words = readSystemFile(`/proc/${pid}/cmdline`)?.replace(/\0$/, "");
  return words ? words.split("\0") : null;
}

/**
 * The last part of the path that was executed, of a script its own. The kernel's short name is its
 * beginning, unless the program renamed itself: node calls itself "MainThread".
 */
function wholeName(pid: number, short: string): string {
  const [command = "", script = ""] = readWords(pid) ?? [];
  const candidates = [script, command].map(programName).filter((name) => name !== "");
  const whole = candidates.find((each) => each.slice(0, SHORT_NAME) === short);
  if (whole !== undefined) return whole;
  const file = readSystemLink(`/proc/${pid}/exe`);
  return file === null ? short : programName(file.replace(/ \(deleted\)$/, ""));
}

/** The ids of all processes. */
export function listProcesses(): number[] {
  return numbers(listSystemFolder("/proc"));
}

/** The ids of a process's threads. */
export function listThreads(pid: number): number[] {
  return numbers(listSystemFolder(`/proc/${pid}/task`));
}

const numbers = (names: readonly string[] | null): number[] =>
  (names ?? []).map(Number).filter((number) => number > 0);
