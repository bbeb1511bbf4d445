// The frame check sequence of 802.3 and 802.11: CRC-32 (IEEE 802.3 section 3.2.9).

const POLYNOMIAL = 0xedb88320;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** The check sequence of `bytes[at..end)`, as int32. In a frame its lowest byte comes first. */
export function checkSequence(bytes: Uint8Array, at: number, end: number): number {
  let value = -1;
  for (let i = at; i < end; i++) value = (value >>> 8) ^ TABLE[(value ^ bytes[i]!) & 0xff]!;
  return ~value;
}
