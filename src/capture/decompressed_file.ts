// A compressed file that is read as if it were not.

import { UserError } from "../errors.ts";
import type { Compression } from "./compression.ts";
import { DerivedFile, type OpenFile } from "./open_file.ts";

/** Compressed bytes that are read at a time. */
const RAW_SIZE = 1 << 16;

/** For files of zstd that need more than 128 MiB of memory, which is the runtime's limit. */
const LARGE_WINDOW = ": use zstd -dc --long=31 FILE | webstat sniff -r -";

/** Reading waits, as the runtime decompresses in other threads. */
export class DecompressedFile extends DerivedFile {
  readonly #compression: Compression;
  readonly #first: Uint8Array;
  #chunks: AsyncGenerator<Uint8Array, void> | null = null;
  /** Decompressed, but not read yet. */
  #rest: Uint8Array = new Uint8Array(0);

  /** `first` was read from the file already. */
  constructor(file: OpenFile, compression: Compression, first: Uint8Array) {
    super(file);
    this.#compression = compression;
    this.#first = first;
  }

  override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#next();
      if (done) return null;
      this.#rest = value;
    }
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  async #next(): Promise<IteratorResult<Uint8Array, void>> {
    try {
      // Loaded only for compressed files.
      const { decompress } = await import("./decompress.ts");
      this.#chunks ??= decompress(this.#compression, this.#raw());
      return await this.#chunks.next();
    } catch (error) {
      const { message } = error as Error;
      const hint = message.includes("too much memory") ? LARGE_WINDOW : "";
      throw new UserError(`"${this.path}" cannot be decompressed to its end (${message})${hint}`);
    }
  }

  async *#raw(): AsyncGenerator<Uint8Array> {
    yield this.#first;
    for (;;) {
      const block = new Uint8Array(RAW_SIZE);
      const count = await this.file.read(block);
      if (count === null) return;
      yield block.subarray(0, count);
    }
  }

  override close(): void {
    // A read that waits for a pipe ends only with the pipe: nobody waits for it any more.
    this.#chunks?.return().catch(() => {});
    super.close();
  }
}
