// The devices that libpcap can capture from.

import { ADDRESS_FAMILY, DEVICE, DEVICE_ADDRESS, SOCKET_ADDRESS } from "./layout.ts";
import { fromCString, readCString, toCString } from "./library.ts";
import { libc } from "./libc.ts";
import { ERROR_BYTES, libpcap } from "./libpcap.ts";

/** One pcap_if. */
export interface Device {
  readonly name: string;
  /** "" if there is none. */
  readonly description: string;
  /** IPv4 and IPv6 addresses as text. */
  readonly addresses: readonly string[];
  /** DEVICE_FLAGS. */
  readonly flags: number;
}

/** All devices, in libpcap's order. Throws Error with libpcap's message. */
export function findDevices(): Device[] {
  const c = libpcap();
  const message = new Uint8Array(ERROR_BYTES);
  const list = new BigUint64Array(1);
  if (c.pcap_findalldevs(new Uint8Array(list.buffer), message) !== 0) {
    throw new Error(fromCString(message));
  }
  const first = Deno.UnsafePointer.create(list[0] ?? 0n);
  try {
    return [...follow(first, DEVICE.next)].map(readDevice);
  } finally {
    c.pcap_freealldevs(first);
  }
}

/** The index of an interface; 0 if `name` is not an interface of the system, such as `any`. */
export function interfaceIndex(name: string): number {
  return libc().if_nametoindex(toCString(name));
}

/** The elements of a linked list. */
function* follow(first: Deno.PointerValue, next: number): Generator<Deno.UnsafePointerView> {
  for (let at = first; at !== null;) {
    const view = new Deno.UnsafePointerView(at);
    yield view;
    at = view.getPointer(next);
  }
}

function readDevice(view: Deno.UnsafePointerView): Device {
  const addresses: string[] = [];
  for (const entry of follow(view.getPointer(DEVICE.addresses), DEVICE_ADDRESS.next)) {
    const text = addressText(entry.getPointer(DEVICE_ADDRESS.address));
    if (text !== null) addresses.push(text);
  }
  return {
    name: readCString(view.getPointer(DEVICE.name)),
    description: readCString(view.getPointer(DEVICE.description)),
    addresses,
    flags: view.getUint32(DEVICE.flags),
  };
}

/** An IP address of a struct sockaddr; null for other families. */
function addressText(address: Deno.PointerValue): string | null {
  if (address === null) return null;
  const view = new Deno.UnsafePointerView(address);
  const family = SOCKET_ADDRESS.familyBytes === 1
    ? view.getUint8(SOCKET_ADDRESS.family)
    : view.getUint16(SOCKET_ADDRESS.family);
  if (family !== ADDRESS_FAMILY.ipv4 && family !== ADDRESS_FAMILY.ipv6) return null;
  const at = family === ADDRESS_FAMILY.ipv4 ? SOCKET_ADDRESS.ipv4 : SOCKET_ADDRESS.ipv6;
  const text = new Uint8Array(64);
  const bytes = Deno.UnsafePointer.offset(address, at);
  return libc().inet_ntop(family, bytes, text, text.length) === null ? null : fromCString(text);
}
