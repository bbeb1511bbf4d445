// Compressed capture files: told by their first bytes, and read as what is in them.

import { UserError } from "../errors.ts";
import type { OpenFile } from "./open_file.ts";

export type Compression = "gzip" | "zstd";

/** All that a compressed file is recognised by. */
const MAX_MAGIC = 6;

/** Read of a compressed file at a time. */
const RAW_SIZE = 1 << 16;

const MAGIC: readonly (readonly [magic: string, Compression])[] = [
  ["1f8b", "gzip"],
  ["28b52ffd", "zstd"],
];

/** For files of zstd that need more than 128 MiB: no more is kept for a stranger's file. */
const LARGE_WINDOW = "zstd -dc --long=31";
const PIPE = "webstat sniff -r -";

/** What is not read here, and what makes it readable. */
const COMMANDS: readonly (readonly [magic: string, command: string])[] = [
  ["fd377a585a00", "xz -dc"],
  ["04224d18", "lz4 -dc"],
  ["02214c18", "lz4 -dc"],
  ["425a68", "bzip2 -dc"],
];

const beginning = (bytes: Uint8Array): string => bytes.subarray(0, MAX_MAGIC).toHex();

/** How a file that begins with `bytes` is compressed; null if that is not, or not yet, known. */
export function compressionOf(bytes: Uint8Array): Compression | null {
  // Frames of zstd may be skipped, the first one too: it has one of 16 numbers.
  if (/^5.2a4d18/.test(beginning(bytes))) return "zstd";
  return MAGIC.find(([magic]) => beginning(bytes).startsWith(magic))?.[1] ?? null;
}

/** A command that reads the file that begins with `bytes`; null if it is not compressed. */
export function commandFor(bytes: Uint8Array): string | null {
  const found = COMMANDS.find(([magic]) => beginning(bytes).startsWith(magic));
  return found === undefined ? null : `${found[1]} FILE | ${PIPE}`;
}

/** A compressed file as what is in it. `first` was read from it already. */
export class DecompressedFile implements OpenFile {
  readonly waits = true;
  readonly #file: OpenFile;
  readonly #compression: Compression;
  readonly #first: Uint8Array;
  #chunks: AsyncGenerator<Uint8Array, void> | null = null;
  /** Decompressed, but not handed on yet. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(file: OpenFile, compression: Compression, first: Uint8Array) {
    this.#file = file;
    this.#compression = compression;
    this.#first = first;
  }

  get path(): string {
    return this.#file.path;
  }

  get position(): number {
    return this.#file.position;
  }

  readSync(): never {
    throw new Error("Compressed files are read with a wait");
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
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
      const hint = message.includes("too much memory")
        ? `: use ${LARGE_WINDOW} FILE | ${PIPE}`
        : "";
      throw new UserError(`"${this.path}" cannot be decompressed to its end (${message})${hint}`);
    }
  }

  async *#raw(): AsyncGenerator<Uint8Array> {
    yield this.#first;
    for (;;) {
      const block = new Uint8Array(RAW_SIZE);
      const count = await this.#file.read(block);
      if (count === null) return;
      yield block.subarray(0, count);
    }
  }

  close(): void {
    // A read that waits for a pipe ends only with the pipe: nobody waits for it any more.
    this.#chunks?.return().catch(() => {});
    this.#file.close();
  }
}
