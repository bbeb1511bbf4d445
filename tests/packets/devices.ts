// What devices put before or into the frames that they capture or forward, and ESP without encryption.

import { type Bytes, bytes, concat, filler, hex, u16, u32 } from "./bytes.ts";

/** Endace's record of a kind of frame, with so many extensions. */
export function erf(type: number, frame: Uint8Array, extensions = 0): Bytes {
  const more = (left: number) => left > 0 ? 0x80 : 0;
  const headers = Array.from(
    { length: extensions },
    (_, i) => bytes(more(extensions - 1 - i) | 3, 0, 0, 0, 0, 0, 0, 0),
  );
  return concat(
    new Uint8Array(8),
    bytes(more(extensions) | type, 4),
    u16(16 + 8 * extensions + frame.length),
    u16(0),
    u16(frame.length),
    ...headers,
    frame,
  );
}

export interface JuniperOptions {
  readonly extensions?: Uint8Array;
  readonly noLinkLayer?: boolean;
}

/** Junos' header. */
export function juniper(frame: Uint8Array, options: JuniperOptions = {}): Bytes {
  const { extensions, noLinkLayer = false } = options;
  const flags = (extensions === undefined ? 0 : 0x80) | (noLinkLayer ? 2 : 0) | 1;
  return concat(
    hex("4d4743"),
    bytes(flags),
    extensions === undefined ? hex("") : concat(u16(extensions.length), extensions),
    noLinkLayer ? u32(2) : hex(""),
    frame,
  );
}

/** A cable modem's header; `extended` are the elements of its extended header. */
export const docsis = (frame: Uint8Array, extended: Uint8Array = hex("")): Bytes =>
  concat(
    bytes(extended.length > 0 ? 1 : 0, extended.length),
    u16(extended.length + frame.length),
    extended,
    u16(0xabcd),
    frame,
  );

/** `frame` with a switch's tag behind its addresses. */
export const switchTagged = (frame: Uint8Array, tag: Uint8Array): Bytes =>
  concat(frame.slice(0, 12), tag, frame.slice(12));

/** A frame of a batman-adv mesh in a packet of type `type`, whose header has `length` bytes. */
export const batman = (frame: Uint8Array, type: number, length: number): Bytes =>
  concat(bytes(type, 15, 50, 1), filler(length - 4), frame);

/** A batman-adv packet in fragments of at most `size` bytes, the first one first. */
export function batmanFragments(packet: Uint8Array, size: number, id = 7): Bytes[] {
  const pieces: Bytes[] = [];
  for (let end = packet.length; end > 0; end -= size) {
    const part = packet.slice(Math.max(0, end - size), end);
    const header = concat(
      bytes(0x41, 15, 50, pieces.length << 4),
      hex("020000000002 020000000001"),
    );
    pieces.push(concat(header, u16(id), u16(packet.length), part));
  }
  return pieces.toReversed();
}

/** ESP without encryption, with a check value of `check` bytes. */
export function nullEsp(payload: Uint8Array, protocol: number, check = 12): Bytes {
  const padding = -(payload.length + 2) & 3;
  return concat(
    u32(0x1001),
    u32(7),
    payload,
    hex("010203").slice(0, padding),
    bytes(padding, protocol),
    filler(check),
  );
}
