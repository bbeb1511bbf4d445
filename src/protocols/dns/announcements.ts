// What devices say of themselves by multicast DNS: their names and addresses. RFC 6762.

import { ipv4Text, ipv6Text } from "../../address.ts";
import { u16 } from "../../bytes.ts";
import { HEADER, nameAt, skipName } from "./message.ts";

export const MDNS_PORT = 5353;

const RESPONSE = 0x80;
const TYPE_A = 1;
const TYPE_AAAA = 28;
/** More than any announcement has. */
const MAX_RECORDS = 64;

/** Calls `take` with each name and address in the response at `at`; nothing if it is none. */
export function readAnnouncement(
  bytes: Uint8Array,
  at: number,
  end: number,
  take: (name: string, address: string) => void,
): void {
  if (end - at < HEADER || (bytes[at + 2]! & RESPONSE) === 0 || u16(bytes, at + 4) > 0) return;
  const records = u16(bytes, at + 6) + u16(bytes, at + 8) + u16(bytes, at + 10);
  let cursor = at + HEADER;
  for (let i = Math.min(records, MAX_RECORDS); i > 0; i--) {
    const name = cursor;
    cursor = skipName(bytes, cursor, end);
    if (cursor < 0 || cursor + 10 > end) return;
    const type = u16(bytes, cursor);
    const data = cursor + 10;
    const length = u16(bytes, cursor + 8);
    cursor = data + length;
    if (cursor > end) return;
    if (type === TYPE_A && length === 4) take(nameAt(bytes, name, at, end), ipv4Text(bytes, data));
    if (type === TYPE_AAAA && length === 16) {
      take(nameAt(bytes, name, at, end), ipv6Text(bytes, data));
    }
  }
}
