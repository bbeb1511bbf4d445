// A page of the kernel's trace buffer, as trace_pipe_raw gives it (Documentation/trace/ring-buffer-map.rst,
// include/linux/ring_buffer.h; events/header_page and header_event show the same).
//
//   0  u64  time of the first event, nanoseconds
//   8  u64  bytes of events in the lower 20 bits; bit 31: events before them were lost
//  16       events: u32 with the type or length in words in its lower 5 bits, and nanoseconds since the
//           event before in the upper 27; then what follows of the event

const TIME = 0;
const COMMIT = 8;
const EVENTS = 16;

const LENGTH_BITS = 0xfffff;
const LOST = 0x8000_0000;

/** Types of events that are none of a tracepoint. */
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;

/** An event of a page. */
export interface RawEvent {
  /** Nanoseconds, by the buffer's clock. */
  readonly time: number;
  readonly page: DataView;
  readonly at: number;
  readonly end: number;
}

/** Whether events before those of the page were lost. */
export const hasLost = (page: DataView): boolean => (page.getUint32(COMMIT, true) & LOST) !== 0;

/** Appends the page's events. What is malformed ends it. */
export function readPage(page: DataView, events: RawEvent[]): void {
  if (page.byteLength < EVENTS) return;
  const end = Math.min(page.byteLength, EVENTS + (page.getUint32(COMMIT, true) & LENGTH_BITS));
  let time = Number(page.getBigUint64(TIME, true));
  for (let at = EVENTS; at + 4 <= end;) {
    const head = page.getUint32(at, true);
    const type = head & 31;
    const delta = head >>> 5;
    at += 4;
    const next = type > 0 && type < PADDING ? at + 4 * type : at + 4;
    if (next > end) return;
    switch (type) {
      case PADDING:
        if (delta === 0) return;
        at += page.getUint32(at, true);
        break;
      case TIME_EXTEND:
        time += delta + page.getUint32(at, true) * 2 ** 27;
        at = next;
        break;
      case TIME_STAMP:
        // Its upper five bits are not there: those of the page's time.
        time = stamp(time, delta, page.getUint32(at, true));
        at = next;
        break;
      case 0: {
        // The length is in a word of its own, and counts it.
        const length = page.getUint32(at, true);
        if (length < 4 || at + length > end) return;
        time += delta;
        events.push({ time, page, at: at + 4, end: at + length });
        at += length;
        break;
      }
      default:
        time += delta;
        events.push({ time, page, at, end: next });
        at = next;
    }
  }
}

const stamp = (time: number, low: number, high: number): number =>
  Math.floor(time / 2 ** 59) * 2 ** 59 + high * 2 ** 27 + low;
