// What switches put before the EtherType. Each is the payload of `ethernet` (or of another tag) whose type
// is then of TAG_TYPE.

import { type Bytes, concat, hex, u16 } from "./bytes.ts";

export const TAG_TYPE = {
  TRILL: 0x22f3,
  FABRIC_PATH: 0x8903,
  METADATA: 0x8909,
  VN_TAG: 0x8926,
  HSR: 0x892f,
  BR_TAG: 0x893f,
  TIME: 0x8988,
  BACKBONE: 0x88e7,
  MACSEC: 0x88e5,
  RELIABLE: 0xf1c1,
  BROADCOM: 0x8874,
  MARVELL: 0xdada,
  TAP_TIME: 0xd28b,
} as const;

/** The bytes between a tag's EtherType and that of its payload. */
const FIELDS = {
  [TAG_TYPE.METADATA]: hex("0101 0001 004d"),
  [TAG_TYPE.VN_TAG]: hex("80010002"),
  [TAG_TYPE.HSR]: hex("1052 0007"),
  [TAG_TYPE.BR_TAG]: hex("e0010002 0000"),
  [TAG_TYPE.TIME]: hex("0011 22334455"),
  [TAG_TYPE.RELIABLE]: hex("0000 0007"),
  [TAG_TYPE.BROADCOM]: hex("20000003"),
  [TAG_TYPE.MARVELL]: hex("0000 c0080000"),
  [TAG_TYPE.TAP_TIME]: hex("0001 0010 0000000000000001"),
} as const;

/** The types of tags that another EtherType follows. */
export const SIMPLE_TAGS = Object.keys(FIELDS).map(Number) as (keyof typeof FIELDS)[];

/** A tag of EtherType `tag` before a payload of EtherType `type`. */
export const tagged = (tag: keyof typeof FIELDS, type: number, payload: Uint8Array): Bytes =>
  concat(FIELDS[tag], u16(type), payload);

/** Cisco FabricPath, to be in a frame of its own. */
export const fabricPath = (frame: Uint8Array): Bytes => concat(hex("0060"), frame);

/** Provider backbone bridges. */
export const backbone = (frame: Uint8Array): Bytes => concat(hex("00000001"), frame);

/** TRILL with `options` words of options. */
export const trill = (frame: Uint8Array, options = 0): Bytes =>
  concat(u16((options << 6) | 0x3f), hex("0001 0002"), new Uint8Array(options * 4), frame);

export interface MacsecOptions {
  /** With the sender's identifier. */
  readonly channel?: boolean;
  readonly encrypted?: boolean;
}

/** MACsec with a check value behind the payload. */
export function macsec(type: number, payload: Uint8Array, options: MacsecOptions = {}): Bytes {
  const { channel = false, encrypted = false } = options;
  const control = (channel ? 0x20 : 0) | (encrypted ? 0x0c : 0);
  return concat(
    u16(control << 8),
    hex("00000001"),
    channel ? hex("020000000001 0001") : new Uint8Array(0),
    u16(type),
    payload,
    new Uint8Array(16).fill(0xaa),
  );
}
