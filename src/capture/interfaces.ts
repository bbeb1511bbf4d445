// Lists the interfaces that can be captured from.

import { type Device, findDevices, interfaceIndex } from "../../ffi/devices.ts";
import { DEVICE_FLAGS } from "../../ffi/layout.ts";
import { UserError } from "../errors.ts";

/** A network interface, or another source of libpcap, such as `any`. */
export interface NetInterface {
  /** The operating system's number; 0 if it is none of its interfaces. */
  readonly index: number;
  readonly name: string;
  /** "" if it has none. */
  readonly description: string;
  /** IPv4 and IPv6 addresses. */
  readonly addresses: readonly string[];
  readonly up: boolean;
  readonly running: boolean;
  readonly loopback: boolean;
}

/** The system's interfaces by index, then libpcap's other sources. Throws UserError. */
export function listInterfaces(): NetInterface[] {
  return devices()
    .map((device) => ({
      index: interfaceIndex(device.name),
      name: device.name,
      description: device.description,
      addresses: device.addresses,
      up: (device.flags & DEVICE_FLAGS.up) !== 0,
      running: (device.flags & DEVICE_FLAGS.running) !== 0,
      loopback: (device.flags & DEVICE_FLAGS.loopback) !== 0,
    }))
    .sort(byIndex);
}

/** The interface with the lowest index that is up and not loopback. Throws UserError if there is none. */
export function defaultInterface(): string {
  return chooseInterface(listInterfaces());
}

/** The same, of `interfaces`. */
export function chooseInterface(interfaces: readonly NetInterface[]): string {
  const usable = interfaces.filter((each) => each.index > 0 && each.up && !each.loopback);
  const first = usable.sort(byIndex)[0];
  if (first !== undefined) return first.name;
  throw new UserError(
    'no interface is up except loopback: bring one up ("ip link set NAME up"), ' +
      "or name one to capture from with --interface (lo, any)",
  );
}

function byIndex(a: NetInterface, b: NetInterface): number {
  return (a.index || Infinity) - (b.index || Infinity) || 0;
}

function devices(): Device[] {
  try {
    return findDevices();
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    throw new UserError(`cannot list the interfaces: ${error.message}`, { cause: error });
  }
}
