// The functions of the C library that webstat uses on all systems.

import { type Library, openLibrary, type Symbols } from "./library.ts";

const NAMES = Deno.build.os === "darwin"
  ? ["libSystem.B.dylib"]
  : ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`, "libc.so"];

const SYMBOLS = {
  // FILE *fmemopen(void *buf, size_t size, const char *mode)
  fmemopen: {
    parameters: [
      "buffer", // void *buf
      "usize", // size_t size
      "buffer", // const char *mode
    ],
    result: "pointer",
  },
  // int fseek(FILE *stream, long offset, int whence)
  fseek: { parameters: ["pointer", "i64", "i32"], result: "i32", isHot: true },
  // long ftell(FILE *stream)
  ftell: { parameters: ["pointer"], result: "i64", isHot: true },
  // int fclose(FILE *stream)
  fclose: { parameters: ["pointer"], result: "i32" },
  // int openat(int folder, const char *path, int flags, ... mode_t mode)
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  // int dup(int fd); int dup2(int fd, int as)
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  // ssize_t read(int fd, void *buf, size_t count); ssize_t write(int fd, const void *buf, ...)
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // The same in another thread, as they may block.
  read_waiting: {
    name: "read",
    parameters: ["i32", "buffer", "usize"],
    result: "isize",
    nonblocking: true,
  },
  write_waiting: {
    name: "write",
    parameters: ["i32", "buffer", "usize"],
    result: "isize",
    nonblocking: true,
  },
  // off_t lseek(int fd, off_t offset, int whence)
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  // int ftruncate(int fd, off_t length)
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  // int fsync(int fd)
  fsync: { parameters: ["i32"], result: "i32" },
  // int fchown(int fd, uid_t owner, gid_t group)
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
  // int fchmod(int fd, mode_t mode)
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  // int renameat(int oldfolder, const char *oldpath, int newfolder, const char *newpath)
  renameat: { parameters: ["i32", "buffer", "i32", "buffer"], result: "i32" },
  // int unlinkat(int folder, const char *path, int flags)
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int fcntl(int fd, int command, ... long argument)
  fcntl: { parameters: ["i32", "i32", "i64"], result: "i32" },
  // ssize_t readlink(const char *path, char *target, size_t size)
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  // ssize_t readlinkat(int folder, const char *path, char *target, size_t size)
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize", isHot: true },
  // int flock(int fd, int operation)
  flock: { parameters: ["i32", "i32"], result: "i32" },
  // int close(int fd)
  close: { parameters: ["i32"], result: "i32" },
  // int *__errno_location(void)
  errno: {
    name: Deno.build.os === "darwin" ? "__error" : "__errno_location",
    parameters: [],
    result: "pointer",
  },
  // char *strerror(int errnum)
  strerror: { parameters: ["i32"], result: "pointer" },
  // int madvise(void *addr, size_t length, int advice)
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  // int poll(struct pollfd *fds, nfds_t nfds, int timeout): in another thread, as it blocks
  poll: {
    parameters: [
      "buffer", // struct pollfd *fds
      "usize", // nfds_t nfds: 32 bits on macOS, in the same register
      "i32", // int timeout, in milliseconds
    ],
    result: "i32",
    nonblocking: true,
  },
  // The same in this thread.
  poll_here: {
    name: "poll",
    parameters: ["buffer", "usize", "i32"],
    result: "i32",
    isHot: true,
  },
  // int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
  setsockopt: {
    parameters: [
      "i32", // int fd
      "i32", // int level
      "i32", // int name
      "buffer", // const void *value
      "u32", // socklen_t size
    ],
    result: "i32",
  },
  // int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  // int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags): no flags on macOS
  accept: {
    name: Deno.build.os === "darwin" ? "accept" : "accept4",
    parameters: ["i32", "pointer", "pointer", "i32"],
    result: "i32",
  },
  // ssize_t recv(int fd, void *buf, size_t size, int flags)
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  // ssize_t send(int fd, const void *buf, size_t size, int flags)
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  // int shutdown(int fd, int how)
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  // int getsockname(int fd, struct sockaddr *address, socklen_t *size)
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int pipe(int fds[2])
  pipe: { parameters: ["buffer"], result: "i32" },
  // int getrlimit(int resource, struct rlimit *limit), and setrlimit
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  // int execv(const char *path, char *const argv[])
  execv: { parameters: ["buffer", "buffer"], result: "i32" },
  // int kill(pid_t pid, int sig)
  kill: { parameters: ["i32", "i32"], result: "i32" },
  // int socket(int domain, int type, int protocol)
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int bind(int fd, const struct sockaddr *address, socklen_t size)
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int ioctl(int fd, unsigned long request, ... void *argument)
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  // char *if_indextoname(unsigned int ifindex, char *ifname)
  if_indextoname: { parameters: ["u32", "buffer"], result: "pointer" },
  // unsigned int if_nametoindex(const char *ifname)
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  // const char *inet_ntop(int af, const void *src, char *dst, socklen_t size)
  inet_ntop: {
    parameters: [
      "i32", // int af
      "pointer", // const void *src
      "buffer", // char *dst
      "u32", // socklen_t size
    ],
    result: "pointer",
  },
} as const satisfies Symbols;

let library: Library<typeof SYMBOLS> | null = null;

/** The C library, opened on first use. */
export function libc(): Library<typeof SYMBOLS>["symbols"] {
  library ??= openLibc();
  return library.symbols;
}

function openLibc(): Library<typeof SYMBOLS> {
  const opened = openLibrary(NAMES, SYMBOLS);
  // Bound before a call fails: binding it then might change what it tells.
  void opened.symbols.errno;
  return opened;
}
