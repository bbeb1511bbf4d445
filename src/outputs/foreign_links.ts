// Resolves paths for root without following symbolic links of other users: with a link in a folder where
// they may write, they could make root write to a file of their choice.

import { dirname, join, resolve } from "node:path";
import { lstatSync, readlinkSync } from "./file_status.ts";

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** Resolves the symbolic links in `path`. Throws Error at one that does not belong to a trusted user. */
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
    if (!trusted.has(status.uid)) throw new Error(`${next} is a link of another user`);
    if (++links > MAX_LINKS) throw new Error("too many links");
    const target = resolve(at, readlinkSync(next));
    rest.unshift(...partsOf(target));
    at = "/";
  }
  return at;
}

/** Whether every user may create files in the folder of `path`, as in /tmp. */
export function isInOpenFolder(path: string): boolean {
  return ((lstatSync(dirname(path), { throwIfNoEntry: false })?.mode ?? 0) & 0o002) !== 0;
}

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "");
