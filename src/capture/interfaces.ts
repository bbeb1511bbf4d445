// What can be captured from on this machine.

import { type Device, findDevices, interfaceIndex } from "../../ffi/devices.ts";
import { DEVICE_FLAGS } from "../../ffi/layout.ts";
import { UserError } from "../errors.ts";

/** A network interface, or something else that libpcap captures from, as `any`. */
export interface NetInterface {
  /** As the operating system counts; 0 where it does not know it as an interface. */
  readonly index: number;
  readonly name: string;
  /** "" where there is none. */
  readonly description: string;
  /** IPv4 and IPv6 addresses. */
  readonly addresses: readonly string[];
  readonly up: boolean;
  readonly running: boolean;
  readonly loopback: boolean;
}

/** All that can be captured from: the system's interfaces by index, then the others. Throws UserError. */
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

/** The interface of the lowest index that is up and not loopback. Throws UserError where there is none. */
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
