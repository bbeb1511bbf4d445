// Where --events go: a file that is appended to, or a stream that is open already.

import { isSpecial, RawFile } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";

/** As much of a file as is used here. */
interface Appended {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  close(): void;
}

/** A file of whole lines: what could not be written of a line is taken back. */
export class EventFile {
  readonly #path: string;
  readonly #file: Appended;

  private constructor(path: string, file: Appended) {
    this.#path = path;
    this.#file = file;
  }

  /** Opens `path` to append to it, and makes it where it is not there. Throws UserError. */
  static async open(path: string): Promise<EventFile> {
    try {
      if (isSpecial(path)) return new EventFile(path, RawFile.open(path, { append: true }));
      return new EventFile(path, await Deno.open(path, { append: true, create: true }));
    } catch (error) {
      throw new UserError(
        `Cannot open ${path} for events: ${
          systemReason(error)
        }; give --events a file that may be written`,
      );
    }
  }

  /** Appends whole lines. Throws UserError, and then has written as many whole lines as it could. */
  async write(lines: Uint8Array<ArrayBuffer>): Promise<void> {
    let written = 0;
    try {
      while (written < lines.length) written += await this.#file.write(lines.subarray(written));
    } catch (error) {
      await this.#takeBack(written - (lines.lastIndexOf(NEWLINE, written - 1) + 1));
      throw new UserError(
        `Cannot write events to ${this.#path}: ${systemReason(error)}; the capture was stopped`,
      );
    }
  }

  close(): void {
    this.#file.close();
  }

  /** Removes the last bytes of a regular file; a pipe has no way back. */
  async #takeBack(bytes: number): Promise<void> {
    if (bytes <= 0 || !(this.#file instanceof Deno.FsFile)) return;
    try {
      const { isFile, size } = await this.#file.stat();
      if (isFile) await this.#file.truncate(size - bytes);
    } catch {
      // The disk that refused the line may refuse this too: the reason for the first is told.
    }
  }
}

const NEWLINE = 10;
