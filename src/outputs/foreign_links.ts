// Where a path leads for root. A stranger who may write to one of its folders could have put a symbolic
// link there, so that root writes into a file that the stranger must not.

import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * `path` without symbolic links. Throws Error at a link that none of `trusted` users made. What is
 * missing is kept as it is named.
 */
export function withoutForeignLinks(path: string, trusted: ReadonlySet<number>): string {
  const rest = partsOf(resolve(path));
  let at = "/";
  for (let links = 0; rest.length > 0;) {
    const next = join(at, rest.shift()!);
    const status = lstatSync(next, { throwIfNoEntry: false });
    if (status === undefined || !status.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (!trusted.has(status.uid)) throw new Error(`${next} is a link that another user made`);
    if (++links > MAX_LINKS) throw new Error("too many links");
    const target = resolve(at, readlinkSync(next));
    rest.unshift(...partsOf(target));
    at = "/";
  }
  return at;
}

/** Whether everybody may make files beside `path`, as in /tmp. */
export function isInOpenFolder(path: string): boolean {
  return ((lstatSync(dirname(path), { throwIfNoEntry: false })?.mode ?? 0) & 0o002) !== 0;
}

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "");
