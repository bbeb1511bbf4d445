// Opens an interface for capture, with messages for the user if that fails.

import {
  CaptureHandle,
  type CaptureSettings,
  STATUS,
  statusText,
} from "../../ffi/capture_handle.ts";
import { MAX_SNAPLEN } from "../../ffi/libpcap.ts";
import { UserError } from "../errors.ts";
import type { Handle, HandleOptions } from "./handle.ts";
import { filterError } from "./filter.ts";
import { listInterfaces } from "./interfaces.ts";
import { mayHaveRing, openRing } from "./open_ring.ts";
import { oneLine } from "./one_line.ts";

/** libpcap's name for all interfaces at once; it cannot be promiscuous. */
const ANY = "any";

const MAX_BUFFER = 0x7fffffff;

/** The most bytes of a packet that are kept with --snaplen. */
export const keptBytes = (snaplen: number): number =>
  snaplen > 0 ? Math.min(snaplen, MAX_SNAPLEN) : MAX_SNAPLEN;

/** What a user does who may not capture. Promiscuous mode needs no further right. */
export const HOW_TO_GET_THE_RIGHT =
  'run with sudo, or give the executable the right once with "sudo setcap cap_net_raw=eip FILE"';

/** Enough for libpcap to open an interface, and say what it is. */
const SMALL_BUFFER = 256 << 10;

/**
 * Opens an interface in non-blocking mode. The kernel passes packets on within about twice `timeout`
 * milliseconds. Throws UserError.
 */
export function openHandle(name: string, options: HandleOptions, timeout: number): Handle {
  if (!mayHaveRing(name, options.ring)) return openByLibpcap(name, options, timeout);
  const handle = openByLibpcap(name, { ...options, bufferSize: SMALL_BUFFER }, timeout);
  const ring = openRing(name, handle, options, timeout);
  handle.close();
  return ring ?? openByLibpcap(name, options, timeout);
}

function openByLibpcap(name: string, options: HandleOptions, timeout: number): CaptureHandle {
  const settings: CaptureSettings = {
    snaplen: keptBytes(options.snaplen),
    promiscuous: options.promiscuous && name !== ANY,
    timeout,
    bufferSize: Math.min(options.bufferSize, MAX_BUFFER),
  };
  const handle = activate(name, settings, options.warn);
  try {
    handle.setNonBlocking();
    if (options.filter !== null) handle.setFilter(options.filter);
    return handle;
  } catch (error) {
    handle.close();
    throw asUserError(name, filterError(options.filter ?? "", error));
  }
}

function activate(
  name: string,
  settings: CaptureSettings,
  warn: (message: string) => void,
): CaptureHandle {
  const handle = create(name, settings);
  const status = handle.activate();
  const message = oneLine(handle.message() || statusText(status));
  if (status >= 0) {
    if (status > 0) warn(`${name}: ${message}`);
    return handle;
  }
  handle.close();
  if (status === STATUS.promiscuousDenied && settings.promiscuous) {
    warn(`${name}: no permission for promiscuous mode, so only this machine's own traffic is seen`);
    return activate(name, { ...settings, promiscuous: false }, warn);
  }
  throw new UserError(oneLine(openingProblem(name, status, message)));
}

function create(name: string, settings: CaptureSettings): CaptureHandle {
  try {
    return CaptureHandle.create(name, settings);
  } catch (error) {
    throw asUserError(name, error);
  }
}

/** Why `name` could not be opened, in one line, by pcap_activate's status and libpcap's message. */
export function openingProblem(name: string, status: number, message: string): string {
  switch (status) {
    case STATUS.noSuchDevice:
      return `no interface "${name}": there are ${interfaceNames()}`;
    case STATUS.permissionDenied:
      return `no permission to capture on ${name}: ${HOW_TO_GET_THE_RIGHT}`;
    case STATUS.interfaceNotUp:
      return `interface ${name} is down: bring it up with "sudo ip link set ${name} up"`;
  }
  const remedy = /memory|mmap/i.test(message) ? " (a smaller --buffer-size may help)" : "";
  return `cannot capture on ${name}: ${message}${remedy}`;
}

function interfaceNames(): string {
  const names = listInterfaces()
    .filter((each) => each.index > 0 || each.name === ANY)
    .map((each) => each.name);
  return names.length > 0 ? names.join(", ") : "none";
}

function asUserError(name: string, error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  return new UserError(oneLine(`cannot capture on ${name}: ${error.message}`), { cause: error });
}
