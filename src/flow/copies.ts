// Packets that are captured twice: on several interfaces, on `any`, or on a mirror port. A table of
// what was seen a moment ago tells them, in whatever order the copies come.

/** More packets than come within COPY_TIME, mostly; half a megabyte. */
const SLOTS = 1 << 15;
const SLOT_WORDS = 4;
/** Copies are captured within this time of each other, in microseconds. */
const COPY_TIME = 20_000;

/** A packet, as far as it matters here. */
interface Timed {
  readonly time: number;
}

export class Copies {
  /** How many there were. */
  count = 0;
  /** A packet's digest and its flow's, then its time: together, as each slot is a walk to memory. */
  readonly #digests = new Int32Array(SLOTS * SLOT_WORDS);
  readonly #times = new Float64Array(this.#digests.buffer);

  /**
   * Whether a packet with this digest, of the flow and direction with that one, was seen a moment
   * before or after `packet`. What is sent again is no copy: it has another identification or time
   * stamp, or comes later. Takes the packet, as V8 may box a time that is handed over by itself.
   */
  has(packet: Timed, digest: number, flow: number): boolean {
    const slot = (digest ^ (digest >>> 15) ^ flow) & (SLOTS - 1);
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
