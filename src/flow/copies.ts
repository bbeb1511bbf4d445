// Finds packets that were captured twice: on several interfaces, on `any`, or on a mirror port.
// They are looked up in a table of the packets of the last moment, so that their order does not
// matter.

/** Usually more than the packets that come within COPY_TIME; half a megabyte. */
const SLOTS = 1 << 15;
const SLOT_WORDS = 4;
/** Copies are captured within this time of each other, microseconds. */
export const COPY_TIME = 20_000;

interface Timed {
  readonly time: number;
}

export class Copies {
  /** Copies found so far. */
  count = 0;
  /** A slot is the digests of a packet and of its flow (two int32), then its time (float64). */
  readonly #digests = new Int32Array(SLOTS * SLOT_WORDS);
  readonly #times = new Float64Array(this.#digests.buffer);

  /**
   * Whether a packet with these digests, its own and that of its flow and direction, was captured
   * within COPY_TIME of `packet`. A retransmission is no copy: it has another IP identification or
   * time stamp, or comes later. Takes the packet, as V8 may box a time as an argument.
   */
  has(packet: Timed, digest: number, flow: number): boolean {
    // Without the flow's digest, whose seed is random: a file read twice gives the same.
    const slot = (digest ^ (digest >>> 15)) & (SLOTS - 1);
    const at = slot * SLOT_WORDS;
    const time = slot * 2 + 1;
    if (
      this.#digests[at] === digest && this.#digests[at + 1] === flow &&
      Math.abs(packet.time - this.#times[time]!) < COPY_TIME
    ) {
      this.count++;
      return true;
    }
    this.#digests[at] = digest;
    this.#digests[at + 1] = flow;
    this.#times[time] = packet.time;
    return false;
  }
}
