// DTLS: a ClientHello is counted by its version, and nothing else is read: DTLS carries calls and
// tunnels, not the web. RFC 9147 section 4, RFC 6347 section 4.1.

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import { u16, u24 } from "../../bytes.ts";
import type { Conversation, DatagramAnalyser, Side } from "../analyser.ts";

const RECORD_HANDSHAKE = 22;
const LENGTH_AT = 11;
const HANDSHAKE_AT = 13;
const CLIENT_HELLO = 1;
/** Type, length, message sequence, fragment offset and length. */
const HANDSHAKE_HEADER = 12;
const VERSION_AT = HANDSHAKE_AT + HANDSHAKE_HEADER;

/** Versions count down from that of 1.0 (RFC 6347 section 4.1). */
const VERSION_NAMES: Readonly<Record<number, string>> = {
  0x0100: "1.0-draft",
  0xfeff: "1.0",
  0xfefd: "1.2",
  0xfefc: "1.3",
};

/** Whether the datagram `bytes[at..end)` begins with a DTLS ClientHello. */
export function looksLikeDtls(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < VERSION_AT + 2 || bytes[at] !== RECORD_HANDSHAKE) return false;
  if (VERSION_NAMES[u16(bytes, at + 1)] === undefined) return false;
  const record = u16(bytes, at + LENGTH_AT);
  if (record < HANDSHAKE_HEADER || at + HANDSHAKE_AT + record > end) return false;
  const message = at + HANDSHAKE_AT;
  // The first fragment of the message, and not longer than the message.
  return bytes[message] === CLIENT_HELLO && u24(bytes, message + 6) === 0 &&
    u24(bytes, message + 9) <= u24(bytes, message + 1);
}

export class DtlsHello implements DatagramAnalyser {
  readonly held = 0;

  get holder(): number {
    return HOLDER_INDEX.flows;
  }

  /** Needs only the first datagram. */
  datagram(on: Conversation, _side: Side, bytes: Uint8Array, at: number): boolean {
    on.sink.unnamedHello("dtls", VERSION_NAMES[u16(bytes, at + VERSION_AT)] ?? "other");
    return false;
  }

  ended(): void {}
}
