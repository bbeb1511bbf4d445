// Returns unused memory to the system: V8 and glibc's malloc keep it for later use. Without glibc, or
// without `gc` (scripts/v8-flags), that part is skipped.

import { type Library, openLibrary, type Symbols } from "./library.ts";

const SYMBOLS = {
  // int mallopt(int param, int value)
  mallopt: { parameters: ["i32", "i32"], result: "i32" },
  // int malloc_trim(size_t pad)
  malloc_trim: { parameters: ["usize"], result: "i32" },
} as const satisfies Symbols;

type Glibc = Library<typeof SYMBOLS>["symbols"];

/** malloc.h */
const M_MMAP_THRESHOLD = -3;
/**
 * Blocks of this size and more are returned to the system when they are freed. By default glibc raises
 * the limit to up to 32 MB, and pages of /metrics left 50 MB behind.
 */
const LARGE = 256 << 10;
/** Milliseconds between two trims of what else was freed. */
const TRIM_INTERVAL = 1000;

/** V8's `gc`, with --expose-gc. "last-resort" also releases the pages that V8 keeps for later. */
type Collect = (options: {
  type: "major";
  execution: "sync";
  flavor: "regular" | "last-resort";
}) => void;

let glibc: Glibc | null | undefined;

function open(): Glibc | null {
  if (glibc !== undefined) return glibc;
  try {
    glibc = Deno.build.os === "linux" ? openLibrary(["libc.so.6"], SYMBOLS).symbols : null;
  } catch { // Another C library, or FFI is not allowed.
    glibc = null;
  }
  return glibc;
}

/**
 * Returns freed memory of the whole process once a second, until the result is disposed of. V8's
 * compilers leave 15 to 20 MB in malloc in the first seconds of a capture. A trim takes 2 ms then, and
 * less than 0.1 ms later.
 */
export function trimRegularly(): { [Symbol.dispose](): void } {
  const glibc = open();
  glibc?.mallopt(M_MMAP_THRESHOLD, LARGE);
  const timer = setInterval(() => glibc?.malloc_trim(0n), TRIM_INTERVAL);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * Collects this thread's heap, so that it does not grow, and shrinks if little is alive. Takes 1 ms for each
 * MB that is alive.
 */
export function collectHeap(): void {
  collect("regular");
}

/**
 * Returns the unused memory of this thread's heap and of malloc to the system. Takes about 30 ms, and also
 * drops compiled code, which is made again under traffic.
 */
export function releaseFreedMemory(): void {
  collect("last-resort");
  open()?.malloc_trim(0n);
}

function collect(flavor: "regular" | "last-resort"): void {
  const { gc } = globalThis as { gc?: Collect };
  gc?.({ type: "major", execution: "sync", flavor });
}
