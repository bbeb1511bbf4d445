// The pcapng format: blocks with type and length. A block for each interface, with its link type and
// clock, comes before the blocks of its packets.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html

import { MAX_SNAPLEN } from "../../ffi/libpcap.ts";
import { type Batch, BATCH_PACKETS } from "./batch.ts";
import {
  BROKEN,
  type CaptureFormat,
  FULL,
  type Input,
  SHORT,
  type TakeSecrets,
  wireLength,
} from "./format.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;

/** A key log of TLS, as a type of secrets. */
const TLS_KEY_LOG = 0x544c534b;
/** Type and length of secrets, in front of them. */
const SECRETS_HEADER = 8;
/** Block types up to this one are of interfaces, packets and their statistics. */
const MAX_PACKET_TYPE = 6;
/** The longest block of these types, comments included; beyond it the file is damaged. */
const MAX_PACKET_BLOCK = 1 << 28;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** A block begins with type and total length, and ends with the total length again. */
const BLOCK_HEADER = 8;
const BLOCK_TRAILER = 4;
const MIN_BLOCK = 12;
/** The most interfaces of a section; beyond it the file is damaged. */
const MAX_INTERFACES = 1 << 16;

const OPTION_END = 0;
const OPTION_NAME = 2;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;

/** An interface of the current section. */
interface Clock {
  readonly index: number;
  readonly snaplen: number;
  readonly microsecondsPerUnit: number;
  readonly offset: number;
}

export class Pcapng implements CaptureFormat {
  #littleEndian = true;
  #interfaces: Clock[] = [];
  #lastTime = 0;
  /** Bytes of a block that are still to be skipped. */
  #skip = 0;
  /** How much of it is a key log. */
  #secrets = 0;
  readonly #addInterface: (linkType: number, name: string) => number;
  readonly #takeSecrets: TakeSecrets;

  private constructor(
    addInterface: (linkType: number, name: string) => number,
    takeSecrets: TakeSecrets,
  ) {
    this.#addInterface = addInterface;
    this.#takeSecrets = takeSecrets;
  }

  /** A reader for the file that begins with `input`; null if it is no pcapng file. */
  static open(
    input: Input,
    addInterface: (linkType: number, name: string) => number,
    takeSecrets: TakeSecrets,
  ): Pcapng | null {
    if (input.length < MIN_BLOCK || input.view.getUint32(input.start) !== SECTION_HEADER) {
      return null;
    }
    return new Pcapng(addInterface, takeSecrets);
  }

  get isPassing(): boolean {
    return this.#skip > 0;
  }

