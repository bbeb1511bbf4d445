// A key log that other programs write to while it is read. It may not be there yet, may be rotated (another
// file gets its name) or truncated, and may be a FIFO.

import { isSpecial, RawFile, SystemError } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";
import { KeyLines } from "./key_lines.ts";
import type { KeyStore } from "./key_store.ts";

/** <errno.h>: nothing has come yet. */
const EAGAIN = Deno.build.os === "darwin" ? 35 : 11;
/** Read and execute rights of group and others. */
const READ_BY_OTHERS = 0o044;

const buffer = new Uint8Array(1 << 16);

/** A file that is open, with where its reader is. */
class Reading {
  readonly #file: RawFile;
  readonly #lines: KeyLines;
  /** Bytes read. */
  at = 0;
  /** Which file it is; null for what is not in a folder of files. */
  readonly inode: number | null;

  constructor(path: string, store: KeyStore, inode: number | null) {
    this.#file = RawFile.open(path, { nonBlocking: true });
    this.#lines = new KeyLines(store);
    this.inode = inode;
  }

  /** Reads what has come. True at the end, false if a writer may still write. */
  drain(): boolean {
    try {
      for (let count; (count = this.#file.readSync(buffer)) !== null;) {
        this.#lines.add(buffer, 0, count);
        buffer.fill(0, 0, count);
        this.at += count;
      }
      return true;
    } catch (error) {
      if (error instanceof SystemError && error.errno === EAGAIN) return false;
      throw error;
    }
  }

  endLine(): void {
    this.#lines.end();
  }

  close(): void {
    this.#file.close();
  }
}

export class KeyLogFile {
  readonly path: string;
  readonly #store: KeyStore;
  #current: Reading | null = null;
  /** The file that had the name before: programs that have it open still write there. */
  #former: Reading | null = null;

  constructor(path: string, store: KeyStore) {
    this.path = path;
    this.#store = store;
  }

  /**
   * Reads what was written since the last call; nothing if the file is not there. Returns whether its end
   * is reached. Throws UserError if it cannot be read.
   */
  poll(): boolean {
    try {
      this.#former?.drain();
      let isEnd = this.#current?.drain() ?? true;
      const found = this.#newFile();
      if (found !== undefined) {
        this.#turnTo(found);
        isEnd = this.#current!.drain();
      }
      return isEnd;
    } catch (error) {
      const message = `Cannot read the key log "${this.path}": ${systemReason(error)}`;
      throw new UserError(message, { cause: error });
    }
  }

  /** Which file has the name, if it is to be read from its beginning; undefined if it is not. */
  #newFile(): number | null | undefined {
    if (isSpecial(this.path)) return this.#current === null ? null : undefined;
    const info = this.#stat();
    if (info === null) return undefined;
    const current = this.#current;
    if (current === null || info.ino !== current.inode) return info.ino;
    return info.isFile && info.size < current.at ? info.ino : undefined;
  }

  /** Null if there is no file of that name. */
  #stat(): Deno.FileInfo | null {
    try {
      return Deno.statSync(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      // Root has opened it, and has given its rights away since.
      if (error instanceof Deno.errors.PermissionDenied && this.#current !== null) return null;
      throw error;
    }
  }

  #turnTo(inode: number | null): void {
    const next = new Reading(this.path, this.#store, inode);
    this.#former?.close();
    this.#former = this.#current;
    this.#current = next;
    if (this.#former?.inode === inode) this.#dropFormer();
  }

  /** The same file again: it was truncated. */
  #dropFormer(): void {
    this.#former?.close();
    this.#former = null;
  }

  /** Whether there is something to read. */
  get isThere(): boolean {
    return this.#current !== null;
  }

  /** Whether other users may read it. */
  get isExposed(): boolean {
    if (isSpecial(this.path)) return false;
    const info = this.#stat();
    return info?.isFile === true && ((info.mode ?? 0) & READ_BY_OTHERS) !== 0;
  }

  /** No more will be read: the last line ends here. */
  close(): void {
    this.#current?.endLine();
    this.#current?.close();
    this.#dropFormer();
    this.#current = null;
  }
}
