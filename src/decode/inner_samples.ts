// The connection that every sample carries, and what a sample is.

import {
  type Bytes,
  ethernet,
  ipv4,
  ipv6,
  LINKTYPE,
  PROTOCOL,
  snap,
  tcp,
  text,
  TUNNEL_PROTOCOL,
  udp,
  wlan,
} from "../../tests/packet_builder.ts";

/** The result of decoding: endpoints and payload, or why it failed. */
export interface Decoded {
  /** "tcp", "udp", "fragment", "other", or as "ipv4 malformed". */
  readonly result: string;
  readonly src: string;
  readonly dst: string;
  readonly payload: string;
  /** Bytes of the payload that the capture does not hold. */
  readonly missing: number;
}

export const REQUEST = "GET / HTTP/1.1\r\n\r\n";

/** The connection that every sample carries, over IPv4 and over IPv6. */
export const INNER_4 = ipv4({ src: "192.0.2.1", dst: "198.51.100.200" }, tcp({}, text(REQUEST)));
export const INNER_6 = ipv6(
  { src: "2001:db8::a", dst: "2001:db8:ffff::b" },
  tcp({}, text(REQUEST)),
);

const FOUND = { result: "tcp", payload: REQUEST, missing: 0 };
export const FOUND_4: Decoded = { ...FOUND, src: "192.0.2.1 51000", dst: "198.51.100.200 80" };
export const FOUND_6: Decoded = { ...FOUND, src: "2001:db8::a 51000", dst: "2001:db8:ffff::b 80" };

export const frame4 = ethernet(INNER_4);
export const wlan4 = wlan(snap(INNER_4));
export const teredo6 = ipv6({ src: "2001:0:1::2", dst: "2001:db8::2" }, tcp({}, text(REQUEST)));
export const FOUND_TEREDO: Decoded = {
  ...FOUND_6,
  src: "2001:0:1::2 51000",
  dst: "2001:db8::2 80",
};

/** `payload` in a datagram to `dport`, in a frame. */
export const overUdp = (dport: number, payload: Uint8Array, sport = 40000): Bytes =>
  ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({ sport, dport }, payload)));

/** `payload` as what IP protocol `protocol` carries, in a frame. */
export const overIp = (protocol: number, payload: Uint8Array): Bytes =>
  ethernet(ipv4({ protocol }, payload));

export const overGre = (payload: Uint8Array): Bytes => overIp(TUNNEL_PROTOCOL.GRE, payload);

export interface Sample {
  readonly name: string;
  readonly frame: Bytes;
  readonly linkType: number;
  readonly found: Decoded;
}

/** Of Ethernet, with the connection over IPv4, unless given otherwise. */
export const sample = (
  name: string,
  frame: Bytes,
  linkType: number = LINKTYPE.ETHERNET,
  found: Decoded = FOUND_4,
): Sample => ({ name, frame, linkType, found });
