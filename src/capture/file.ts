// Capture files, read without libpcap, in blocks; packets stay where they were read to. Files are
// read one after the other. What is wrong with one is told at the end, when all has been read.

import { isSpecial, RawFile } from "../../ffi/raw_file.ts";
import { systemReason, UserError } from "../errors.ts";
import { Batch, type CaptureInterface, type Drops, type Source } from "./batch.ts";
import { FileErrors, type FileProblem } from "./file_errors.ts";
import { inOrder, type TakeFile } from "./file_queue.ts";
import { BROKEN, type CaptureFormat, FULL, Input } from "./format.ts";
import { Pcap } from "./pcap.ts";
import { Pcapng } from "./pcapng.ts";

/** Whether a packet of a link type is wanted: a capture filter. */
export type Accept = (
  linkType: number,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  captured: number,
  length: number,
) => boolean;

/** Holds any packet twice. */
const BLOCK_SIZE = 1 << 20;
/** Read at a time: so little that it stays in the CPU's cache, and does not drive out the flow table. */
const READ_SIZE = 1 << 18;

/** No format needs more than this to be recognised. */
const MAX_HEADER = 24;

const GZIP = 0x1f8b;
const ZSTD = 0x28b52ffd;

/** A capture file, or standard input ("-"). */
interface OpenFile {
  readonly path: string;
  readonly size: number | null;
  readSync(into: Uint8Array<ArrayBuffer>): number | null;
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  close(): void;
}

/** Opens capture files, of which `take` says which to read. Throws UserError where one can't be read at all. */
export function openFiles(
  paths: readonly string[],
  accept: Accept | null = null,
  take: TakeFile = inOrder(paths.length),
): Source {
  const sizes = paths.map(checkReadable);
  return new FileSource(paths, sizes, accept, take);
}

function checkReadable(path: string): number {
  if (path === "-") return 0;
  if (isSpecial(path)) return 0;
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new UserError(`Cannot read "${path}": it is a folder`);
    return info.size;
  } catch (error) {
    throw asUserError(path, error);
  }
}

function asUserError(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError(`Cannot read "${path}": ${systemReason(error)}`, { cause: error });
}

function open(path: string): OpenFile {
  if (path === "-") {
    return {
      path: "standard input",
      size: null,
      readSync: (into) => Deno.stdin.readSync(into),
      read: (into) => Deno.stdin.read(into),
      close: () => {},
    };
  }
  try {
    if (isSpecial(path)) return openSpecial(path);
    const file = Deno.openSync(path);
    const info = file.statSync();
    return {
      path,
      size: info.isFile ? info.size : null,
      readSync: (into) => file.readSync(into),
      read: (into) => file.read(into),
      close: () => file.close(),
    };
  } catch (error) {
    throw asUserError(path, error);
  }
}

/** What a shell makes of <(COMMAND), for one: read as a pipe. */
function openSpecial(path: string): OpenFile {
  const file = RawFile.open(path);
  return {
    path,
    size: null,
    readSync: (into) => file.readSync(into),
    read: (into) => file.read(into),
    close: () => file.close(),
  };
}

class FileSource implements Source {
  readonly interfaces: CaptureInterface[] = [];
  readonly #paths: readonly string[];
  readonly #accept: Accept | null;
  readonly #totalSize: number;
  readonly #batch = new Batch();
  readonly #input = new Input(BLOCK_SIZE);
  readonly #problems: FileProblem[] = [];
  readonly #take: TakeFile;
  /** Index of the file that is being read. */
  #current = 0;
  #file: OpenFile | null = null;
  #format: CaptureFormat | null = null;
  #bytesRead = 0;
  #packets = 0;
  #stopped = false;
  /** Ends a wait. */
  #wake: (() => void) | null = null;

  constructor(
    paths: readonly string[],
    sizes: readonly number[],
    accept: Accept | null,
    take: TakeFile,
  ) {
    this.#paths = paths;
    this.#accept = accept;
    this.#take = take;
    this.#totalSize = paths.includes("-") ? 0 : sizes.reduce((sum, size) => sum + size, 0);
    this.#batch.bytes = this.#input.bytes;
  }

