// The public name of an ECH configuration in an HTTPS record: the server name that ClientHellos show outside
// when the true one is encrypted. RFC 9460 (HTTPS records), RFC 9849 section 4 (ECHConfigList).

import { u16 } from "../../bytes.ts";
import { domainName } from "../name.ts";

/** The SvcParamKey "ech". */
const KEY_ECH = 5;
const VERSION = 0xfe0d;

/** The public name in the data of an HTTPS record, `bytes[at..end)`; "" if there is none. */
export function echPublicName(bytes: Uint8Array, at: number, end: number): string {
  // Its priority, then a target name, which is not compressed.
  let cursor = at + 2;
  while (cursor < end && bytes[cursor] !== 0) cursor += 1 + bytes[cursor]!;
  cursor++;
  while (cursor + 4 <= end) {
    const value = cursor + 4;
    const next = value + u16(bytes, cursor + 2);
    if (next > end) return "";
    if (u16(bytes, cursor) === KEY_ECH) return firstPublicName(bytes, value, next);
    cursor = next;
  }
  return "";
}

/** That of the first configuration of a list whose version is known. */
function firstPublicName(bytes: Uint8Array, at: number, end: number): string {
  for (let cursor = at + 2; cursor + 4 <= end;) {
    const config = cursor + 4;
    const next = config + u16(bytes, cursor + 2);
    if (next > end) return "";
    if (u16(bytes, cursor) === VERSION) return publicNameOf(bytes, config, next);
    cursor = next;
  }
  return "";
}

/** HpkeKeyConfig (an id, a KEM, a key, cipher suites), the longest name's length, then the public name. */
function publicNameOf(bytes: Uint8Array, at: number, end: number): string {
  const key = at + 3;
  if (key + 2 > end) return "";
  const suites = key + 2 + u16(bytes, key);
  if (suites + 2 > end) return "";
  const name = suites + 2 + u16(bytes, suites) + 1;
  if (name >= end || name + 1 + bytes[name]! > end) return "";
  return domainName(bytes, name + 1, name + 1 + bytes[name]!);
}
