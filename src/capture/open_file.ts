// Opens files for reading: regular files, pipes, and standard input ("-").

import { isSpecial, RawFile } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";

export interface OpenFile {
  /** The name for messages. */
  readonly path: string;
  /** Whether reading may have to wait, as for a pipe. Then `readSync` must not be used. */
  readonly waits: boolean;
  /** How many bytes of the file were read so far; of a compressed file, compressed ones. */
  readonly position: number;
  readSync(into: Uint8Array<ArrayBuffer>): number | null;
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  close(): void;
}

/** Common to files of Deno, files of libc, and standard input. */
interface Readable {
  readSync(into: Uint8Array<ArrayBuffer>): number | null;
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  close?(): void;
}

/** A file whose bytes are made of those of another one. Reading waits. */
export abstract class DerivedFile implements OpenFile {
  readonly waits = true;
  protected readonly file: OpenFile;

  constructor(file: OpenFile) {
    this.file = file;
  }

  get path(): string {
    return this.file.path;
  }

  get position(): number {
    return this.file.position;
  }

  readSync(): never {
    throw new Error("This file is read with a wait");
  }

  abstract read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;

  close(): void {
    this.file.close();
  }
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

/** Size of the file at `path` in bytes; 0 for pipes. Throws UserError if it cannot be read. */
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
    // For example <(COMMAND) of a shell.
    if (isSpecial(path)) return new CountedFile(path, true, RawFile.open(path));
    const file = Deno.openSync(path);
    return new CountedFile(path, !file.statSync().isFile, file);
  } catch (error) {
    throw asUserError(path, error);
  }
}

/**
 * Opens files before root gives its rights away. Null for a file that cannot be opened: that is reported
 * when its turn comes. Null also for pipes other than the first, as their writers may wait until the
 * first one was read.
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
