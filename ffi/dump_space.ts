// Memory of JavaScript as the file that pcap_dump writes packets to.

import { toCString } from "./library.ts";
import { libc } from "./libc.ts";
import { addressOf } from "./memory_address.ts";
import { libpcap, MAX_SNAPLEN } from "./libpcap.ts";

const DLT_EN10MB = 1;
/** <sys/mman.h>; the same on all Linux platforms and, the first, on macOS. */
const ADVICE = { dontNeed: 4, hugePage: 14 } as const;

/** Huge pages are of this size where there are any; a multiple of all other pages' sizes. */
export const HUGE_PAGE = 2 << 20;

/**
 * Address space that dispatches fill with records, each a RECORD header and the packet's bytes.
 * Only pages that were written to are memory, until they are given back. pcap_dump does not tell
 * where there is no more room: dispatch no more packets than surely fit.
 */
export class DumpSpace {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  /** The pcap_dumper_t: what pcap_dump wants as its first argument. */
  readonly dumper: Deno.PointerValue;
  /** Of `bytes`, for `bytesAt` in another thread. */
  readonly address: bigint;
  readonly #file: Deno.PointerValue;

  /** `size`: a multiple of HUGE_PAGE. Throws Error (RangeError) where there is no room. */
  constructor(size: number) {
    const whole = new Uint8Array(size + HUGE_PAGE);
    const begin = (HUGE_PAGE - Number(addressOf(whole) % BigInt(HUGE_PAGE))) % HUGE_PAGE;
    this.bytes = whole.subarray(begin, begin + size);
    this.view = new DataView(this.bytes.buffer, begin, size);
    this.address = addressOf(this.bytes);
    // A page costs a fault when first written to: 0.2 us a packet of 500 bytes, 0.08 where it is huge.
    if (Deno.build.os === "linux") this.#advise(0, size, ADVICE.hugePage);
    this.#file = libc().fmemopen(this.bytes, BigInt(size), toCString("w"));
    if (this.#file === null) throw new Error("Cannot open a stream over memory");
    this.dumper = openDumper(this.#file);
    // At exit libc writes out what a stream still holds, and the memory may be gone by then.
    libpcap().pcap_dump_flush(this.dumper);
  }

  /** Lets the next dump begin at `at`. */
  begin(at: number): void {
    libc().fseek(this.#file, BigInt(at), 0);
  }

  /** Flushes the records. Returns where they end. */
  finish(): number {
    libpcap().pcap_dump_flush(this.dumper);
    return Number(libc().ftell(this.#file));
  }

  /** Returns the memory of `[from, to)`, up to the end of its last page, to the system. It can be used again. */
  release(from: number, to: number): void {
    this.#advise(from, to, ADVICE.dontNeed);
  }

  /** `from` must be the beginning of a huge page. */
  #advise(from: number, to: number, advice: number): void {
    const begin = Deno.UnsafePointer.create(this.address + BigInt(from));
    const pages = Math.ceil((to - from) / HUGE_PAGE);
    libc().madvise(begin, BigInt(pages * HUGE_PAGE), advice);
  }

  /** No dispatch into it may be running. */
  close(): void {
    libpcap().pcap_dump_close(this.dumper);
  }
}

/**
 * A dumper needs its handle only for the file header, so one that was made with pcap_open_dead takes the
 * packets of any handle.
 */
function openDumper(file: Deno.PointerValue): Deno.PointerValue {
  const c = libpcap();
  const dead = c.pcap_open_dead(DLT_EN10MB, MAX_SNAPLEN);
  const dumper = dead === null ? null : c.pcap_dump_fopen(dead, file);
  if (dead !== null) c.pcap_close(dead);
  if (dumper === null) throw new Error("Cannot open a dumper over memory");
  return dumper;
}

/** The bytes of another thread's DumpSpace. They must not be used after that thread was asked to end. */
export function bytesAt(address: bigint, size: number): Uint8Array<ArrayBuffer> {
  const pointer = Deno.UnsafePointer.create(address);
  if (pointer === null) throw new Error("No memory");
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, size));
}
