// Functions of Linux's C libraries and system calls that other systems do not have.

import { type Library, openLibrary, type Symbols } from "./library.ts";

const NAMES = ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`, "libc.so"];

const SYMBOLS = {
  // long syscall(long number, ...): five arguments are enough here
  syscall: {
    parameters: ["isize", "usize", "usize", "usize", "usize", "usize"],
    result: "isize",
  },
  // int prctl(int option, ...)
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  // int setgroups(size_t size, const gid_t *list)
  setgroups: { parameters: ["usize", "buffer"], result: "i32" },
  // int setresgid(gid_t rgid, gid_t egid, gid_t sgid), and of the user; both for all threads
  setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  // struct passwd *getpwnam(const char *name); struct passwd *getpwuid(uid_t uid)
  getpwnam: { parameters: ["buffer"], result: "pointer" },
  getpwuid: { parameters: ["u32"], result: "pointer" },
  // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  // int mprotect(void *addr, size_t length, int prot)
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  // int munmap(void *addr, size_t length)
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  // int sigaction(int signal, const struct sigaction *act, struct sigaction *oldact)
  sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
  //   const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
  posix_spawn: {
    parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions), and the others of its kind
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
  posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" },
  // pid_t waitpid(pid_t pid, int *status, int options): in another thread, as it waits
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32", nonblocking: true },
  // int pipe2(int fds[2], int flags)
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  // int mkfifo(const char *path, mode_t mode)
  mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
  // int nice(int increment): of the calling thread
  nice: { parameters: ["i32"], result: "i32" },
  // int sched_yield(void)
  sched_yield: { parameters: [], result: "i32" },
} as const satisfies Symbols;

let library: Library<typeof SYMBOLS> | null = null;

/** The C library of a Linux system, opened on first use. */
export function linux(): Library<typeof SYMBOLS>["symbols"] {
  library ??= openLibrary(NAMES, SYMBOLS);
  return library.symbols;
}

/** <asm/unistd.h>: x86_64, then aarch64; null if the processor has no such call. */
const NUMBERS = {
  acct: [163, 89],
  add_key: [248, 217],
  adjtimex: [159, 171],
  bpf: [321, 280],
  capset: [126, 91],
  chroot: [161, 51],
  clock_adjtime: [305, 266],
  clock_gettime: [228, 113],
  clock_settime: [227, 112],
  clone: [56, 220],
  clone3: [435, 435],
  delete_module: [176, 106],
  execve: [59, 221],
  execveat: [322, 281],
  finit_module: [313, 273],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fsopen: [430, 430],
  fspick: [433, 433],
  getdents64: [217, 61],
  gettid: [186, 178],
  init_module: [175, 105],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_uring_setup: [425, 425],
  ioctl: [16, 29],
  ioperm: [173, null],
  iopl: [172, null],
  kcmp: [312, 272],
  kexec_file_load: [320, 294],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  landlock_add_rule: [445, 445],
  landlock_create_ruleset: [444, 444],
  landlock_restrict_self: [446, 446],
  mkdirat: [258, 34],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  perf_event_open: [298, 241],
  personality: [135, 92],
  pidfd_getfd: [438, 438],
  pivot_root: [155, 41],
  prctl: [157, 167],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  ptrace: [101, 117],
  quotactl: [179, 60],
  reboot: [169, 142],
  request_key: [249, 218],
  seccomp: [317, 277],
  setdomainname: [171, 162],
  sethostname: [170, 161],
  setns: [308, 268],
  settimeofday: [164, 170],
  statx: [332, 291],
  swapoff: [168, 225],
  swapon: [167, 224],
  syslog: [103, 116],
  tgkill: [234, 131],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
} as const satisfies Record<string, readonly [number, number | null]>;

export type SystemCall = keyof typeof NUMBERS;

/** The number of a system call on `processor`; null if it has none. */
export function callNumber(call: SystemCall, processor = Deno.build.arch): number | null {
  return NUMBERS[call][processor === "aarch64" ? 1 : 0];
}

/** Makes a system call with up to five arguments: its answer, or -1. */
export function systemCall(call: SystemCall, ...args: readonly (number | bigint)[]): number {
  const number = callNumber(call);
  if (number === null) return -1;
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n] = args.map(BigInt);
  return Number(linux().syscall(BigInt(number), a, b, c, d, e));
}
