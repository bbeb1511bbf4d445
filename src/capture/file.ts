// Reads capture files one after the other, without libpcap. Packets are not copied out of the buffer that
// the file is read into. Errors are reported at the end, so that one bad file does not stop the others.

import { Batch, type CaptureInterface, type Drops, type Source } from "./batch.ts";
import { compressionOf, otherKind } from "./compression.ts";
import { type Delay, DelayedFile } from "./delayed_file.ts";
import { DecompressedFile } from "./decompressed_file.ts";
import { FileErrors, type FileProblem } from "./file_errors.ts";
import { FileInterfaces } from "./file_interfaces.ts";
import { inOrder, type TakeFile } from "./file_queue.ts";
import { BROKEN, type CaptureFormat, FULL, Input, SHORT, type TakeSecrets } from "./format.ts";
import { asUserError, openAhead, type OpenFile, openFile, readableSize } from "./open_file.ts";
import { Pcap } from "./pcap.ts";
import { Pcapng } from "./pcapng.ts";
import { ReadingTime } from "./reading_time.ts";

/** A capture filter: whether to keep a packet. */
export type Accept = (
  linkType: number,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  captured: number,
  length: number,
) => boolean;

/** Whether a file is read in another thread while its packets are counted. */
export type ReadAhead = "never" | "if reading takes long" | "always";

/** Bytes that are read at a time: few enough to leave room for the flow table in the CPU's cache. */
const READ_SIZE = 1 << 19;
/** Size of the buffer: what is being counted, what is read meanwhile, and as much again for packets in two reads. */
const BLOCK_SIZE = 4 * READ_SIZE;

/** So many bytes are enough to recognise any format. */
const MAX_HEADER = 24;

export interface FileOptions {
  /** Which packets are kept; all if not given. */
  readonly accept?: Accept | null;
  /** Which file is read next; one after the other if not given. */
  readonly take?: TakeFile;
  /** Gets the secrets of TLS sessions that a file has. */
  readonly takeSecrets?: TakeSecrets;
  /** How long packets of pipes wait; not at all if not given. */
  readonly delay?: Delay | null;
  /** "never" if not given. */
  readonly readAhead?: ReadAhead;
}

/** Opens capture files. Throws UserError if one cannot be opened. */
export function openFiles(paths: readonly string[], options: FileOptions = {}): Source {
  return new FileSource(paths, paths.map(readableSize), options);
}

/** The message for a file that begins with `bytes` and is no capture file. */
function notACapture(path: string, bytes: Uint8Array): string {
  if (bytes.length === 0) return `"${path}" is empty`;
  const kind = otherKind(bytes);
  return kind === null
    ? `"${path}" is not a capture file (neither pcap nor pcapng)`
    : `"${path}" is ${kind}`;
}

class FileSource implements Source {
  readonly #interfaces = new FileInterfaces();
  readonly #paths: readonly string[];
  readonly #accept: Accept | null;
  readonly #totalSize: number;
  readonly #batch = new Batch();
  readonly #input = new Input(BLOCK_SIZE);
  readonly #problems: FileProblem[] = [];
  readonly #take: TakeFile;
  readonly #takeSecrets: TakeSecrets;
  readonly #delay: Delay | null;
  readonly #mayReadAhead: ReadAhead;
  readonly #readingTime = new ReadingTime();
  /** A read whose bytes are not needed yet; null if there is none. */
  #ahead: Promise<number | null> | null = null;
  /** Where the packets of the batch begin in the buffer. */
  #batchAt = 0;
  /** Whether the batch has all packets that are whole in the buffer, and the file has more. */
  #isDrained = false;
  #mayHaveMore = false;
  /** Index of the file that is being read. */
  #current = 0;
  #file: OpenFile | null = null;
  /** Opened before their turn, by index. */
  readonly #opened: (OpenFile | null)[];
  #format: CaptureFormat | null = null;
  /** Sum over the files that were read before. */
  #bytesRead = 0;
  #packets = 0;
  #stopped = false;
  /** Ends the wait for a pipe. */
  #wake: (() => void) | null = null;

  constructor(paths: readonly string[], sizes: readonly number[], options: FileOptions) {
    this.#mayReadAhead = options.readAhead ?? "never";
    this.#takeSecrets = options.takeSecrets ?? (() => {});
    this.#delay = options.delay ?? null;
    this.#accept = options.accept ?? null;
    this.#take = options.take ?? inOrder(paths.length);
    this.#paths = paths;
    this.#totalSize = paths.includes("-") ? 0 : sizes.reduce((sum, size) => sum + size, 0);
    this.#batch.bytes = this.#input.bytes;
    this.#opened = openAhead(paths);
  }

  openers(): Promise<readonly number[]> {
    return Promise.resolve([]);
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#interfaces.all;
  }

