// A key log that other programs write to while it is read. It may not be there yet, may be rotated (another
// file gets its name) or truncated, and may be a FIFO.

import { isPipe, isSpecial, RawFile, SystemError } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";
import { KeyLines } from "./key_lines.ts";
import type { KeyStore } from "./key_store.ts";
import type { SharedPipe } from "./shared_pipe.ts";

/** <errno.h>: nothing has come yet. */
const EAGAIN = Deno.build.os === "darwin" ? 35 : 11;
/** Read and execute rights of group and others. */
const READ_BY_OTHERS = 0o044;

/** What a read returns at the end of a file. */
const AT_END = -1;

const buffer = new Uint8Array(1 << 16);

/** A file that is open, with where its reader is. */
class Reading {
  readonly #file: RawFile;
  readonly #lines: KeyLines;
  readonly #pipe: SharedPipe | null;
  /** Bytes read. */
  at = 0;
  /** Whether the last call of `drain` has left some. */
  hasMore = false;
  /** Which file it is; null for what is not in a folder of files. */
  readonly inode: number | null;

  /** `pipe`: where it is passed on, if it is a pipe and there are other workers. */
  constructor(path: string, store: KeyStore, inode: number | null, pipe: SharedPipe | null) {
    this.#pipe = pipe;
    this.#file = RawFile.open(path, { nonBlocking: true });
    this.#lines = new KeyLines(store);
    this.inode = inode;
  }

  /**
   * Reads what has come, at most about `most` bytes. True at the end, false if there is more, or a writer may
   * still write.
   */
  drain(most: number): boolean {
    let left = most;
    this.hasMore = false;
    while (left > 0) {
      const count = this.#readSome(Math.min(left, this.#pipe?.room ?? buffer.length));
      if (count <= 0) return count === AT_END;
      left -= count;
    }
    this.hasMore = true;
    return false;
  }

  /** Reads at most `most` bytes. Returns how many, AT_END, or 0 if none have come. */
  #readSome(most: number): number {
    if (most === 0) return 0;
    const count = this.#read(buffer.subarray(0, most));
    if (count > 0) {
      this.#lines.add(buffer, 0, count);
      this.#pipe?.write(buffer, count);
      buffer.fill(0, 0, count);
      this.at += count;
    }
    return count;
  }

  #read(into: Uint8Array<ArrayBuffer>): number {
    try {
      return this.#file.readSync(into) ?? AT_END;
    } catch (error) {
      if (error instanceof SystemError && error.errno === EAGAIN) return 0;
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
  readonly #pipe: SharedPipe | null;
  #isKnownPipe = false;
  /** What another worker reads from a pipe. */
  readonly #shared: KeyLines;
  /** The file that had the name before: programs that have it open still write there. */
  #former: Reading | null = null;

  /** `pipe`: shared with other workers; null if there are none. */
  constructor(path: string, store: KeyStore, pipe: SharedPipe | null = null) {
    this.path = path;
    this.#store = store;
    this.#pipe = pipe;
    this.#shared = new KeyLines(store);
  }

  /**
   * Reads what was written since the last call; nothing if the file is not there. Returns whether its end
   * is reached; if more than `most` bytes have come, the rest waits for the next call. Throws UserError if it
   * cannot be read.
   */
  poll(most = Infinity): boolean {
    if (this.#isReadByAnother) {
      return this.#pipe!.read((bytes, at, end) => this.#shared.add(bytes, at, end));
    }
    try {
      this.#former?.drain(most);
      const isEnd = this.#current?.drain(most) ?? true;
      if (this.#current?.hasMore) return false;
      const found = this.#newFile();
      if (found === undefined) return isEnd;
      this.#turnTo(found);
      return this.#current!.drain(most);
    } catch (error) {
      const message = `Cannot read the key log "${this.path}": ${systemReason(error)}`;
      throw new UserError(message, { cause: error });
    }
  }

  get #isReadByAnother(): boolean {
    if (this.#pipe === null || this.#pipe.isWriter) return false;
    // Once root has given its rights away, the file may be out of sight.
    return this.#isKnownPipe ||= isPipe(this.path);
  }

  /** Whether other workers get what this one reads. */
  get feedsOthers(): boolean {
    return this.#pipe !== null && this.#pipe.isWriter && isPipe(this.path);
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
    const pipe = this.#pipe !== null && isPipe(this.path) ? this.#pipe : null;
    const next = new Reading(this.path, this.#store, inode, pipe);
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
    return this.#current !== null || this.#isReadByAnother;
  }

  /** Whether other users may read it. */
  get isExposed(): boolean {
    if (isSpecial(this.path)) return false;
    const info = this.#stat();
    return info?.isFile === true && ((info.mode ?? 0) & READ_BY_OTHERS) !== 0;
  }

  /** No more will be read: the last line ends here. */
  close(): void {
    if (this.#pipe?.isWriter) this.#pipe.end();
    this.#shared.end();
    this.#current?.endLine();
    this.#current?.close();
    this.#dropFormer();
    this.#current = null;
  }
}
