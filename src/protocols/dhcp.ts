// What clients of DHCP call themselves: option 12 of RFC 2132. RFC 2131 has the messages.

import { ipv4Text } from "../address.ts";
import { i32 } from "../bytes.ts";
import { domainName } from "./name.ts";

/** Of servers and clients. */
export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

const CLIENT_ADDRESS = 12;
const YOUR_ADDRESS = 16;
const COOKIE_AT = 236;
const COOKIE = 0x63825363;
const OPTION_PAD = 0;
const OPTION_NAME = 12;
const OPTION_REQUESTED = 50;
const OPTION_TYPE = 53;
const OPTION_END = 255;
const REQUEST = 3;
const ACK = 5;

export interface DhcpClient {
  readonly name: string;
  readonly address: string;
}

/** The client that a REQUEST or an ACK is of, `bytes[at..end)`; null for all else. */
export function readDhcp(bytes: Uint8Array, at: number, end: number): DhcpClient | null {
  if (end - at < COOKIE_AT + 4 || i32(bytes, at + COOKIE_AT) !== COOKIE) return null;
  let name = "";
  let type = 0;
  let requested = 0;
  for (let cursor = at + COOKIE_AT + 4; cursor < end && bytes[cursor] !== OPTION_END;) {
    const option = bytes[cursor++]!;
    if (option === OPTION_PAD) continue;
    const length = bytes[cursor] ?? 0;
    const value = cursor + 1;
    cursor = value + length;
    if (cursor > end) break;
    if (option === OPTION_NAME) name = domainName(bytes, value, cursor);
    if (option === OPTION_TYPE && length === 1) type = bytes[value]!;
    if (option === OPTION_REQUESTED && length === 4) requested = value;
  }
  const address = addressOf(bytes, at, type, requested);
  if (name === "" || address === 0 || i32(bytes, address) === 0) return null;
  return { name, address: ipv4Text(bytes, address) };
}

/** Where the client's address is; 0 if it has none yet. `requested`: where the one is that it asks for. */
function addressOf(bytes: Uint8Array, at: number, type: number, requested: number): number {
  if (type === ACK) return at + YOUR_ADDRESS;
  if (type !== REQUEST) return 0;
  return i32(bytes, at + CLIENT_ADDRESS) === 0 ? requested : at + CLIENT_ADDRESS;
}
