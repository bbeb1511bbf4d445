// What the system has: libpcap, rights, a clock, tracepoints, programs.

import { CAPABILITY } from "../../ffi/credentials.ts";
import { libpcapVersion } from "../../ffi/libpcap.ts";
import { isClockSynchronised } from "../../ffi/clocks.ts";
import { hasFolder, readSystemFile } from "../../ffi/raw_file.ts";
import { ownThread } from "../../ffi/threads.ts";
import { HOW_TO_GET_THE_RIGHT } from "../capture/open_handle.ts";
import { systemReason } from "../errors.ts";
import { switchedOff } from "../namespace/obstacles.ts";
import { findPrograms } from "../namespace/programs.ts";
import { threadStatus } from "../privileges/thread_status.ts";
import { printable } from "../text.ts";
import { type Check, findings } from "./finding.ts";

const isLinux = Deno.build.os === "linux";

export const libpcap: Check = () => {
  const found = findings("libpcap");
  try {
    return found("ok", printable(libpcapVersion()));
  } catch (error) {
    return found("fail", systemReason(error));
  }
};

export const rights: Check = () => {
  const found = findings("rights");
  if (Deno.uid() === 0) return found("ok", "root, which is given away once the capture is open");
  if (!isLinux) return found("fail", "only root may capture: sudo webstat sniff");
  const [effective = 0n] = threadStatus(ownThread())?.capabilities ?? [];
  const bit = 1n << BigInt(CAPABILITY.rawSockets);
  if ((effective & bit) !== 0n) return found("ok", "CAP_NET_RAW");
  return found("fail", `this user may not capture: ${HOW_TO_GET_THE_RIGHT}`);
};

export const clock: Check = () => {
  const found = findings("clock");
  const isRight = isClockSynchronised();
  if (isRight === null) return found("ok", "this system does not say whether it is synchronised");
  if (isRight) return found("ok", "synchronised");
  return found(
    "warn",
    "not synchronised, so times differ from other machines': run chrony or timesyncd",
  );
};

export const tracefs: Check = () => {
  const found = findings("tracefs");
  const event = "events/sock/inet_sock_set_state";
  if (!isLinux) return found("warn", "only Linux has it: --process cannot name programs");
  if (Deno.uid() !== 0) return found("ok", "only root can look: --process needs it");
  const folders = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
  if (folders.some((folder) => hasFolder(`${folder}/${event}`))) {
    return found("ok", "--process can name the program of each connection");
  }
  return found("warn", "not mounted: mount -t tracefs nodev /sys/kernel/tracing, for --process");
};

/** For `webstat run`. */
export const pasta: Check = () => {
  const found = findings("pasta");
  try {
    const { pasta } = findPrograms(Deno.env.get("PATH") ?? "");
    const obstacle = switchedOff();
    return obstacle === null ? found("ok", printable(pasta)) : found("warn", obstacle);
  } catch (error) {
    return found("warn", systemReason(error));
  }
};

/** That which programs of this user write their secrets to. */
export const keyLog: Check = () => {
  const found = findings("key log");
  const path = Deno.env.get("SSLKEYLOGFILE") ?? "";
  if (path === "") {
    return found("ok", "SSLKEYLOGFILE is not set: of HTTPS names are seen, see --keylog");
  }
  try {
    const { mode } = Deno.statSync(path);
    if (((mode ?? 0) & 0o077) === 0) return found("ok", printable(path));
    return found("warn", `others can read ${printable(path)}: chmod 600 ${printable(path)}`);
  } catch (error) {
    return found(
      "warn",
      `${printable(path)}: ${systemReason(error)}: no program has written to it`,
    );
  }
};

export const descriptors: Check = () => {
  const found = findings("files");
  const text = isLinux ? readSystemFile("/proc/self/limits") : null;
  const line = text?.split("\n").find((each) => each.startsWith("Max open files"));
  const hard = /(\S+)\s+files\s*$/.exec(line ?? "")?.[1];
  if (hard === undefined) return found("ok", "this system does not say how many may be open");
  if (hard === "unlimited" || Number(hard) >= 1024) return found("ok", `${hard} may be open`);
  return found("warn", `only ${hard} may be open: ulimit -n 1024`);
};
