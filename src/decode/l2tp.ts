// L2TP: version 2 with PPP over UDP (RFC 2661), version 3 with Ethernet, PPP or IP over UDP or
// IP (RFC 3931).

import { i32, u16 } from "../bytes.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";
import { isFrame, isOnlyIp } from "./plausible.ts";
import { isFramedPpp, isPpp } from "./serial.ts";

const CONTROL = 0x8000;
const LENGTH = 0x4000;
const SEQUENCE = 0x0800;
const OFFSET = 0x0200;
const VERSION = 0x000f;

/** Of version 3 over UDP: flags, version, 16 reserved bits. */
const VERSION3_HEADER = 4;
const SESSION_ID = 4;
/** Lengths of cookie and sublayer together, on which both ends have agreed. */
const AGREED = [0, 4, 8, 12];
const ETHERNET_HEADER = 14;

/** A datagram; returns UDP if it is no data message with PPP or Ethernet. */
export function l2tp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + 8 > end) return Layer.UDP;
  const flags = u16(bytes, at);
  if (flags & CONTROL) return Layer.UDP;
  const version = flags & VERSION;
  if (version === 3) return session(packet, at + VERSION3_HEADER);
  return version === 2 ? version2(packet, flags) : Layer.UDP;
}

/** RFC 2661 section 3.1. */
function version2(packet: Packet, flags: number): Layer {
  const { bytes, at, end } = packet;
  let inner = at + 6;
  if (flags & LENGTH) inner += 2;
  if (flags & SEQUENCE) inner += 4;
  if (flags & OFFSET && inner + 2 <= end) inner += 2 + u16(bytes, inner);
  if (!isPpp(packet, inner)) return Layer.UDP;
  packet.at = inner;
  return Layer.PPP;
}

/** An IP packet (RFC 3931 section 4.1.1): a session, or 0 for control messages. */
export function l2tpIp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + SESSION_ID <= end && i32(bytes, at) === 0) return Layer.OTHER;
  const layer = session(packet, at);
  if (layer !== Layer.UDP) return layer;
  return at + SESSION_ID + AGREED.at(-1)! + ETHERNET_HEADER < end
    ? fail(packet, Layer.L2TP, Failure.UNSUPPORTED)
    : short(packet, Layer.L2TP);
}

/** What follows the session id at `at`, if it is a packet or a frame: moves `packet.at` there. Else UDP. */
function session(packet: Packet, at: number): Layer {
  // First what is the surest: parts of a packet may look like a frame.
  for (const length of AGREED) {
    if (isOnlyIp(packet, at + SESSION_ID + length)) return sessionOf(packet, at, length, Layer.IP);
  }
  for (const length of AGREED) {
    const inner = at + SESSION_ID + length;
    if (isFrame(packet, inner)) return sessionOf(packet, at, length, Layer.ETHERNET);
    if (isFramedPpp(packet, inner)) return sessionOf(packet, at, length, Layer.PPP);
  }
  return Layer.UDP;
}

function sessionOf(packet: Packet, at: number, agreed: number, layer: Layer): Layer {
  packet.at = at + SESSION_ID + agreed;
  return layer;
}
