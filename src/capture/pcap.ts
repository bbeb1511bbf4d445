// The pcap format: a header, then records of 16 bytes, each with a packet behind it. Both byte orders,
// micro- and nanoseconds, old versions, and the variants of Linux 2.2's tcpdump, with records of 24 bytes,
// and of Ixia.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html

import { MAX_SNAPLEN } from "../../ffi/libpcap.ts";
import { type Batch, BATCH_PACKETS } from "./batch.ts";
import { BROKEN, type CaptureFormat, FULL, type Input, SHORT, wireLength } from "./format.ts";

const FILE_HEADER = 24;
const MAJOR_AT = 4;
const MINOR_AT = 6;
const LINK_TYPE_AT = 20;
const RECORD_HEADER = 16;
const MODIFIED_RECORD_HEADER = 24;

const SECONDS_AT = 0;
const FRACTION_AT = 4;
const CAPTURED_AT = 8;
const LENGTH_AT = 12;

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;
/** Ixia's devices, with hardware and without: nanoseconds, and the length of all records behind the header. */
const IXIA_HARDWARE = 0x1c0001ac;
const IXIA_SOFTWARE = 0x1c0001ab;
const IXIA_FILE_HEADER = FILE_HEADER + 4;

const MAGIC_NUMBERS = [MICROSECONDS, NANOSECONDS, MODIFIED, IXIA_HARDWARE, IXIA_SOFTWARE];

/** The order of a record's two lengths, captured and on the wire: before version 2.3 it was the other one. */
const Order = { CAPTURED_FIRST: 0, CAPTURED_SECOND: 1, SMALLER_IS_CAPTURED: 2 } as const;
type Order = typeof Order[keyof typeof Order];

/** Version 543.0 is that of DG/UX's tcpdump. In version 2.3, programs differ. */
function orderOf(major: number, minor: number): Order {
  if (major === 543 || (major === 2 && minor < 3)) return Order.CAPTURED_SECOND;
  return major === 2 && minor === 3 ? Order.SMALLER_IS_CAPTURED : Order.CAPTURED_FIRST;
}

export class Pcap implements CaptureFormat {
  readonly isPassing = false;
  readonly #littleEndian: boolean;
  readonly #microsecondsPerUnit: number;
  readonly #recordHeader: number;
  readonly #order: Order;
  readonly #interface: number;

  private constructor(
    littleEndian: boolean,
    microsecondsPerUnit: number,
    recordHeader: number,
    order: Order,
    index: number,
  ) {
    this.#littleEndian = littleEndian;
    this.#microsecondsPerUnit = microsecondsPerUnit;
    this.#recordHeader = recordHeader;
    this.#order = order;
    this.#interface = index;
  }

  /** A reader for the file that begins with `input`, whose header it skips; null if it is no pcap file. */
  static open(input: Input, addInterface: (linkType: number) => number): Pcap | null {
    if (input.length < FILE_HEADER) return null;
    const { view, start } = input;
    for (const littleEndian of [true, false]) {
      const magic = view.getUint32(start, littleEndian);
      if (!MAGIC_NUMBERS.includes(magic)) continue;
      const isIxia = magic === IXIA_HARDWARE || magic === IXIA_SOFTWARE;
      const header = isIxia ? IXIA_FILE_HEADER : FILE_HEADER;
      if (input.length < header) return null;
      // The upper bits are about the frame check sequence, which is not needed.
      const linkType = view.getUint32(start + LINK_TYPE_AT, littleEndian) & 0xffff;
      const major = view.getUint16(start + MAJOR_AT, littleEndian);
      const minor = view.getUint16(start + MINOR_AT, littleEndian);
      input.start += header;
      return new Pcap(
        littleEndian,
        magic === NANOSECONDS || isIxia ? 0.001 : 1,
        magic === MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER,
        orderOf(major, minor),
        addInterface(linkType),
      );
    }
    return null;
  }

  read(input: Input, batch: Batch): typeof FULL | typeof SHORT | typeof BROKEN {
    const { view, end } = input;
    const { offset, captured: capturedBytes, length: wireBytes, time, interface: interfaces } =
      batch;
    const littleEndian = this.#littleEndian;
    const header = this.#recordHeader;
    const isKnownOrder = this.#order === Order.CAPTURED_FIRST;
    const microsecondsPerUnit = this.#microsecondsPerUnit;
    const index = this.#interface;
    let at = input.start;
    let count = batch.count;
    let outcome: typeof FULL | typeof SHORT | typeof BROKEN = FULL;
    while (count < BATCH_PACKETS) {
      if (at + header > end) {
        outcome = SHORT;
        break;
      }
      let captured = view.getUint32(at + CAPTURED_AT, littleEndian);
      let length = view.getUint32(at + LENGTH_AT, littleEndian);
      if (!isKnownOrder && isSwapped(this.#order, captured, length)) {
        const first = captured;
        captured = length;
        length = first;
      }
      if (captured > MAX_SNAPLEN) {
        outcome = BROKEN;
        break;
      }
      const packetAt = at + header;
      if (packetAt + captured > end) {
        outcome = SHORT;
        break;
      }
      offset[count] = packetAt;
      capturedBytes[count] = captured;
      wireBytes[count] = wireLength(captured, length);
      time[count] = view.getUint32(at + SECONDS_AT, littleEndian) * 1e6 +
        view.getUint32(at + FRACTION_AT, littleEndian) * microsecondsPerUnit;
      interfaces[count] = index;
      count++;
      at = packetAt + captured;
    }
    input.start = at;
    batch.count = count;
    return outcome;
  }
}

const isSwapped = (order: Order, captured: number, length: number): boolean =>
  order === Order.CAPTURED_SECOND || captured > length;
