// Files that belong to the user who asked for them: nobody else can read them, and they are there whole
// or not at all. Their folder is opened at the start, as the process may lose the right to.

import { basename, dirname, join } from "node:path";
import { RawFile, SystemError } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";
import type { NextUser } from "../privileges/user.ts";
import { lstatSync, mkdirSync } from "./file_status.ts";

/** <errno.h>: ENOENT. */
const NO_SUCH_FILE = 2;

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Whom files are for. */
export interface FileOwner {
  readonly home: string;
  /** Null if files belong to this process's user anyway. */
  readonly ids: Ids | null;
  /** Whether the home is theirs: root's is not that of the user whom root becomes without being asked. */
  readonly isHomeTheirs: boolean;
}

/** `user`: whom this process becomes, or who called sudo; null for the user that runs it. */
export function fileOwner(
  env: (name: string) => string | undefined,
  user: NextUser | null,
): FileOwner {
  const own = env("HOME") ?? "/";
  if (user === null) return { home: own, ids: null, isHomeTheirs: true };
  const ids = { uid: user.uid, gid: user.gid };
  const isHomeTheirs = user.from !== "usual" && user.home !== "";
  return { home: isHomeTheirs ? user.home : own, ids, isHomeTheirs };
}

/** Makes the folders of `path` below the owner's home, as theirs. Throws UserError. */
export function makeFolders(path: string, owner: FileOwner): void {
  let folder = owner.home;
  const below = dirname(path).slice(owner.home.length).split("/").filter((name) => name !== "");
  for (const [i, name] of below.entries()) {
    folder = join(folder, name);
    try {
      const isNew = lstatSync(folder, { throwIfNoEntry: false }) === undefined;
      if (isNew) mkdirSync(folder, 0o700);
      // A link could lead root to where its owner has no right to write.
      if (!lstatSync(folder).isDirectory()) throw new Error("it is not a folder");
      if (owner.isHomeTheirs ? isNew : i === below.length - 1) giveFolder(folder, owner);
    } catch (error) {
      throw new UserError(`Cannot make the folder ${folder}: ${systemReason(error)}`);
    }
  }
}

/** By its descriptor: the name may stand for another file by now. */
function giveFolder(folder: string, { ids }: FileOwner): void {
  if (ids === null) return;
  const opened = RawFile.open(folder, { folder: true, noFollow: true });
  opened.giveTo(ids.uid, ids.gid);
  opened.close();
}

export class PrivateFile {
  readonly path: string;
  readonly #folder: RawFile;
  /** Nobody can guess it, and put something there before. */
  readonly #temporaryName = `.webstat-${crypto.randomUUID()}.tmp`;
  readonly #owner: FileOwner;
  /** The permission bits that it had, or those of a new file. */
  readonly #mode: number;
  /** The file itself, if its owner may not replace it. */
  readonly #inPlace: RawFile | null;
  /** The option that names it, for messages. */
  readonly #option: string;

