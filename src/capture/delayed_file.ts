// A pipe whose bytes are given some time after they came, as what is needed to read them comes later.
// It is read at once all the same: whoever writes need not wait.

import { DerivedFile, type OpenFile } from "./open_file.ts";

/** Bytes that are read at a time: as many as a pipe holds. */
const READ_SIZE = 1 << 16;
/** So many bytes are held at most: then the oldest are given before their time. */
const MAX_HELD = 64 << 20;

/** Milliseconds until it is asked again whether bytes still have to wait. */
const ASKING_INTERVAL = 20;

/** How long bytes wait. */
export interface Delay {
  /** Milliseconds at least, and at most if `isTooEarly` says so of them. */
  readonly least: number;
  readonly most: number;
  isTooEarly(bytes: Uint8Array): boolean;
}

/** Bytes that came together. */
interface Chunk {
  readonly bytes: Uint8Array;
  /** When they came, as performance.now() tells. */
  readonly time: number;
  next: Chunk | null;
}

export class DelayedFile extends DerivedFile {
  readonly #delay: Delay;
  #first: Chunk | null = null;
  #last: Chunk | null = null;
  /** How much of #first is given. */
  #given = 0;
  #held = 0;
  /** How reading ended; null while it has not. */
  #end: { readonly error: unknown } | null = null;
  #isReading = false;
  /** Something has changed that `read` or the reader waits for. */
  #changed = Promise.withResolvers<void>();

  constructor(file: OpenFile, delay: Delay) {
    super(file);
    this.#delay = delay;
  }

  override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (!this.#isReading) this.#readAhead();
    for (;;) {
      const left = this.#timeLeft();
      if (left <= 0) break;
      await this.#change(left);
    }
    return this.#first === null ? this.#ended() : this.#give(this.#first, into);
  }

  /** Milliseconds until there is something to give; after the end nothing has to wait. */
  #timeLeft(): number {
    if (this.#end !== null || this.#held >= MAX_HELD || this.#given > 0) return 0;
    const first = this.#first;
    if (first === null) return Infinity;
    const { least, most } = this.#delay;
    const age = performance.now() - first.time;
    if (age < least) return least - age;
    return age < most && this.#delay.isTooEarly(first.bytes) ? ASKING_INTERVAL : 0;
  }

  #give(chunk: Chunk, into: Uint8Array): number {
    const count = Math.min(into.length, chunk.bytes.length - this.#given);
    into.set(chunk.bytes.subarray(this.#given, this.#given + count));
    this.#given += count;
    if (this.#given === chunk.bytes.length) this.#drop(chunk);
    return count;
  }

  #drop(chunk: Chunk): void {
    this.#first = chunk.next;
    if (this.#first === null) this.#last = null;
    this.#given = 0;
    this.#held -= chunk.bytes.length;
    this.#tell();
  }

  #ended(): null {
    const { error } = this.#end!;
    if (error !== null) throw error;
    return null;
  }

  async #readAhead(): Promise<void> {
    this.#isReading = true;
    const buffer = new Uint8Array(READ_SIZE);
    try {
      for (let count; (count = await this.file.read(buffer)) !== null;) {
        this.#add(buffer.slice(0, count));
        while (this.#held >= MAX_HELD) await this.#change(Infinity);
      }
      this.#end = { error: null };
    } catch (error) {
      this.#end = { error };
    }
    this.#tell();
  }

  #add(bytes: Uint8Array): void {
    const chunk = { bytes, time: performance.now(), next: null };
    if (this.#last === null) this.#first = chunk;
    else this.#last.next = chunk;
    this.#last = chunk;
    this.#held += bytes.length;
    this.#tell();
  }

  /** Waits for a change, at most so many milliseconds. */
  async #change(milliseconds: number): Promise<void> {
    if (milliseconds === Infinity) return await this.#changed.promise;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const elapsed = new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
    await Promise.race([elapsed, this.#changed.promise]);
    clearTimeout(timer);
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
