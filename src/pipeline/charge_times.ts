// When the memory of all hosts is looked at, which takes time: once a second of packet time, and less often
// if there are very many hosts, or few packets.

const SECOND = 1_000_000;
/** Hosts that are looked at in a second of packet time: 1 ms. */
const HOSTS_A_SECOND = 10_000;
/** So few packets make hosts take little more memory: then they are looked at every so many seconds. */
const FEW_PACKETS = 1 << 16;
const PATIENCE = 10 * SECOND;
/** After fewer packets not even then: in a file, much time may lie between two of them. */
const LEAST_PACKETS = 1 << 12;

export class ChargeTimes {
  /** Packets since the last time, and when that was, in microseconds of packet time. */
  #packets = FEW_PACKETS;
  #last = 0;

  count(packets: number): void {
    this.#packets += packets;
  }

  /** The clock of the packets was set forward by so many microseconds, or back, if below 0. */
  clockWasSet(by: number): void {
    this.#last += by;
  }

  /** Whether it is time now, with so many hosts; then the next time is counted from here. */
  isDue(now: number, hosts: number): boolean {
    const elapsed = Math.abs(now - this.#last);
    if (elapsed < SECOND * Math.max(1, hosts / HOSTS_A_SECOND)) return false;
    if (this.#packets < (elapsed < PATIENCE ? FEW_PACKETS : LEAST_PACKETS)) return false;
    this.#last = now;
    this.#packets = 0;
    return true;
  }
}