  read(): Batch | null | Promise<Batch | null> {
    this.#batch.count = 0;
    while (!this.#stopped) {
      if (this.#parse()) return this.#filtered();
      if (this.#file === null && !this.#openNext()) break;
      const file = this.#file!;
      if (file.size === null) return this.#wait(file);
      try {
        this.#filled(file.readSync(this.#room()));
      } catch (error) {
        this.#problem(asUserError(file.path, error).message);
      }
    }
    return this.#end();
  }

  /** Waits for a pipe, or for `stop`. What has come may not be a whole packet yet. */
  async #wait(file: OpenFile): Promise<Batch | null> {
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.#wake = () => resolve(null);
    file.read(this.#room()).then(resolve, reject);
    try {
      const count = await promise;
      if (this.#stopped) return null;
      this.#filled(count);
    } catch (error) {
      this.#problem(asUserError(file.path, error).message);
    }
    return this.#parse() ? this.#filtered() : this.#batch;
  }

  #room(): Uint8Array<ArrayBuffer> {
    this.#input.compact();
    const { bytes, end } = this.#input;
    return bytes.subarray(end, Math.min(bytes.length, end + READ_SIZE));
  }

  #filled(count: number | null): void {
    if (count === null) return this.#endOfFile();
    this.#input.end += count;
    this.#bytesRead += count;
  }

  /** Takes packets out of what has been read; true when there are some. */
  #parse(): boolean {
    if (this.#file === null) return false;
    this.#format ??= this.#recognise();
    if (this.#format === null) return false;
    const outcome = this.#format.read(this.#input, this.#batch);
    this.#packets += this.#batch.count;
    if (outcome === BROKEN && this.#batch.count === 0) {
      this.#problem(
        `"${this.#file.path}" is damaged at packet ${this.#packets + 1}: the rest was not read`,
      );
    }
    return this.#batch.count > 0 || outcome === FULL;
  }

  /** Null where more has to come first, or the file is no capture. */
  #recognise(): CaptureFormat | null {
    const { path } = this.#file!;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const add = (linkType: number, given = "") =>
      this.interfaces.push({ name: given === "" ? name : given, linkType }) - 1;
    const format = Pcap.open(this.#input, add) ?? Pcapng.open(this.#input, add);
    if (format === null && this.#input.length >= MAX_HEADER) this.#problem(this.#notACapture(path));
    return format;
  }

  #openNext(): boolean {
    const next = this.#take();
    if (next === null) return false;
    this.#current = next;
    const path = this.#paths[next]!;
    this.#input.start = this.#input.end = 0;
    this.#format = null;
    this.#packets = 0;
    try {
      this.#file = open(path);
    } catch (error) {
      this.#problem((error as Error).message);
      return this.#openNext();
    }
    return true;
  }

  #endOfFile(): void {
    const path = this.#file!.path;
    if (this.#format === null) this.#problem(this.#notACapture(path));
    else if (this.#input.length > 0 || this.#format.isPassing) {
      this.#problem(`"${path}" is cut off in the middle of packet ${this.#packets + 1}`);
    } else this.#close();
  }

  #notACapture(path: string): string {
    const { view, start, length } = this.#input;
    if (length === 0) return `"${path}" is empty`;
    const magic = length < 4 ? 0 : view.getUint32(start);
    if (magic >>> 16 === GZIP) {
      return `"${path}" is compressed: use gunzip -c FILE | webstat sniff -r -`;
    }
    if (magic === ZSTD) return `"${path}" is compressed: use zstdcat FILE | webstat sniff -r -`;
    return `"${path}" is not a capture file (neither pcap nor pcapng)`;
  }

  #problem(message: string): void {
    this.#problems.push({ file: this.#current, message });
    this.#close();
  }

  #close(): void {
    this.#file?.close();
    this.#file = null;
    this.#input.start = this.#input.end = 0;
  }

  #filtered(): Batch {
    const batch = this.#batch;
    const accept = this.#accept;
    if (accept === null) return batch;
    let kept = 0;
    for (let i = 0; i < batch.count; i++) {
      const { linkType } = this.interfaces[batch.interface[i]!]!;
      const at = batch.offset[i]!;
      if (!accept(linkType, batch.bytes, at, batch.captured[i]!, batch.length[i]!)) continue;
      batch.move(i, kept++);
    }
    batch.count = kept;
    return batch;
  }

  #end(): null {
    if (this.#problems.length > 0 && !this.#stopped) {
      throw new FileErrors(this.#problems.splice(0));
    }
    return null;
  }

  drops(): Drops[] {
    return [];
  }

  progress(): number | null {
    return this.#totalSize === 0 ? null : Math.min(1, this.#bytesRead / this.#totalSize);
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  close(): void {
    this.#close();
  }
}
