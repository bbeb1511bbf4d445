// Names of link types for messages to the user: the usual ones, and those that webstat does not read.
// https://www.tcpdump.org/linktypes.html

const NAMES: Readonly<Record<number, string>> = {
  1: "Ethernet",
  101: "IP without a link layer",
  113: "Linux cooked capture",
  177: "LAPD",
  186: "USB",
  187: "Bluetooth",
  189: "USB of Linux",
  190: "CAN",
  195: "IEEE 802.15.4",
  201: "Bluetooth",
  215: "IEEE 802.15.4",
  220: "USB of Linux",
  227: "CAN",
  230: "IEEE 802.15.4",
  231: "D-Bus",
  247: "InfiniBand",
  249: "USBPcap",
  251: "Bluetooth Low Energy",
  252: "Wireshark's upper PDUs",
  253: "Netlink",
  254: "Bluetooth",
  256: "Bluetooth Low Energy",
  266: "USB of Darwin",
  276: "Linux cooked capture v2",
  283: "IEEE 802.15.4 TAP",
};

/** "189 (USB of Linux)", or "147" if it has no name here. */
export function linkTypeName(linkType: number): string {
  const name = NAMES[linkType];
  return name === undefined ? String(linkType) : `${linkType} (${name})`;
}
