// The pcap format: a header, then packets behind 16 bytes each. Both byte orders, micro- and
// nanoseconds, and the variant of Linux 2.2's tcpdump with 24 bytes a packet.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html

import { type Batch, BATCH_PACKETS } from "./batch.ts";
import {
  BROKEN,
  type CaptureFormat,
  FULL,
  type Input,
  MAX_PACKET,
  SHORT,
  wireLength,
} from "./format.ts";

const FILE_HEADER = 24;
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

export class Pcap implements CaptureFormat {
  readonly isPassing = false;
  readonly #littleEndian: boolean;
  readonly #microsecondsPerUnit: number;
  readonly #recordHeader: number;
  readonly #interface: number;

  private constructor(
    littleEndian: boolean,
    microsecondsPerUnit: number,
    recordHeader: number,
    index: number,
  ) {
    this.#littleEndian = littleEndian;
    this.#microsecondsPerUnit = microsecondsPerUnit;
    this.#recordHeader = recordHeader;
    this.#interface = index;
  }

  /** The reader of a file that begins with `input`, past its header; null where it is no pcap file. */
  static open(input: Input, addInterface: (linkType: number) => number): Pcap | null {
    if (input.length < FILE_HEADER) return null;
    const { view, start } = input;
    for (const littleEndian of [true, false]) {
      const magic = view.getUint32(start, littleEndian);
      if (magic !== MICROSECONDS && magic !== NANOSECONDS && magic !== MODIFIED) continue;
      // The upper bits tell of a frame check sequence, which no decoder here looks at.
      const linkType = view.getUint32(start + LINK_TYPE_AT, littleEndian) & 0xffff;
      input.start += FILE_HEADER;
      return new Pcap(
        littleEndian,
        magic === NANOSECONDS ? 0.001 : 1,
        magic === MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER,
        addInterface(linkType),
      );
    }
    return null;
  }

  read(input: Input, batch: Batch): typeof FULL | typeof SHORT | typeof BROKEN {
    const { view, end } = input;
    const littleEndian = this.#littleEndian;
    const header = this.#recordHeader;
    let at = input.start;
    let count = batch.count;
    let outcome: typeof FULL | typeof SHORT | typeof BROKEN = FULL;
    while (count < BATCH_PACKETS) {
      if (at + header > end) {
        outcome = SHORT;
        break;
      }
      const captured = view.getUint32(at + CAPTURED_AT, littleEndian);
      if (captured > MAX_PACKET) {
        outcome = BROKEN;
        break;
      }
      if (at + header + captured > end) {
        outcome = SHORT;
        break;
      }
      batch.offset[count] = at + header;
      batch.captured[count] = captured;
      batch.length[count] = wireLength(captured, view.getUint32(at + LENGTH_AT, littleEndian));
      batch.time[count] = view.getUint32(at + SECONDS_AT, littleEndian) * 1e6 +
        view.getUint32(at + FRACTION_AT, littleEndian) * this.#microsecondsPerUnit;
      batch.interface[count] = this.#interface;
      count++;
      at += header + captured;
    }
    input.start = at;
    batch.count = count;
    return outcome;
  }
}
