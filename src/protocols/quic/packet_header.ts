// QUIC's long header, of the packets of a handshake: first the part that is the same in all
// versions (RFC 8999 section 5.1), then that of version 1 and similar ones (RFC 9000 section 17.2).

import { u32 } from "../../bytes.ts";
import { INITIAL, type QuicVersion, quicVersion, RETRY } from "./versions.ts";
import { varint, varintLength } from "../varint.ts";

/*
 *   0    header form (1), fixed bit (1), type (2), type-specific bits (4)
 *   1    version (32)
 *   5    length of the destination connection id (8), the id (0..160)
 *        length of the source connection id (8), the id (0..160)
 *   then, in an Initial packet: token length (i), token
 *   and in all but Retry packets: length (i) of packet number and payload
 */
const VERSION_AT = 1;
const DESTINATION_ID_AT = 6;

const LONG_HEADER = 0x80;
const FIXED_BIT = 0x40;
const MAX_ID = 20;

export const isLongHeader = (first: number): boolean => (first & LONG_HEADER) !== 0;

/** Where the parts of a packet are. Reused: read it before the next one is parsed. */
export class LongHeader {
  versionNumber = 0;
  /** Null if the version is unknown; then only the connection ids below are read. */
  version: QuicVersion | null = null;
  fixedBit = false;
  type = 0;
  destinationId = 0;
  destinationIdLength = 0;
  sourceId = 0;
  sourceIdLength = 0;
  tokenLength = 0;
  /** Where the packet number is; it is encrypted. */
  number = 0;
  /** Where the packet ends, and another may begin. */
  end = 0;
}

/** Parses the long header at `at` of a datagram that ends at `end`. False if it is none, or cut off. */
export function parseLongHeader(
  bytes: Uint8Array,
  at: number,
  end: number,
  out: LongHeader,
): boolean {
  const sourceLengthAt = parseInvariants(bytes, at, end, out);
  if (sourceLengthAt < 0) return false;
  out.end = end;
  if (out.version === null || out.type === RETRY) return true;
  return parseLengths(bytes, out.sourceId + out.sourceIdLength, end, out);
}

/** The part that all versions share. Returns where it ends, -1 if it is cut off. */
function parseInvariants(bytes: Uint8Array, at: number, end: number, out: LongHeader): number {
  if (end - at <= DESTINATION_ID_AT || !isLongHeader(bytes[at]!)) return -1;
  out.destinationId = at + DESTINATION_ID_AT;
  out.destinationIdLength = bytes[at + DESTINATION_ID_AT - 1]!;
  out.sourceId = out.destinationId + out.destinationIdLength + 1;
  if (out.destinationIdLength > MAX_ID || out.sourceId > end) return -1;
  out.sourceIdLength = bytes[out.sourceId - 1]!;
  out.tokenLength = 0;
  const stop = out.sourceId + out.sourceIdLength;
  if (out.sourceIdLength > MAX_ID || stop > end) return -1;
  // Last: most datagrams are of other protocols, and to look up their number would cost more than all else.
  out.fixedBit = (bytes[at]! & FIXED_BIT) !== 0;
  out.versionNumber = u32(bytes, at + VERSION_AT);
  out.version = quicVersion(out.versionNumber);
  out.type = ((bytes[at]! >> 4) - (out.version?.typeShift ?? 0)) & 3;
  return stop;
}

/** The lengths of token and packet. False if they reach past the datagram. */
function parseLengths(bytes: Uint8Array, at: number, end: number, out: LongHeader): boolean {
  let cursor = at;
  if (out.type === INITIAL) {
    out.tokenLength = varint(bytes, cursor, end);
    if (out.tokenLength < 0) return false;
    cursor += varintLength(bytes[cursor]!) + out.tokenLength;
  }
  const length = varint(bytes, cursor, end);
  if (length < 0) return false;
  out.number = cursor + varintLength(bytes[cursor]!);
  out.end = out.number + length;
  return out.end <= end;
}