  read(input: Input, batch: Batch): typeof FULL | typeof SHORT | typeof BROKEN {
    while (batch.count < BATCH_PACKETS) {
      this.#pass(input);
      if (input.length < MIN_BLOCK) return SHORT;
      const { view, start } = input;
      if (view.getUint32(start) === SECTION_HEADER && !this.#section(input)) return BROKEN;
      const type = view.getUint32(start, this.#littleEndian);
      const length = view.getUint32(start + 4, this.#littleEndian);
      if (length < MIN_BLOCK) return BROKEN;
      if (type === DECRYPTION_SECRETS && length >= BLOCK_HEADER + SECRETS_HEADER + BLOCK_TRAILER) {
        if (input.length < BLOCK_HEADER + SECRETS_HEADER) return SHORT;
        this.#beginSecrets(input, length);
        continue;
      }
      if (length > input.bytes.length / 2) {
        // Longer than any packet. Other blocks may have any length, such as secrets of sessions.
        if (type <= MAX_PACKET_TYPE && length > MAX_PACKET_BLOCK) return BROKEN;
        this.#skip = rounded(length);
        continue;
      }
      const end = blockEnd(input, length);
      if (end === 0) return rounded(length) > input.length ? SHORT : BROKEN;
      if (!this.#block(type, input, end - BLOCK_TRAILER, batch)) return BROKEN;
      input.start = end;
    }
    return FULL;
  }

  /** Passes over what is left of a block, and takes the key log in it, however long it is. */
  #pass(input: Input): void {
    const passed = Math.min(this.#skip, input.length);
    const secrets = Math.min(this.#secrets, passed);
    this.#secrets -= secrets;
    this.#skip -= passed;
    if (secrets > 0) {
      const end = input.start + secrets;
      this.#takeSecrets(input.bytes.subarray(input.start, end), this.#secrets === 0);
    }
    input.start += passed;
  }

  /** Begins to pass over the Decryption Secrets Block of `length` bytes at `input.start`. */
  #beginSecrets(input: Input, length: number): void {
    const at = input.start + BLOCK_HEADER;
    const type = input.view.getUint32(at, this.#littleEndian);
    const size = input.view.getUint32(at + 4, this.#littleEndian);
    const header = BLOCK_HEADER + SECRETS_HEADER;
    const room = length - header - BLOCK_TRAILER;
    this.#secrets = type === TLS_KEY_LOG ? Math.max(0, Math.min(size, room)) : 0;
    this.#skip = rounded(length) - header;
    input.start += header;
  }

  /** Reads the block at `input.start`, whose trailer is at `end`; false if it is broken. */
  #block(type: number, input: Input, end: number, batch: Batch): boolean {
    const at = input.start + BLOCK_HEADER;
    switch (type) {
      case ENHANCED_PACKET:
      case SIMPLE_PACKET:
      case PACKET:
        return this.#packet(type, input.view, at, end, batch);
      case INTERFACE_DESCRIPTION:
        return this.#interface(input, at, end);
      default:
        return true;
    }
  }

  /** A section has its own byte order and its own interfaces. */
  #section(input: Input): boolean {
    const magic = input.view.getUint32(input.start + BLOCK_HEADER, true);
    this.#littleEndian = magic === BYTE_ORDER_MAGIC;
    this.#interfaces = [];
    return this.#littleEndian || input.view.getUint32(input.start + 8) === BYTE_ORDER_MAGIC;
  }

  #interface(input: Input, at: number, end: number): boolean {
    if (end - at < 8) return false;
    const { view, bytes } = input;
    const little = this.#littleEndian;
    let name = "";
    let resolution = 6;
    let offset = 0;
    let cursor = at + 8;
    while (cursor + 4 <= end) {
      const code = view.getUint16(cursor, little);
      const length = view.getUint16(cursor + 2, little);
      const value = cursor + 4;
      if (code === OPTION_END || value + length > end) break;
      if (code === OPTION_NAME) {
        name = new TextDecoder().decode(bytes.subarray(value, value + length));
      }
      if (code === OPTION_TIME_RESOLUTION && length >= 1) resolution = bytes[value]!;
      if (code === OPTION_TIME_OFFSET && length >= 8) {
        offset = Number(view.getBigInt64(value, little)) * 1e6;
      }
      cursor = value + length + (-length & 3);
    }
    if (this.#interfaces.length >= MAX_INTERFACES) return true;
    const snaplen = view.getUint32(at + 4, little);
    this.#interfaces.push({
      index: this.#addInterface(view.getUint16(at, little), name),
      snaplen: snaplen === 0 ? MAX_SNAPLEN : snaplen,
      // The highest bit set: a negative power of two; else of ten.
      microsecondsPerUnit: 1e6 / (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution),
      offset,
    });
    return true;
  }

  /** Adds the packet of a block of any of the three kinds; false if it is broken. */
  #packet(type: number, view: DataView, at: number, end: number, batch: Batch): boolean {
    const little = this.#littleEndian;
    const isSimple = type === SIMPLE_PACKET;
    const data = at + (isSimple ? 4 : 20);
    if (data > end) return false;
    const number = isSimple
      ? 0
      : type === PACKET
      ? view.getUint16(at, little)
      : view.getUint32(at, little);
    const clock = this.#interfaces[number];
    if (clock === undefined) return false;
    const length = view.getUint32(isSimple ? at : at + 16, little);
    const captured = isSimple
      ? Math.min(length, clock.snaplen, end - data)
      : view.getUint32(at + 12, little);
    if (captured > MAX_SNAPLEN || data + captured > end) return false;
    if (!isSimple) {
      const units = view.getUint32(at + 4, little) * 0x100000000 + view.getUint32(at + 8, little);
      this.#lastTime = units * clock.microsecondsPerUnit + clock.offset;
    }
    const i = batch.count++;
    batch.offset[i] = data;
    batch.captured[i] = captured;
    batch.length[i] = wireLength(captured, length);
    // Simple packets have no time: that of the packet before is used.
    batch.time[i] = this.#lastTime;
    batch.interface[i] = clock.index;
    return true;
  }
}

/** Rounds up to a multiple of four, where the next block begins. */
const rounded = (length: number): number => Math.ceil(length / 4) * 4;

/**
 * Where the block of `length` bytes at `input.start` ends: there its length must be repeated. Some programs
 * write a length that is no multiple of four, with or without padding. Returns 0 if it is not found.
 */
function blockEnd({ view, start, end }: Input, length: number): number {
  const told = view.getUint32(start + 4);
  const filled = start + rounded(length);
  if (filled <= end && view.getUint32(filled - BLOCK_TRAILER) === told) return filled;
  const bare = start + length;
  return bare <= end && view.getUint32(bare - BLOCK_TRAILER) === told ? bare : 0;
}
