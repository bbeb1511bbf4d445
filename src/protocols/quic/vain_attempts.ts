// Bounds the time that is spent on QUIC packets which cannot be decrypted: anybody can send as many of
// them as the line can carry, from any address, and each takes ten times as long as an ordinary packet.

/** In a second of packet time, over all flows: a tenth of a processor. */
const MOST_VAIN = 10_000;
const SECOND = 1_000_000;

let second = 0;
let vain = 0;

/** Whether a packet of this time (microseconds) may be tried. Those that succeed are not limited. */
export function mayAttempt(time: number): boolean {
  const now = Math.floor(time / SECOND);
  if (now !== second) {
    second = now;
    vain = 0;
  }
  return vain < MOST_VAIN;
}

/** A packet was tried in vain. */
export function noteVain(): void {
  vain++;
}
