// Files opened for reading: regular ones, pipes, and standard input ("-").

import { isSpecial, RawFile } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";

export interface OpenFile {
  /** As the user knows it. */
  readonly path: string;
  /** Whether reads may have to wait for somebody who writes; `readSync` is only for files that don't. */
  readonly waits: boolean;
  /** Bytes that were read from it so far; of a compressed file these are fewer than it gave. */
  readonly position: number;
  readSync(into: Uint8Array<ArrayBuffer>): number | null;
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  close(): void;
}

/** What Deno's files, those of libc, and standard input have in common. */
interface Readable {
  readSync(into: Uint8Array<ArrayBuffer>): number | null;
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  close?(): void;
}

class CountedFile implements OpenFile {
  position = 0;
  readonly path: string;
  readonly waits: boolean;
  readonly #file: Readable;

  constructor(path: string, waits: boolean, file: Readable) {
    this.path = path;
    this.waits = waits;
    this.#file = file;
  }

  readSync(into: Uint8Array<ArrayBuffer>): number | null {
    return this.#count(this.#file.readSync(into));
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.#count(await this.#file.read(into));
  }

  #count(bytes: number | null): number | null {
    this.position += bytes ?? 0;
    return bytes;
  }

  close(): void {
    this.#file.close?.();
  }
}

/** Bytes of the file at `path`, 0 for what has no size. Throws UserError if it cannot be read. */
export function readableSize(path: string): number {
  if (path === "-" || isSpecial(path)) return 0;
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new UserError(`Cannot read "${path}": it is a folder`);
    return info.size;
  } catch (error) {
    throw asUserError(path, error);
  }
}

/** Opens the file at `path`, or standard input for "-". Throws UserError. */
export function openFile(path: string): OpenFile {
  if (path === "-") {
    const { stdin } = Deno;
    const input = { readSync: stdin.readSync.bind(stdin), read: stdin.read.bind(stdin) };
    return new CountedFile("standard input", true, input);
  }
  try {
    // What a shell makes of <(COMMAND), for one.
    if (isSpecial(path)) return new CountedFile(path, true, RawFile.open(path));
    const file = Deno.openSync(path);
    return new CountedFile(path, !file.statSync().isFile, file);
  } catch (error) {
    throw asUserError(path, error);
  }
}

/**
 * Opens the files of a process that may soon lose the right to, as root gives its rights away. Null for
 * one that cannot be opened, which is said when its turn comes; and for a pipe that is not the first,
 * as its writer may wait for the first to be read.
 */
export function openAhead(paths: readonly string[]): (OpenFile | null)[] {
  if (Deno.uid() !== 0) return [];
  return paths.map((path, i) => {
    try {
      return i === 0 || isSpecial(path) || Deno.statSync(path).isFile ? openFile(path) : null;
    } catch {
      return null;
    }
  });
}

export function asUserError(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError(`Cannot read "${path}": ${systemReason(error)}`, { cause: error });
}
