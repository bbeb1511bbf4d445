// Memory that is no longer used goes back to the system: V8 keeps what it may need again, and so does
// glibc's malloc. Where there is no glibc, or no `gc` (scripts/v8-flags), that part is left out.

import { openLibrary } from "./library.ts";

const SYMBOLS = {
  // int mallopt(int param, int value)
  mallopt: { parameters: ["i32", "i32"], result: "i32" },
  // int malloc_trim(size_t pad)
  malloc_trim: { parameters: ["usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Glibc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** malloc.h */
const M_MMAP_THRESHOLD = -3;
/**
 * Blocks from this size on are the system's again as soon as they are freed. By itself glibc raises the
 * limit to 32 MB as blocks of that size come and go, and pages of /metrics left 50 MB behind.
 */
const LARGE = 256 << 10;
/** Milliseconds between two looks at what else was freed. */
const TRIM_INTERVAL = 1000;

/** V8's, with --expose-gc. "last-resort" gives up the pages that V8 keeps for later, too. */
type Collect = (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

let glibc: Glibc | null | undefined;

function open(): Glibc | null {
  if (glibc !== undefined) return glibc;
  try {
    glibc = Deno.build.os === "linux" ? openLibrary(["libc.so.6"], SYMBOLS).symbols : null;
  } catch { // It is another C library's, or FFI is not allowed.
    glibc = null;
  }
  return glibc;
}

/**
 * Has the whole process keep little of what is freed, until the result is disposed of. V8's compilers
 * leave 15 to 20 MB to malloc in the first seconds of a capture; what is done once a second takes 2 ms
 * then, and less than 0.1 later.
 */
export function trimRegularly(): { [Symbol.dispose](): void } {
  const glibc = open();
  glibc?.mallopt(M_MMAP_THRESHOLD, LARGE);
  const timer = setInterval(() => glibc?.malloc_trim(0n), TRIM_INTERVAL);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Gives back what this thread's heap, and the process's malloc, hold without need. Takes some 30 ms. */
export function releaseFreedMemory(): void {
  const { gc } = globalThis as { gc?: Collect };
  gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  open()?.malloc_trim(0n);
}
