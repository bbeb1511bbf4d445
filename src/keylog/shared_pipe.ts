// A key log that is a pipe gives each byte only once. One worker reads it, and passes on what it has read to the
// others, through a ring in memory that they share.

const RING_BYTES = 1 << 16;
/** Indices of counters: bytes written (int32), whether no more will come, bytes read by each worker. */
const WRITTEN = 0;
const ENDED = 1;
const READ = 2;

/** What all workers of a capture share for one key log. */
export interface PipeMemory {
  readonly counts: Int32Array<SharedArrayBuffer>;
  readonly ring: Uint8Array<SharedArrayBuffer>;
}

export const pipeMemory = (workers: number): PipeMemory => ({
  counts: new Int32Array(new SharedArrayBuffer(4 * (READ + workers))),
  ring: new Uint8Array(new SharedArrayBuffer(RING_BYTES)),
});

export class SharedPipe {
  readonly #memory: PipeMemory;
  readonly #worker: number;

  /** `worker`: the index of this worker; the first one writes. */
  constructor(memory: PipeMemory, worker: number) {
    this.#memory = memory;
    this.#worker = worker;
  }

  get isWriter(): boolean {
    return this.#worker === 0;
  }

  /** How many bytes may be written until the slowest worker reads on. */
  get room(): number {
    const { counts } = this.#memory;
    let waiting = 0;
    for (let at = READ + 1; at < counts.length; at++) {
      waiting = Math.max(waiting, this.#waiting(at));
    }
    return RING_BYTES - waiting;
  }

  /** Bytes that the worker whose counter is at `at` has not read. */
  #waiting(at: number): number {
    const { counts } = this.#memory;
    return (Atomics.load(counts, WRITTEN) - Atomics.load(counts, at)) | 0;
  }

  /** Passes on `bytes[0..length)`, for which there is room. */
  write(bytes: Uint8Array, length: number): void {
    const { counts, ring } = this.#memory;
    const from = Atomics.load(counts, WRITTEN);
    for (let i = 0; i < length; i++) ring[(from + i) & (RING_BYTES - 1)] = bytes[i]!;
    Atomics.add(counts, WRITTEN, length);
  }

  /** No more will be written. */
  end(): void {
    Atomics.store(this.#memory.counts, ENDED, 1);
  }

  /** Gives `take` what came since the last call. Returns whether it was all there will be. */
  read(take: (bytes: Uint8Array, at: number, end: number) => void): boolean {
    const { counts, ring } = this.#memory;
    const isEnded = Atomics.load(counts, ENDED) === 1;
    const own = READ + this.#worker;
    const length = this.#waiting(own);
    const at = Atomics.load(counts, own) & (RING_BYTES - 1);
    take(ring, at, Math.min(at + length, RING_BYTES));
    if (at + length > RING_BYTES) take(ring, 0, at + length - RING_BYTES);
    Atomics.add(counts, own, length);
    return isEnded;
  }
}
