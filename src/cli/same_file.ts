// Files that two options name: the results of one would be lost, or what is read would be overwritten.

import { basename, dirname, join } from "node:path";
import { isSpecial } from "../../ffi/raw_file.ts";
import { UserError } from "../errors.ts";
import { statSync } from "../outputs/file_status.ts";
import { isNatsUrl } from "../push/push_url.ts";

/** A path, or null, by the option that names it. */
export type NamedPath = readonly [option: string, path: string | null];

/** Throws UserError if two of `outputs` are the same file, or one of them is read too. */
export function checkFiles(outputs: readonly NamedPath[], inputs: readonly NamedPath[] = []): void {
  const written = new Map<string, string>();
  for (const [option, path] of outputs) {
    const file = fileOf(path);
    if (file === null) continue;
    const other = written.get(file);
    if (other !== undefined) throw sameFile(other, option);
    written.set(file, option);
  }
  for (const [option, path] of written.size === 0 ? [] : inputs) {
    const other = written.get(fileOf(path) ?? "");
    if (other !== undefined) throw sameFile(option, other);
  }
}

/**
 * The same text for all names of a file. Null for what can be named twice, such as pipes and devices, and
 * for what cannot be looked up: to open it tells why.
 */
function fileOf(path: string | null): string | null {
  if (path === null || path === "-" || isNatsUrl(path) || isSpecial(path)) return null;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there === undefined) return join(Deno.realPathSync(dirname(path)), basename(path));
    return there.isFile() ? `${there.dev}:${there.ino}` : null;
  } catch {
    return null;
  }
}

function sameFile(one: string, other: string): UserError {
  return new UserError(`${one} and ${other} name the same file: name another with one of them`, {
    usage: true,
  });
}
