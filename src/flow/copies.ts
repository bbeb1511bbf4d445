// Finds packets that were captured twice: on several interfaces, on `any`, or on a mirror port.
// They are looked up in a table of the packets of the last moment, so that their order does not
// matter.

/** Usually more than the packets that come within COPY_TIME; a quarter of a megabyte. */
const SLOTS = 1 << 15;
/** Copies are captured within this time of each other, microseconds. */
export const COPY_TIME = 20_000;

interface Timed {
  readonly time: number;
}

export class Copies {
  /** Copies found so far. */
  count = 0;
  /** A slot is a packet's mark, then its time in microseconds, whose upper bits are cut off. */
  readonly #slots = new Int32Array(SLOTS * 2);

  /**
   * What is in the slot for a digest, for `has`. Whoever asks for it early has memory bring the slot while
   * the packet's flow is searched, which takes as long.
   */
  look(digest: number): number {
    return this.#slots[slotOf(digest)]!;
  }

  /**
   * Whether a packet with these digests, its own and that of its flow and direction, was captured
   * within COPY_TIME of `packet`. A retransmission is no copy: it has another IP identification or
   * time stamp, or comes later. Takes the packet, as V8 may box a time as an argument.
   */
  has(packet: Timed, digest: number, flow: number, found = this.look(digest)): boolean {
    const slots = this.#slots;
    const at = slotOf(digest);
    const mark = (Math.imul(digest, 0x9e3779b1) + flow) | 0;
    const time = packet.time | 0;
    // Times of 71 minutes later look the same, but packets of then rarely find their mark here.
    const age = (time - slots[at + 1]!) | 0;
    if (found === mark && age < COPY_TIME && age > -COPY_TIME) {
      this.count++;
      return true;
    }
    slots[at] = mark;
    slots[at + 1] = time;
    return false;
  }
}

/** Without the flow's digest: which copies are missed must not depend on its seed. */
const slotOf = (digest: number): number => ((digest ^ (digest >>> 15)) & (SLOTS - 1)) * 2;