  /** Throws UserError if there is no such folder, or no right to write there. */
  constructor(path: string, owner: FileOwner, option = "--extract") {
    this.path = path;
    this.#owner = owner;
    this.#option = option;
    try {
      this.#folder = RawFile.open(dirname(path), { folder: true });
      const there = statusOf(path);
      // A device would be replaced by a file.
      if (there !== null && !there.isFile() && !there.isSymbolicLink()) {
        throw new Error("it is no regular file");
      }
      this.#mode = (there?.mode ?? 0o600) & 0o777;
      this.#inPlace = mayReplace(path, owner.ids) ? null : this.#openInPlace(there === null);
      if (this.#inPlace === null) this.#try();
    } catch (error) {
      throw this.#writeError(error);
    }
  }

  exists(): boolean {
    if (this.#inPlace !== null) return true;
    try {
      RawFile.open(this.#name, { pathOnly: true, noFollow: true }, this.#folder).close();
      return true;
    } catch (error) {
      return !(error instanceof SystemError && error.errno === NO_SUCH_FILE);
    }
  }

  /** Null if there is no file, it may not be read, or has more than `most` bytes. No link is followed. */
  read(most: number): string | null {
    return this.#look((file) => readAll(file, most));
  }

  /** The first `count` bytes, as `read`. */
  begin(count: number): string | null {
    const bytes = new Uint8Array(count);
    return this.#look((file) => bytes.subarray(0, file.readSync(bytes) ?? 0));
  }

  #look(read: (file: RawFile) => Uint8Array | null): string | null {
    let file = this.#inPlace;
    try {
      file ??= RawFile.open(this.#name, { noFollow: true, nonBlocking: true }, this.#folder);
      if (file === this.#inPlace) file.seek(0);
      const bytes = read(file);
      return bytes && new TextDecoder().decode(bytes);
    } catch {
      return null;
    } finally {
      if (file !== this.#inPlace) file?.close();
    }
  }

  /** Replaces the file with `text`. Throws UserError, and leaves what was there. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    try {
      if (this.#inPlace === null) this.#replace(bytes);
      else overwrite(this.#inPlace, bytes);
    } catch (error) {
      this.#folder.remove(this.#temporaryName);
      throw this.#writeError(error);
    }
  }

  get #name(): string {
    return basename(this.path);
  }

  #openInPlace(isNew: boolean): RawFile {
    const flags = { readAndWrite: true, noFollow: true, create: isNew, exclusive: isNew };
    const file = RawFile.open(this.#name, flags, this.#folder);
    if (isNew) this.#give(file);
    return file;
  }

  /** Fails as `write` would. */
  #try(): void {
    this.#create().close();
    this.#folder.remove(this.#temporaryName);
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    const file = this.#create();
    try {
      writeAll(file, bytes);
      if (this.#mode !== 0o600) file.setMode(this.#mode);
      file.sync();
    } finally {
      file.close();
    }
    this.#folder.rename(this.#temporaryName, this.#name);
  }

  #create(): RawFile {
    this.#folder.remove(this.#temporaryName);
    const flags = { write: true, create: true, exclusive: true };
    const file = RawFile.open(this.#temporaryName, flags, this.#folder);
    this.#give(file);
    return file;
  }

  #writeError(error: unknown): UserError {
    const help = `name another file with ${this.#option}`;
    return new UserError(`Cannot write ${this.path}: ${systemReason(error)}; ${help}`, {
      cause: error,
    });
  }

  #give(file: RawFile): void {
    const { ids } = this.#owner;
    if (ids !== null && Deno.uid() === 0) file.giveTo(ids.uid, ids.gid);
  }
}

/** Whether the user may put another file in the place of `path`; the process's own will find out. */
function mayReplace(path: string, ids: Ids | null): boolean {
  const folder = statusOf(dirname(path));
  if (ids === null || folder === null) return true;
  const file = statusOf(path);
  const { mode, uid, gid } = folder;
  const bits = uid === ids.uid ? mode >> 6 : gid === ids.gid ? mode >> 3 : mode;
  // In a folder as /tmp nobody may replace the file of another.
  const isSticky = (mode & 0o1000) !== 0 && uid !== ids.uid;
  return (bits & 3) === 3 && !(isSticky && file !== null && file.uid !== ids.uid);
}

function statusOf(path: string) {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function overwrite(file: RawFile, bytes: Uint8Array<ArrayBuffer>): void {
  file.seek(0);
  writeAll(file, bytes);
  file.truncate(bytes.length);
  file.sync();
}

/** Null if there are more than `most` bytes. */
function readAll(file: RawFile, most: number): Uint8Array | null {
  let bytes = new Uint8Array(Math.min(most + 1, 1 << 16));
  let end = 0;
  for (let count; (count = file.readSync(bytes.subarray(end))) !== null;) {
    end += count;
    if (end > most) return null;
    if (end < bytes.length) continue;
    const more = new Uint8Array(Math.min(most + 1, 2 * bytes.length));
    more.set(bytes);
    bytes = more;
  }
  return bytes.subarray(0, end);
}

function writeAll(file: RawFile, bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
