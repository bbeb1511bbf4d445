// --count: how many packets may still be counted, as one number that all workers share.

export class PacketLimit {
  readonly #left: BigInt64Array;

  /** `left`: made by `packetsLeft`; the same memory in all workers. */
  constructor(left: BigInt64Array) {
    this.#left = left;
  }

  /** Whether no more packets may be counted. */
  get isReached(): boolean {
    return Atomics.load(this.#left, 0) <= 0n;
  }

  /** Takes up to `wanted` packets from the number that is left. Returns how many may be counted. */
  take(wanted: number): number {
    // It may fall below 0, by at most a batch for each worker.
    const left = Number(Atomics.sub(this.#left, 0, BigInt(wanted)));
    return Math.max(0, Math.min(wanted, left));
  }
}

/** Memory that workers can share, set to `count`. */
export function packetsLeft(count: number): BigInt64Array {
  return new BigInt64Array(new SharedArrayBuffer(8)).fill(BigInt(count));
}
