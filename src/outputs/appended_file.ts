// A file that lines are appended to: nobody else can read a new one, root is not led astray by links,
// and a pipe that nobody reads is not waited for.

import { statSync } from "node:fs";
import { isSpecial, RawFile, SystemError } from "../../ffi/raw_file.ts";
import { isInOpenFolder, withoutForeignLinks } from "./foreign_links.ts";

/** Whose file it is. */
export interface AppendedFileOwner {
  /** Who gets a new file; null for the user of this process. */
  readonly ids: { readonly uid: number; readonly gid: number } | null;
  /** Users whose links and files root trusts. */
  readonly trusted: ReadonlySet<number>;
}

/** <errno.h> */
export const ERRNO = {
  exists: 17,
  again: Deno.build.os === "darwin" ? 35 : 11,
} as const;

const NEWLINE = 10;
/** How webstat's lines begin. */
const LINE_BEGIN = '{"ts":';
/** Longer beginnings of lines are not looked for. */
const MAX_TORN = 1 << 16;

/** Opens `path` to append to it, and makes it if it is not there. Throws SystemError or Error. */
export function openAppended(path: string, owner: AppendedFileOwner): RawFile {
  if (isSpecial(path)) return RawFile.open(path, { append: true, nonBlocking: true });
  const isRoot = Deno.uid() === 0;
  const real = isRoot ? withoutForeignLinks(path, owner.trusted) : path;
  const file = openOrMake(real, isRoot, owner);
  try {
    if (isRoot) refuseForeignFile(file, real, owner);
    mendEnd(file, real);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function openOrMake(path: string, isRoot: boolean, owner: AppendedFileOwner): RawFile {
  const flags = { nonBlocking: true, noFollow: isRoot };
  // Open to be read, too, a pipe can be opened though nobody reads it, and keeps what it gets until
  // somebody does.
  if (isPipe(path)) return RawFile.open(path, { ...flags, readAndWrite: true });
  try {
    const made = RawFile.open(path, { ...flags, append: true, create: true, exclusive: true });
    if (isRoot && owner.ids !== null) made.giveTo(owner.ids.uid, owner.ids.gid);
    return made;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== ERRNO.exists) throw error;
    return RawFile.open(path, { ...flags, append: true });
  }
}

function isPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}

/** Where everybody may make files, somebody may have made this one to read what root writes. */
function refuseForeignFile(file: RawFile, path: string, { ids, trusted }: AppendedFileOwner): void {
  const uid = file.status()?.uid;
  if (uid === undefined || uid === ids?.uid || trusted.has(uid) || !isInOpenFolder(path)) return;
  throw new Error("it is another user's, in a folder where everybody may make files");
}

/**
 * A process that is killed while it writes leaves the beginning of a line: it is taken away, or ended if
 * it is not webstat's. Not while another process appends to the file.
 */
function mendEnd(file: RawFile, path: string): void {
  const status = file.status();
  if (status === null || !status.isRegular || status.size === 0 || !file.lock()) return;
  const torn = endOf(path, status.size);
  if (torn.length === 0) return;
  const isOurs = new TextDecoder().decode(torn).startsWith(LINE_BEGIN);
  if (isOurs) file.truncate(status.size - torn.length);
  else file.writeSync(Uint8Array.of(NEWLINE));
}

/** What stands behind the last line end, as far as it is looked for; nothing if it may not be read. */
function endOf(path: string, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(size, MAX_TORN));
  const file = RawFile.tryOpen(path, { noFollow: true, nonBlocking: true });
  if (file === null) return new Uint8Array(0);
  try {
    file.seek(size - bytes.length);
    let end = 0;
    while (end < bytes.length) end += file.readSync(bytes.subarray(end)) ?? bytes.length;
    return bytes.subarray(bytes.lastIndexOf(NEWLINE) + 1);
  } finally {
    file.close();
  }
}
