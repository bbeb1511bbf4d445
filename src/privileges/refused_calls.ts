// Which system calls webstat does without, once its files and interfaces are open: as a program of
// classic BPF, which the kernel asks about each call.

import { assemble, Op, type Step } from "../../ffi/bpf_program.ts";
import { callNumber, type SystemCall } from "../../ffi/linux.ts";

type Processor = typeof Deno.build.arch;

/** Refused whatever their arguments are. */
const REFUSED: readonly SystemCall[] = [
  // Other programs.
  ...["execve", "execveat"] as const,
  // Other processes: their memory and descriptors.
  ...["ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"] as const,
  // File systems, and ways around the rules for paths.
  ...["mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr"] as const,
  ...["move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"] as const,
  ...["open_by_handle_at", "quotactl", "acct", "swapon", "swapoff"] as const,
  // Namespaces; clone makes them too, see below.
  ...["unshare", "setns"] as const,
  // The kernel: programs and modules in it, another kernel, its clock, its name, its log.
  ...["bpf", "perf_event_open", "init_module", "finit_module", "delete_module"] as const,
  ...["kexec_load", "kexec_file_load", "reboot", "settimeofday", "clock_settime"] as const,
  ...["adjtimex", "clock_adjtime", "sethostname", "setdomainname", "syslog"] as const,
  ...["ioperm", "iopl", "personality"] as const,
  // What many attacks on the kernel went through, and nothing here needs.
  ...["add_key", "request_key", "keyctl", "userfaultfd"] as const,
  ...["io_uring_setup", "io_uring_enter", "io_uring_register"] as const,
];

/** AUDIT_ARCH_*: programs for 32 bits have other numbers. */
const ARCHITECTURE = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const;
/** On x86_64, numbers from here on are those of the x32 interface. */
const X32 = 0x40000000;

/** CLONE_NEW*: a new namespace of some kind. */
const NEW_NAMESPACE = 0x7e020000;
/** ioctl(2) requests that type into a terminal, for whoever reads from it later. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const EPERM = 1;
const ENOSYS = 38;

/** SECCOMP_RET_* */
const ALLOW = 0x7fff0000;
const refuse = (errno: number) => 0x00050000 | errno;

/** struct seccomp_data { int number; u32 architecture; u64 instruction; u64 args[6]; } */
const DATA = { number: 0, architecture: 4, argument: (i: number) => 16 + 8 * i } as const;

/** The program for a processor, as the kernel takes it. */
export function refusalProgram(processor: Processor = Deno.build.arch): Uint8Array<ArrayBuffer> {
  const ifCall = (call: SystemCall, to: string): Step[] => {
    const number = callNumber(call, processor);
    return number === null ? [] : [[Op.JUMP_IF_EQUAL, number, to]];
  };
  return assemble([
    [Op.LOAD, DATA.architecture],
    [Op.JUMP_IF_EQUAL, ARCHITECTURE[processor], "known"],
    [Op.RETURN, refuse(EPERM)],

    "known",
    [Op.LOAD, DATA.number],
    ...ifCall("clone", "clone"),
    // Its arguments are in memory, out of reach here. Without it, libc calls clone.
    ...ifCall("clone3", "missing"),
    ...ifCall("ioctl", "ioctl"),
    ...REFUSED.flatMap((call) => ifCall(call, "refused")),
    [Op.JUMP_IF_AT_LEAST, X32, "refused"],
    [Op.RETURN, ALLOW],

    "clone",
    [Op.LOAD, DATA.argument(0)],
    [Op.JUMP_IF_ANY_BIT, NEW_NAMESPACE, "refused"],
    [Op.RETURN, ALLOW],

    "ioctl",
    [Op.LOAD, DATA.argument(1)],
    [Op.JUMP_IF_EQUAL, TIOCSTI, "refused"],
    [Op.JUMP_IF_EQUAL, TIOCLINUX, "refused"],
    [Op.RETURN, ALLOW],

    "refused",
    [Op.RETURN, refuse(EPERM)],

    "missing",
    [Op.RETURN, refuse(ENOSYS)],
  ]);
}
