// The ids of connections that are decrypted: a client may go on from another address or port, and only the id
// in its packets tells which connection that is (RFC 9000 section 9).

import { latin1 } from "../../bytes.ts";
import type { Conversation, Side } from "../analyser.ts";

/** Ids that are remembered; the oldest goes. */
const MAX_IDS = 65_536;
/** A shorter id could be that of another connection. */
const MIN_LENGTH = 4;

/** Reads the packets of a connection, whatever flow they come on. */
export interface PacketReader {
  /** Another flow brings packets of it; `ended` will be called for each. */
  join(): void;
  /** Takes the packets with short headers at `at` of the datagram `bytes[start..end)`. */
  packets(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): void;
  ended(on: Conversation): void;
}

/** Whose packets have an id. */
export interface Destination {
  readonly session: PacketReader;
  readonly sender: Side;
}

/** By id, one character a byte. All decrypted connections of this thread. */
const destinations = new Map<string, Destination>();
/** How many ids there are of each length. */
const lengths = new Int32Array(21);

/** Remembers the id at `at`, in packets of `sender`. Returns its key; null if it is too short. */
export function addConnectionId(
  session: PacketReader,
  sender: Side,
  bytes: Uint8Array,
  at: number,
  length: number,
): string | null {
  if (length < MIN_LENGTH || length >= lengths.length) return null;
  const key = latin1(bytes, at, at + length);
  if (destinations.has(key)) return null;
  if (destinations.size >= MAX_IDS) removeConnectionId(destinations.keys().next().value!);
  destinations.set(key, { session, sender });
  lengths[length]!++;
  return key;
}

export function removeConnectionId(key: string): void {
  if (destinations.delete(key)) lengths[key.length]!--;
}

/** The connection that a packet with a short header at `at` is of; null if none is known. */
export function destinationOf(bytes: Uint8Array, at: number, end: number): Destination | null {
  if (destinations.size === 0) return null;
  for (let length = MIN_LENGTH; length < lengths.length && at + 1 + length < end; length++) {
    if (lengths[length] === 0) continue;
    const found = destinations.get(latin1(bytes, at + 1, at + 1 + length));
    if (found !== undefined) return found;
  }
  return null;
}
