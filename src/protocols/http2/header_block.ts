// A header block of HTTP/2: HEADERS or PUSH_PROMISE, and the CONTINUATION frames that follow. RFC 9113
// section 4.3.

import { END_STREAM, HEADERS, PUSH_PROMISE } from "./framing.ts";

/** Bytes of a header block, in all its frames; a longer one is not read. Servers accept 8 to 32 KiB. */
export const MAX_HEADER_BLOCK = 65536;

const NOTHING = new Uint8Array(0);

export class HeaderBlock {
  readonly stream: number;
  readonly isPush: boolean;
  readonly endsStream: boolean;
  /** When its first byte came. */
  readonly time: number;
  /** Whether a part is missing: then its other frames are still read, but not decoded. */
  lost = false;
  length = 0;
  bytes: Uint8Array = NOTHING;

  constructor(type: number, flags: number, stream: number, time: number) {
    this.stream = stream;
    this.isPush = type === PUSH_PROMISE;
    this.endsStream = type === HEADERS && (flags & END_STREAM) !== 0;
    this.time = time;
  }

  /** Appends a part. The caller sees to it that the length stays within MAX_HEADER_BLOCK. */
  add(bytes: Uint8Array, at: number, end: number): void {
    const length = this.length + end - at;
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(at, end), this.length);
    this.length = length;
  }
}
