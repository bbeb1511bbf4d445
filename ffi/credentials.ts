// Who this process is, and what it may do, as the kernel keeps it (credentials(7), capabilities(7)).

import { linux } from "./linux.ts";
import { addressOf } from "./memory_address.ts";
import { callInAllThreads, callInThreads } from "./threads.ts";

/** <linux/capability.h>, as far as it is needed here. */
export const CAPABILITY = { setGroup: 6, setUser: 7, rawSockets: 13 } as const;

/** All names without "cap_", by number. */
const CAPABILITY_NAMES = [
  ...["chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid"],
  ...["setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw"],
  ...["ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct"],
  ...["sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod"],
  ...["lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog"],
  ...["wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore"],
];

/** "cap_net_admin,cap_net_raw" for a set of bits; "" for none. */
export function capabilityNames(bits: bigint): string {
  return CAPABILITY_NAMES.filter((_, i) => (bits >> BigInt(i) & 1n) === 1n)
    .map((name) => `cap_${name}`).join(",");
}

/** <linux/prctl.h> */
const PR_SET_KEEPCAPS = 8;
const PR_SET_NO_NEW_PRIVS = 38;

/** Lets `threads` keep what they are permitted when the user changes; they lose what is in effect. */
export function keepCapabilities(threads: readonly number[]): void {
  callInThreads(threads, "prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

/** Makes all threads those of a user, without further groups: libc sees to it. False if it cannot. */
export function becomeUser(user: number, group: number): boolean {
  const c = linux();
  return c.setgroups(0n, null) === 0 && c.setresgid(group, group, group) === 0 &&
    c.setresuid(user, user, user) === 0;
}

/** Whether this process could become root. It does so, if it can. */
export function canBecomeRoot(): boolean {
  const c = linux();
  return [c.setresuid(0, 0, 0), c.setresgid(0, 0, 0), c.setgroups(1n, new Uint8Array(4))]
    .some((status) => status === 0);
}

/** struct __user_cap_header_struct: version 3, this thread. */
const CAPABILITY_HEADER = new Uint8Array(Uint32Array.of(0x20080522, 0).buffer);

/** Leaves `capabilities` to `threads`, and none to all others. Throws Error. */
export function limitCapabilities(
  threads: readonly number[],
  capabilities: readonly number[],
): void {
  const [kept, none] = [capabilitySets(capabilities), capabilitySets([])];
  callInThreads(threads, "capset", addressOf(CAPABILITY_HEADER), addressOf(kept));
  callInAllThreads(threads, "capset", addressOf(CAPABILITY_HEADER), addressOf(none));
}

/** struct __user_cap_data_struct { u32 effective, permitted, inheritable; } twice, low bits first. */
function capabilitySets(capabilities: readonly number[]): Uint8Array<ArrayBuffer> {
  const bits = capabilities.reduce((all, each) => all | 1n << BigInt(each), 0n);
  const [low, high] = [Number(bits & 0xffff_ffffn), Number(bits >> 32n)];
  return new Uint8Array(Uint32Array.of(low, low, 0, high, high, 0).buffer);
}

/** No thread, nor what it starts, can gain a right by a file that it executes. Throws Error. */
export function refuseNewPrivileges(): void {
  callInAllThreads([], "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
