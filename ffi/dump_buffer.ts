// JavaScript's memory as the file that pcap_dump writes packets to.

import { toCString } from "./library.ts";
import { libc } from "./libc.ts";
import { libpcap, MAX_SNAPLEN } from "./libpcap.ts";

const DLT_EN10MB = 1;

/**
 * A buffer that a dispatch fills with records: a RECORD header, then the packet's bytes, again and again.
 * pcap_dump does not tell where the buffer is full: dispatch no more packets than surely fit.
 */
export class DumpBuffer {
  /** Pages that were never written cost no memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  /** The pcap_dumper_t: what pcap_dump wants as its first argument. */
  readonly dumper: Deno.PointerValue;
  readonly #file: Deno.PointerValue;

  /** Throws Error where there is no memory. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.#file = libc().fmemopen(this.bytes, BigInt(size), toCString("w"));
    if (this.#file === null) throw new Error("Cannot open a stream over memory");
    this.dumper = openDumper(this.#file);
    this.finish();
  }

  /** Completes what was dumped, and lets the next dump begin at the buffer's start. */
  finish(): void {
    libpcap().pcap_dump_flush(this.dumper);
    libc().rewind(this.#file);
  }

  /** No dispatch into it may be under way. */
  close(): void {
    libpcap().pcap_dump_close(this.dumper);
  }
}

/**
 * A dumper belongs to no handle once its file header is written, so one made for a dead handle takes
 * the packets of any: two buffers serve all interfaces.
 */
function openDumper(file: Deno.PointerValue): Deno.PointerValue {
  const c = libpcap();
  const dead = c.pcap_open_dead(DLT_EN10MB, MAX_SNAPLEN);
  const dumper = dead === null ? null : c.pcap_dump_fopen(dead, file);
  if (dead !== null) c.pcap_close(dead);
  if (dumper === null) throw new Error("Cannot open a dumper over memory");
  return dumper;
}
