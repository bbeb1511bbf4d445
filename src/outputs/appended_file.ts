// Opens a file to append lines to it. A new file is private, root does not follow links of other users,
// and a pipe without a reader does not block.

import { isSpecial, RawFile, SystemError } from "../../ffi/raw_file.ts";
import { statSync } from "./file_status.ts";
import { isInOpenFolder, withoutForeignLinks } from "./foreign_links.ts";

/** Whose file it is. */
export interface AppendedFileOwner {
  /** The owner of a new file; null for the user of this process. */
  readonly ids: { readonly uid: number; readonly gid: number } | null;
  /** Users whose links and files root may use. */
  readonly trusted: ReadonlySet<number>;
}

/** <errno.h> */
export const ERRNO = {
  exists: 17,
  again: Deno.build.os === "darwin" ? 35 : 11,
} as const;

const NEWLINE = 10;
/** The beginning of webstat's lines. */
const LINE_BEGIN = '{"ts":';
/** Longer incomplete lines are not searched for. */
const MAX_TORN = 1 << 16;

/** What is there is another file than those that lines are appended to. */
export class ForeignFileError extends Error {
  override name = "ForeignFileError";

  constructor() {
    super("it is no file of events");
  }
}

/**
 * Opens `path` to append to it, and makes it if it is not there. Throws ForeignFileError, and leaves the
 * file unchanged, if it begins otherwise than webstat's lines; SystemError or Error.
 */
export function openAppended(path: string, owner: AppendedFileOwner): RawFile {
  if (isSpecial(path)) return RawFile.open(path, { append: true, nonBlocking: true });
  const isRoot = Deno.uid() === 0;
  const real = isRoot ? withoutForeignLinks(path, owner.trusted) : path;
  const file = openOrMake(real, isRoot, owner);
  try {
    if (isRoot) refuseForeignFile(file, real, owner);
    refuseOtherContent(real);
    mendEnd(file, real);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function openOrMake(path: string, isRoot: boolean, owner: AppendedFileOwner): RawFile {
  const flags = { nonBlocking: true, noFollow: isRoot };
  // A pipe without a reader can only be opened for reading and writing. It then buffers what is written.
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

/** In a folder such as /tmp, another user may have created the file to read what root writes. */
function refuseForeignFile(file: RawFile, path: string, { ids, trusted }: AppendedFileOwner): void {
  const uid = file.status()?.uid;
  if (uid === undefined || uid === ids?.uid || trusted.has(uid) || !isInOpenFolder(path)) return;
  throw new Error("another user owns it, in a folder where everyone may create files");
}

/** A capture, perhaps the one that is read, would be damaged for good. An only line may be cut off. */
function refuseOtherContent(path: string): void {
  if (!statSync(path).isFile()) return;
  const begin = new TextDecoder().decode(beginOf(path, LINE_BEGIN.length));
  if (!LINE_BEGIN.startsWith(begin)) throw new ForeignFileError();
}

/** The first `count` bytes; none if the file may not be read. */
function beginOf(path: string, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const file = RawFile.tryOpen(path, { noFollow: Deno.uid() === 0, nonBlocking: true });
  try {
    return bytes.subarray(0, file?.readSync(bytes) ?? 0);
  } finally {
    file?.close();
  }
}

/**
 * If the last line is incomplete, as a killed process may leave it, removes it; if it is not webstat's,
 * completes it with a line end. Does nothing if another process has the file locked.
 */
function mendEnd(file: RawFile, path: string): void {
  const status = file.status();
  if (status === null || !status.isRegular || status.size === 0 || !file.lock()) return;
  const torn = endOf(path, status.size);
  if (torn.length === 0) return;
  const text = new TextDecoder().decode(torn);
  const isOurs = text.startsWith(LINE_BEGIN) || LINE_BEGIN.startsWith(text);
  if (isOurs) file.truncate(status.size - torn.length);
  else file.writeSync(Uint8Array.of(NEWLINE));
}

/** The bytes after the last line end; none if the file may not be read. */
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
