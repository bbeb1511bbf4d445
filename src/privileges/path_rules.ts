// Which files webstat may still open once it has given its privileges away, as rules of Landlock.

import { dirname, resolve } from "node:path";
import type { FileRight, PathRule } from "../../ffi/landlock.ts";

/** What is still opened later. All that is open already goes on working. */
export interface Reach {
  /** Files that are read, and folders with all that is in them. */
  readonly read: readonly string[];
  /** Files that are written, made anew or replaced: each in its folder. */
  readonly write: readonly string[];
}

/**
 * What the system keeps for all programs: what the kernel tells of threads, memory and interfaces;
 * libraries, time zones, names and certificates.
 */
const SYSTEM = [
  ...["/proc", "/sys", "/usr", "/lib", "/lib64", "/etc", "/run/systemd/resolve"],
  ...["/dev/null", "/dev/urandom"],
];

const READ: readonly FileRight[] = ["readFile", "readFolder"];
const WRITE: readonly FileRight[] = ["readFile", "writeFile", "truncate"];
const REPLACE: readonly FileRight[] = [...WRITE, "readFolder", "makeFile", "removeFile"];

/** The rules that allow `reach`, and what the system keeps. */
export function rulesFor({ read, write }: Reach): PathRule[] {
  return [
    ...[...SYSTEM, ...read].map((path) => ({ path, rights: READ })),
    ...write.flatMap((path) => allNamesOf(path).map(rightsToWrite)),
  ];
}

/** A pipe or a device is there already; another file is made anew when it was renamed. */
function rightsToWrite(path: string): PathRule {
  return isRegular(path) ? { path: dirname(path), rights: REPLACE } : { path, rights: WRITE };
}

/** Whether it is a file with content, no pipe or device; also if there is nothing yet. */
export function isRegular(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** The path, and where it leads if it is a symbolic link. */
function allNamesOf(path: string): string[] {
  const named = resolve(path);
  try {
    return [...new Set([named, Deno.realPathSync(named)])];
  } catch {
    return [named];
  }
}
