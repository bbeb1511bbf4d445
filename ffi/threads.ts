// System calls made by other threads of this process. Linux keeps capabilities and the rules of Landlock
// for each thread, and has no call that changes them for all.
//
// It works as glibc's setuid does, and libpsx: a signal is sent to the thread, whose handler makes the
// call. A handler in JavaScript could not run there, so it is a few instructions in a page of memory.

import { listSystemFolder } from "./raw_file.ts";
import { callNumber, linux, type SystemCall, systemCall } from "./linux.ts";
import { addressOf } from "./memory_address.ts";

/** The id of the calling thread; 0 on systems other than Linux. */
export function ownThread(): number {
  return Deno.build.os === "linux" ? systemCall("gettid") : 0;
}

/** Lets the calling thread run before others, by so many steps of nice(2), if the system permits it. Linux only. */
export function goFirst(steps: number): void {
  if (Deno.build.os === "linux") linux().nice(-steps);
}

/** The ids of all threads of this process. Throws Error if /proc cannot be read. */
export function threadIds(): number[] {
  const names = listSystemFolder("/proc/self/task");
  if (names === null) throw new Error("/proc/self/task cannot be read");
  return names.map(Number);
}

/** How long a thread may take to make its call, in milliseconds. It takes 0.1, but seconds on a very busy machine. */
const PATIENCE = 20_000;
/** How often it is looked whether the thread is still there. */
const LOOK = 20;

/** <asm-generic/mman.h> */
const MEMORY = {
  read: 1,
  write: 2,
  execute: 4,
  private: 2,
  anonymous: 0x20,
  page: 65_536,
} as const;

/** Where the code finds the address of its data. */
const LITERAL = 56;
/** The data: 64-bit words. */
const DATA = { number: 0, arguments: 1, done: 6, failure: 7, words: 8 } as const;

/** What the handler does: the call, then failure = its answer if below 0, then done += 1. */
const CODE = {
  x86_64: [
    [0x4c, 0x8b, 0x0d, 0x31, 0x00, 0x00, 0x00], // mov r9, [rip + 49]
    [0x49, 0x8b, 0x01], // mov rax, [r9]
    [0x49, 0x8b, 0x79, 0x08], // mov rdi, [r9 + 8]
    [0x49, 0x8b, 0x71, 0x10], // mov rsi, [r9 + 16]
    [0x49, 0x8b, 0x51, 0x18], // mov rdx, [r9 + 24]
    [0x4d, 0x8b, 0x51, 0x20], // mov r10, [r9 + 32]
    [0x4d, 0x8b, 0x41, 0x28], // mov r8, [r9 + 40]
    [0x0f, 0x05], // syscall
    [0x48, 0x85, 0xc0], // test rax, rax
    [0x79, 0x04], // jns past the next
    [0x49, 0x89, 0x41, 0x38], // mov [r9 + 56], rax
    [0xf0, 0x49, 0xff, 0x41, 0x30], // lock inc qword [r9 + 48]
    [0xc3], // ret
  ],
  aarch64: [
    [0xc9, 0x01, 0x00, 0x58], // ldr x9, [pc + 56]
    [0x28, 0x01, 0x40, 0xf9], // ldr x8, [x9]
    [0x20, 0x85, 0x40, 0xa9], // ldp x0, x1, [x9, 8]
    [0x22, 0x8d, 0x41, 0xa9], // ldp x2, x3, [x9, 24]
    [0x24, 0x15, 0x40, 0xf9], // ldr x4, [x9, 40]
    [0x01, 0x00, 0x00, 0xd4], // svc 0
    [0x40, 0x00, 0xf8, 0xb6], // tbz x0, 63, past the next
    [0x20, 0x1d, 0x00, 0xf9], // str x0, [x9, 56]
    [0x29, 0xc1, 0x00, 0x91], // add x9, x9, 48
    [0x2a, 0x7d, 0x5f, 0xc8], // ldxr x10, [x9]
    [0x4a, 0x05, 0x00, 0x91], // add x10, x10, 1
    [0x2a, 0xfd, 0x0b, 0xc8], // stlxr w11, x10, [x9]
    [0xab, 0xff, 0xff, 0x35], // cbnz w11, 3 back
    [0xc0, 0x03, 0x5f, 0xd6], // ret
  ],
} as const;

/** The handler of `processor`, for data at `data`. */
function handlerCode(processor: typeof Deno.build.arch, data: bigint): Uint8Array {
  const code = new Uint8Array(LITERAL + 8);
  code.set(CODE[processor].flat());
  new DataView(code.buffer).setBigUint64(LITERAL, data, true);
  return code;
}

