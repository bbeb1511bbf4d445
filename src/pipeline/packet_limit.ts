// How many packets may still be counted: one number, also where several workers count.

export class PacketLimit {
  readonly #left: BigInt64Array;

  /** `left` is what all workers see, or made by `packetsLeft`; null for no limit. */
  constructor(left: BigInt64Array) {
    this.#left = left;
  }

  /** Whether nothing more is to be counted. */
  get isReached(): boolean {
    return Atomics.load(this.#left, 0) <= 0n;
  }

  /** Takes `wanted` packets off it, or as many as are left; returns how many. */
  take(wanted: number): number {
    // Below 0 it stays: by no more than a batch for each worker.
    const left = Number(Atomics.sub(this.#left, 0, BigInt(wanted)));
    return Math.max(0, Math.min(wanted, left));
  }
}

/** Room for `count` packets, for all who are given it. */
export function packetsLeft(count: number): BigInt64Array {
  return new BigInt64Array(new SharedArrayBuffer(8)).fill(BigInt(count));
}
