// The file of --events. Lines that cannot be written are dropped and counted; writing resumes when it is
// possible again.

import { type RawFile, SystemError } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";
import { printable } from "../text.ts";
import { type AppendedFileOwner, ERRNO, ForeignFileError, openAppended } from "./appended_file.ts";

/** Milliseconds until the next try to write into a full pipe. */
const FULL_PIPE = 20;
/** Milliseconds for which a pipe may be full before lines are dropped. */
const UNREAD = 1000;
/** Milliseconds between two messages, as a disk may be full again and again. */
const QUIET = 60_000;

const NEWLINE = 10;

export interface EventFileOptions {
  readonly owner: AppendedFileOwner;
  /** Whether lines may be dropped: yes for live packets; files can wait. */
  readonly mayDrop: boolean;
}

export class EventFile {
  /** Lines that could not be written. */
  dropped = 0;
  /** Called with messages for the user. */
  warn: (message: string) => void = () => {};
  readonly #path: string;
  readonly #options: EventFileOptions;
  #file: RawFile;
  #isClosed = false;
  /** The end of a line of which a pipe has the beginning. */
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** When bytes were last written. */
  #takenAt = performance.now();
  /** Whether the last lines were dropped, and when that was last said. */
  #isFailing = false;
  #saidAt = -QUIET;
  /** Settled when all earlier calls are done. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, options: EventFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#file = openAppended(path, options.owner);
  }

  /** Throws UserError. A pipe without a reader is no error. */
  static open(path: string, options: EventFileOptions): EventFile {
    try {
      return new EventFile(path, options);
    } catch (error) {
      if (error instanceof ForeignFileError) throw foreignError(path);
      const help = "give --events a file that may be written";
      throw new UserError(`Cannot open ${path} for events: ${systemReason(error)}; ${help}`);
    }
  }

  /**
   * Appends whole lines, or drops and counts them. If lines may not be dropped, waits while a pipe is
   * full, and throws UserError if a line cannot be written.
   */
  write(lines: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#inTurn(() => this.#write(lines));
  }

  /** Opens the path again, after a rename. If that fails, throws UserError and keeps the open file. */
  reopen(): Promise<void> {
    return this.#inTurn(() => {
      try {
        const file = openAppended(this.#path, this.#options.owner);
        this.#file.close();
        this.#file = file;
        this.#rest = new Uint8Array(0);
      } catch (error) {
        const still = "events still go into the file that was open";
        throw new UserError(`Cannot open ${this.#path} again: ${systemReason(error)}; ${still}`);
      }
    });
  }

  close(): void {
    if (!this.#isClosed) this.#file.close();
    this.#isClosed = true;
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #write(lines: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#isFailing) this.#takenAt = performance.now();
    const bytes = this.#rest.length === 0 ? lines : concat(this.#rest, lines);
    let written = 0;
    try {
      while (written < bytes.length) written += await this.#writeSome(bytes.subarray(written));
      this.#rest = new Uint8Array(0);
      this.#worked();
    } catch (error) {
      this.#failed(error, this.#settleBegun(bytes, written));
    }
  }

  /** After a failed write: removes the incomplete line, or keeps its end for later. Returns the lost lines. */
  #settleBegun(bytes: Uint8Array<ArrayBuffer>, written: number): Uint8Array {
    const whole = bytes.subarray(0, written).lastIndexOf(NEWLINE) + 1;
    const isBegun = written > whole || written < this.#rest.length;
    if (!isBegun || takeBack(this.#file, written - whole)) return bytes.subarray(whole);
    const end = bytes.indexOf(NEWLINE, written) + 1;
    this.#rest = bytes.slice(written, end);
    return bytes.subarray(end);
  }

  /** Waits while a pipe is full; only for a while if lines may be dropped. */
  async #writeSome(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    while (!this.#isClosed) {
      try {
        const count = await this.#file.write(bytes);
        this.#takenAt = performance.now();
        return count;
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== ERRNO.again) throw error;
        if (performance.now() - this.#takenAt > UNREAD) {
          if (this.#options.mayDrop) throw new Error("nobody reads it");
          this.#say(`Waiting for somebody to read ${this.#path}`);
        }
        await new Promise((resolve) => setTimeout(resolve, FULL_PIPE));
      }
    }
    throw new Error("the program ends");
  }

  #failed(error: unknown, lost: Uint8Array): void {
    const reason = systemReason(error);
    if (this.#options.mayDrop) return this.#drop(lost, reason);
    throw new UserError(`Cannot write events to ${this.#path}: ${reason}; the capture was stopped`);
  }

  #drop(lines: Uint8Array, reason: string): void {
    this.dropped += lines.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 0);
    if (!this.#isFailing) {
      this.#say(`Events are dropped: ${this.#path} cannot be written (${reason})`);
    }
    this.#isFailing = true;
  }

  #worked(): void {
    if (this.#isFailing) this.#say(`Events are written again; ${this.dropped} were lost so far`);
    this.#isFailing = false;
  }

  #say(message: string): void {
    if (performance.now() - this.#saidAt < QUIET) return;
    this.#saidAt = performance.now();
    this.warn(message);
  }
}

function foreignError(path: string): UserError {
  return new UserError(
    `${
      printable(path)
    } is no file of events and is left unchanged: name another file with --events`,
    { usage: true },
  );
}

/** Removes the last bytes of a regular file. False if that is not possible. */
function takeBack(file: RawFile, bytes: number): boolean {
  const status = file.status();
  // If another process appends too, the last bytes may be its.
  if (status === null || !status.isRegular || !file.lock()) return false;
  try {
    file.truncate(status.size - bytes);
    return true;
  } catch {
    return false;
  }
}

function concat(
  one: Uint8Array<ArrayBuffer>,
  other: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
