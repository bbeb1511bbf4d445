// Texts of addresses as the kernel writes them.

import { AddressTexts, IPV4_MAPPED } from "../address.ts";

const words = new Int32Array(4);
const texts = new AddressTexts();

/** The text of an address of 4 or 16 bytes; "" if it is any. */
export function ipText(bytes: DataView, at: number, size: number): string {
  words.fill(0);
  if (size === 4) words[2] = IPV4_MAPPED;
  for (let i = 0; i < size; i += 4) words[4 - size / 4 + i / 4] = bytes.getInt32(at + i);
  return isAny() ? "" : texts.of(words);
}

const isAny = (): boolean =>
  words[0] === 0 && words[1] === 0 && words[3] === 0 &&
  (words[2] === 0 || words[2] === IPV4_MAPPED);
