// A compiled capture filter: struct bpf_program, made by libpcap's compiler.

import { FILTER_PROGRAM, PACKET_HEADER } from "./layout.ts";
import { readCString, toCString } from "./library.ts";
import { libpcap } from "./libpcap.ts";

/** libpcap does not understand the expression; the message is libpcap's. */
export class FilterError extends Error {
  override name = "FilterError";
}

const NETMASK_UNKNOWN = 0xffffffff;
const INSTRUCTION_BYTES = 8;

/**
 * Compiles for the open handle `pcap`, hands struct bpf_program to `use`, then frees it.
 * Throws FilterError.
 */
export function withFilterProgram<T>(
  pcap: Deno.PointerValue,
  expression: string,
  use: (program: Uint8Array<ArrayBuffer>) => T,
): T {
  const c = libpcap();
  const program = new Uint8Array(FILTER_PROGRAM.size);
  if (c.pcap_compile(pcap, program, toCString(expression), 1, NETMASK_UNKNOWN) !== 0) {
    throw new FilterError(readCString(c.pcap_geterr(pcap)));
  }
  try {
    return use(program);
  } finally {
    c.pcap_freecode(program);
  }
}

/** A filter for packets of files. */
export class OfflineFilter {
  readonly #libpcap = libpcap();
  /** A copy of the instructions, so that there is no memory of C to free. */
  readonly #instructions: Uint8Array<ArrayBuffer>;
  readonly #program = new Uint8Array(FILTER_PROGRAM.size);
  readonly #header = new Uint8Array(PACKET_HEADER.size);
  readonly #fields = new DataView(this.#header.buffer);

  /** `dataLink` is a DLT_ value of this platform. Throws FilterError. */
  constructor(expression: string, dataLink: number, snaplen: number) {
    const pcap = this.#libpcap.pcap_open_dead(dataLink, snaplen);
    if (pcap === null) throw new FilterError("out of memory");
    try {
      this.#instructions = withFilterProgram(pcap, expression, copyInstructions);
    } finally {
      this.#libpcap.pcap_close(pcap);
    }
    const program = new DataView(this.#program.buffer);
    const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#instructions));
    program.setUint32(FILTER_PROGRAM.count, this.#instructions.length / INSTRUCTION_BYTES, true);
    program.setBigUint64(FILTER_PROGRAM.instructions, address, true);
  }

  /** Whether the packet of `captured` bytes at `bytes[at]`, `length` on the wire, is wanted. */
  matches(bytes: Uint8Array<ArrayBuffer>, at: number, captured: number, length: number): boolean {
    this.#fields.setUint32(PACKET_HEADER.captured, captured, true);
    this.#fields.setUint32(PACKET_HEADER.length, length, true);
    // A new view is the fastest way to pass an address within the slab: 0.13 us a call, while a pointer
    // made of a BigInt takes 0.3 to 0.7.
    const packet = bytes.subarray(at, at + captured);
    return this.#libpcap.pcap_offline_filter(this.#program, this.#header, packet) !== 0;
  }
}

/** The instructions of struct bpf_program, as the kernel takes them too. */
export function copyInstructions(program: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(program.buffer);
  const count = view.getUint32(FILTER_PROGRAM.count, true);
  const pointer = Deno.UnsafePointer.create(
    view.getBigUint64(FILTER_PROGRAM.instructions, true),
  );
  const copy = new Uint8Array(count * INSTRUCTION_BYTES);
  if (pointer !== null) Deno.UnsafePointerView.copyInto(pointer, copy);
  return copy;
}
