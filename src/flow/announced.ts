// Datagrams in which devices tell their names: multicast DNS and DHCP. They belong to no host.

import type { Packet } from "../decode/packet.ts";
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, readDhcp } from "../protocols/dhcp.ts";
import { MDNS_PORT, readAnnouncement } from "../protocols/dns/announcements.ts";

/** Hears the names of devices. */
export interface Announced {
  /** By multicast DNS, or DHCP. */
  named(address: string, name: string, by: "mdns" | "dhcp"): void;
}

const isDhcp = (port: number): boolean => port === DHCP_SERVER_PORT || port === DHCP_CLIENT_PORT;

/** Reads a datagram if it is one of these. */
export function hearNames(
  { bytes, at, end, srcPort, dstPort }: Packet,
  announced: Announced,
): void {
  if (dstPort === MDNS_PORT) {
    readAnnouncement(bytes, at, end, (name, address) => announced.named(address, name, "mdns"));
  } else if (isDhcp(srcPort) && isDhcp(dstPort)) {
    const client = readDhcp(bytes, at, end);
    if (client !== null) announced.named(client.address, client.name, "dhcp");
  }
}