  read(): Batch | null | Promise<Batch | null> {
    this.#batch.count = 0;
    while (!this.#stopped) {
      if (this.#parse()) return this.#complete();
      if (this.#file === null && !this.#openNext()) break;
      const file = this.#file!;
      if (file.waits || this.#ahead !== null) return this.#wait(file);
      try {
        this.#filled(this.#readNow(file));
      } catch (error) {
        this.#problem(asUserError(file.path, error).message);
      }
    }
    return this.#end();
  }

  #readNow(file: OpenFile): number | null {
    const begun = performance.now();
    const count = file.readSync(this.#room());
    this.#readingTime.add(begun, performance.now());
    return count;
  }

  /** Waits for data from a pipe, or read ahead, or for `stop`. The batch is empty if no packet is complete yet. */
  async #wait(file: OpenFile): Promise<Batch | null> {
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.#wake = () => resolve(null);
    const reading = this.#ahead ?? file.read(this.#room());
    this.#ahead = null;
    reading.then(resolve, reject);
    try {
      const count = await promise;
      if (this.#stopped) return null;
      this.#filled(count);
    } catch (error) {
      this.#problem(asUserError(file.path, error).message);
    }
    return this.#parse() ? this.#complete() : this.#batch;
  }

  /** The batch; the next bytes are read while its packets are counted. */
  #complete(): Batch {
    if (this.#readsAhead && this.#isDrained && this.#mayHaveMore) this.#readAhead(this.#file!);
    return this.#filtered();
  }

  get #readsAhead(): boolean {
    return this.#mayReadAhead === "always" ||
      this.#mayReadAhead !== "never" && this.#readingTime.isLong;
  }

  /** Begins to read into a part of the buffer where no packets of the batch are, if there is one. */
  #readAhead(file: OpenFile): void {
    if (file.waits) return;
    const input = this.#input;
    if (input.end + READ_SIZE > input.bytes.length) {
      if (input.length + READ_SIZE > this.#batchAt) return;
      input.compact();
    }
    this.#ahead = file.read(input.bytes.subarray(input.end, input.end + READ_SIZE));
    // If it fails, #wait reports it; after `stop` nobody does.
    this.#ahead.catch(() => {});
  }

  #room(): Uint8Array<ArrayBuffer> {
    this.#input.compact();
    const { bytes, end } = this.#input;
    return bytes.subarray(end, Math.min(bytes.length, end + READ_SIZE));
  }

  #filled(count: number | null): void {
    if (count === null) return this.#endOfFile();
    this.#mayHaveMore = count === READ_SIZE;
    this.#input.end += count;
  }

  /** Finds packets in the buffer. Returns whether there are any. */
  #parse(): boolean {
    if (this.#file === null) return false;
    this.#format ??= this.#recognise(this.#file);
    if (this.#format === null) return false;
    this.#batchAt = this.#input.start;
    const outcome = this.#format.read(this.#input, this.#batch);
    this.#isDrained = outcome === SHORT;
    this.#packets += this.#batch.count;
    if (outcome === BROKEN && this.#batch.count === 0) {
      this.#problem(
        `"${this.#file.path}" is damaged at packet ${this.#packets + 1}: the rest was not read`,
      );
    }
    return this.#batch.count > 0 || outcome === FULL;
  }

  /** Null if more bytes are needed, or the file is compressed, or no capture file. */
  #recognise(file: OpenFile): CaptureFormat | null {
    const { path } = file;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const add = (linkType: number, given = "") => this.#interfaces.add(given || name, linkType);
    const format = Pcap.open(this.#input, add) ?? Pcapng.open(this.#input, add, this.#takeSecrets);
    if (format !== null) return format;
    const begun = this.#input.rest();
    const compression = file instanceof DecompressedFile ? null : compressionOf(begun);
    if (compression !== null) {
      this.#file = new DecompressedFile(file, compression, begun.slice());
      this.#input.clear();
    } else if (begun.length >= MAX_HEADER) this.#problem(notACapture(path, begun));
    return null;
  }

  #openNext(): boolean {
    const next = this.#take();
    if (next === null) return false;
    this.#current = next;
    const path = this.#paths[next]!;
    this.#input.clear();
    this.#format = null;
    this.#packets = 0;
    try {
      const file = this.#opened[next] ?? openFile(path);
      this.#file = file.waits && this.#delay !== null ? new DelayedFile(file, this.#delay) : file;
      this.#opened[next] = null;
    } catch (error) {
      this.#problem((error as Error).message);
      return this.#openNext();
    }
    return true;
  }

  #endOfFile(): void {
    const path = this.#file!.path;
    if (this.#format === null) this.#problem(notACapture(path, this.#input.rest()));
    else if (this.#input.length > 0 || this.#format.isPassing) {
      this.#problem(`"${path}" is cut off in the middle of packet ${this.#packets + 1}`);
    } else this.#close();
  }

  #problem(message: string): void {
    this.#problems.push({ file: this.#current, message });
    this.#close();
  }

  #close(): void {
    this.#bytesRead += this.#file?.position ?? 0;
    this.#file?.close();
    this.#file = null;
    this.#input.clear();
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
    const bytesRead = this.#bytesRead + (this.#file?.position ?? 0);
    return this.#totalSize === 0 ? null : Math.min(1, bytesRead / this.#totalSize);
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  close(): void {
    this.#close();
    for (const file of this.#opened) file?.close();
    this.#opened.length = 0;
  }
}
