// Recognises datagrams of encrypted tunnels, so that webstat can say how many it could not read.

import { i32, u16 } from "../bytes.ts";
import { fail, Failure, Layer, type Packet } from "./packet.ts";

const PORT_OPENVPN = 1194;
const PORT_IPSEC = 4500;
const PORT_CAPWAP = 5247;

/** Fails with the tunnel that the datagram belongs to; returns UDP if it belongs to none of these. */
export function encryptedTunnel(packet: Packet): Layer {
  const layer = tunnelOf(packet);
  return layer === Layer.UDP ? layer : fail(packet, layer, Failure.ENCRYPTED);
}

function tunnelOf(packet: Packet): Layer {
  if (isWireguard(packet)) return Layer.WIREGUARD;
  const layer = tunnelAt(packet.dstPort, packet);
  return layer === Layer.UDP ? tunnelAt(packet.srcPort, packet) : layer;
}

/** The tunnel of a port; UDP if it has none, or the datagram is not of it. */
function tunnelAt(port: number, packet: Packet): Layer {
  switch (port) {
    case PORT_OPENVPN:
      return isOpenvpn(packet) ? Layer.OPENVPN : Layer.UDP;
    case PORT_IPSEC:
      return isEsp(packet) ? Layer.ESP : Layer.UDP;
    case PORT_CAPWAP:
      return isSecuredCapwap(packet) ? Layer.CAPWAP : Layer.UDP;
    default:
      return Layer.UDP;
  }
}

/** How long the three messages of a handshake are, by type. */
const WIREGUARD_HANDSHAKE = [0, 148, 92, 64];
const WIREGUARD_DATA = 4;
const WIREGUARD_MIN_DATA = 32;

/** https://www.wireguard.com/protocol/: a type, three bytes of 0; data is padded to 16 bytes. */
function isWireguard({ bytes, at, end, wireEnd }: Packet): boolean {
  if (at + 4 > end || bytes[at + 1] !== 0 || u16(bytes, at + 2) !== 0) return false;
  const type = bytes[at]!;
  const length = wireEnd - at;
  if (type === WIREGUARD_DATA) return length >= WIREGUARD_MIN_DATA && length % 16 === 0;
  return type !== 0 && length === WIREGUARD_HANDSHAKE[type];
}

/** P_DATA_V1 and P_DATA_V2, in the upper five bits of the first byte. */
const OPENVPN_DATA = [6, 9];

const isOpenvpn = ({ bytes, at, end }: Packet): boolean =>
  at < end && OPENVPN_DATA.includes(bytes[at]! >> 3);

/** RFC 3948 section 2: IKE begins with 0, ESP does not; keep-alives have one byte. */
const isEsp = ({ bytes, at, end }: Packet): boolean => at + 8 <= end && i32(bytes, at) !== 0;

/** RFC 5415 section 4.2: a header of version 0 and type 1, then DTLS. */
const isSecuredCapwap = ({ bytes, at, end }: Packet): boolean => at + 4 <= end && bytes[at] === 1;