/** struct sigaction { void (*handler)(int); sigset_t mask; int flags; void (*restorer)(void); } */
const ACTION = { handler: 0, flags: 136, size: 152 } as const;
const SA_ONSTACK = 0x08000000;
const SA_RESTART = 0x10000000;
/** The last real-time signals: libraries take theirs from the first on. */
const LAST_SIGNAL = 64;
const LOWEST_SIGNAL = 50;

/**
 * Has each of `threads` make a system call, the calling thread last. Those that end meanwhile are left
 * out. Throws Error if one does not answer, or its call fails.
 */
export function callInThreads(
  threads: readonly number[],
  call: SystemCall,
  ...args: readonly (number | bigint)[]
): void {
  const own = ownThread();
  using handler = new SignalHandler(call, args);
  for (const thread of threads.toSorted((a, b) => Number(a === own) - Number(b === own))) {
    handler.callIn(thread);
  }
}

/** The same in all threads but a few, also in those that are made meanwhile. */
export function callInAllThreads(
  except: readonly number[],
  call: SystemCall,
  ...args: readonly (number | bigint)[]
): void {
  const own = ownThread();
  using handler = new SignalHandler(call, args);
  const called = new Set([...except, own]);
  for (;;) {
    // A thread begins with what the thread has that makes it.
    const fresh = threadIds().filter((thread) => !called.has(thread));
    if (fresh.length === 0) break;
    for (const thread of fresh) {
      called.add(thread);
      handler.callIn(thread);
    }
  }
  if (!except.includes(own)) handler.callIn(own);
}

/** Makes one call in whatever thread it is told. */
class SignalHandler {
  readonly #call: SystemCall;
  readonly #signal: number;
  readonly #before = new Uint8Array(new ArrayBuffer(ACTION.size));
  readonly #code: Deno.PointerObject;
  readonly #data = new BigInt64Array(new SharedArrayBuffer(DATA.words * 8));

  constructor(call: SystemCall, args: readonly (number | bigint)[]) {
    this.#call = call;
    this.#data[DATA.number] = BigInt(callNumber(call)!);
    args.forEach((arg, i) => this.#data[DATA.arguments + i] = BigInt(arg));
    this.#code = executablePage(handlerCode(Deno.build.arch, addressOf(this.#data)));
    this.#signal = this.#take();
  }

  /** Throws Error. */
  callIn(thread: number): void {
    const done = this.#data[DATA.done]!;
    if (systemCall("tgkill", Deno.pid, thread, this.#signal) !== 0) return;
    const began = performance.now();
    for (let looked = began; Atomics.load(this.#data, DATA.done) === done;) {
      linux().sched_yield();
      const now = performance.now();
      if (now < looked + LOOK) continue;
      looked = now;
      if (!threadIds().includes(thread)) return;
      if (now > began + PATIENCE) throw new Error(`a thread did not make the call ${this.#call}`);
    }
    const failure = this.#data[DATA.failure]!;
    if (failure < 0n) throw new Error(`the system refuses ${this.#call} (error ${-failure})`);
  }

  [Symbol.dispose](): void {
    linux().sigaction(this.#signal, this.#before, null);
    linux().munmap(this.#code, BigInt(MEMORY.page));
  }

  /** Handles a signal that nobody uses: which one. */
  #take(): number {
    const action = new DataView(new ArrayBuffer(ACTION.size));
    action.setBigUint64(ACTION.handler, Deno.UnsafePointer.value(this.#code), true);
    action.setInt32(ACTION.flags, SA_ONSTACK | SA_RESTART, true);
    for (let signal = LAST_SIGNAL; signal >= LOWEST_SIGNAL; signal--) {
      if (linux().sigaction(signal, null, this.#before) !== 0) continue;
      if (this.#before.subarray(0, 8).some((byte) => byte !== 0)) continue;
      if (linux().sigaction(signal, new Uint8Array(action.buffer), null) === 0) return signal;
    }
    throw new Error("no signal is free");
  }
}

/** Memory with `code` in it that can be executed, and no longer written to. */
function executablePage(code: Uint8Array): Deno.PointerObject {
  const size = BigInt(MEMORY.page);
  const { read, write, execute } = MEMORY;
  const flags = MEMORY.private | MEMORY.anonymous;
  const page = linux().mmap(null, size, read | write, flags, -1, 0n);
  if (page === null || BigInt(Deno.UnsafePointer.value(page)) > 1n << 63n) {
    throw new Error("no memory");
  }
  new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(page, code.length)).set(code);
  if (linux().mprotect(page, size, read | execute) !== 0) {
    throw new Error("memory cannot be made executable");
  }
  return page;
}
