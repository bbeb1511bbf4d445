// A pcap_t that captures from one interface.

import type { DumpSpace } from "./dump_space.ts";
import { createFanout, joinFanout, rejoinFanout } from "./fanout.ts";
import { copyInstructions, withFilterProgram } from "./filter_program.ts";
import { RECORD, STATISTICS } from "./layout.ts";
import { fromCString, readCString, toCString } from "./library.ts";
import { ERROR_BYTES, libpcap } from "./libpcap.ts";

/** Results of pcap_activate, as in pcap/pcap.h. A positive one is a warning. */
export const STATUS = {
  error: -1,
  noSuchDevice: -5,
  permissionDenied: -8,
  interfaceNotUp: -9,
  promiscuousDenied: -11,
} as const;

export interface CaptureSettings {
  /** Bytes kept of a packet, at least 1. */
  readonly snaplen: number;
  readonly promiscuous: boolean;
  /** Milliseconds for which the kernel may collect packets before it delivers them. */
  readonly timeout: number;
  /** The kernel's buffer, in bytes. */
  readonly bufferSize: number;
}

/** The most packets that are copied at once: about 1 ms of work. */
const MOST_PACKETS = 4096;

/** One interface under capture. After `close`, nothing else may be called. */
export class CaptureHandle {
  readonly format = "dumped";
  /** libpcap does not tell. */
  readonly hasRoom = false;
  readonly #libpcap = libpcap();
  readonly #pcap: Deno.PointerObject;
  readonly #statistics = new Uint8Array(STATISTICS.size);
  readonly #statisticsView = new DataView(this.#statistics.buffer);

  private constructor(pcap: Deno.PointerObject) {
    this.#pcap = pcap;
  }

  /** Throws Error with libpcap's message. */
  static create(name: string, settings: CaptureSettings): CaptureHandle {
    const message = new Uint8Array(ERROR_BYTES);
    const c = libpcap();
    const pcap = c.pcap_create(toCString(name), message);
    if (pcap === null) throw new Error(fromCString(message));
    c.pcap_set_snaplen(pcap, settings.snaplen);
    c.pcap_set_promisc(pcap, settings.promiscuous ? 1 : 0);
    c.pcap_set_timeout(pcap, settings.timeout);
    c.pcap_set_buffer_size(pcap, settings.bufferSize);
    return new CaptureHandle(pcap);
  }

  /** The handle of another thread, by its `address`. That thread must no longer use it. */
  static at(address: bigint): CaptureHandle {
    const pcap = Deno.UnsafePointer.create(address);
    if (pcap === null) throw new Error("No handle");
    return new CaptureHandle(pcap);
  }

  /** The address for `at`. */
  get place(): bigint {
    return BigInt(Deno.UnsafePointer.value(this.#pcap));
  }

  /** Starts the capture. Returns 0, a positive warning or a negative error (STATUS). */
  activate(): number {
    return this.#libpcap.pcap_activate(this.#pcap);
  }

  /** Makes `dispatch` return at once if there is no packet. Throws Error. */
  setNonBlocking(): void {
    const message = new Uint8Array(ERROR_BYTES);
    if (this.#libpcap.pcap_setnonblock(this.#pcap, 1, message) !== 0) {
      throw new Error(fromCString(message));
    }
  }

  /** The descriptor to poll for packets; -1 if there is none. */
  get descriptor(): number {
    return this.#libpcap.pcap_get_selectable_fd(this.#pcap);
  }

  /**
   * Shares the interface with the handles that join its group: the result of the BPF `program`, modulo
   * their number, selects the one that gets a packet. Returns the group; throws Error. Linux only.
   */
  share(program: Uint8Array<ArrayBuffer>): number {
    return createFanout(this.#libpcap.pcap_fileno(this.#pcap), program);
  }

  /** Shares the interface with the handles of `group`. Throws Error. */
  join(group: number): void {
    joinFanout(this.#libpcap.pcap_fileno(this.#pcap), group);
  }

  /** Shares an interface that was created again with the handles of `group`. Throws Error. */
  rejoin(group: number, program: Uint8Array<ArrayBuffer>): void {
    rejoinFanout(this.#libpcap.pcap_fileno(this.#pcap), group, program);
  }

  /** The DLT_ value, which depends on the platform. */
  get dataLink(): number {
    return this.#libpcap.pcap_datalink(this.#pcap);
  }

  /** The most bytes that are kept of a packet. */
  get snaplen(): number {
    return this.#libpcap.pcap_snapshot(this.#pcap);
  }

  /** Captures only packets that match from now on. Throws FilterError, or Error if it cannot be set. */
  setFilter(expression: string): void {
    withFilterProgram(this.#pcap, expression, (program) => {
      if (this.#libpcap.pcap_setfilter(this.#pcap, program) !== 0) throw new Error(this.message());
    });
  }

  /** The bytes that `copy` needs at least: for one packet. */
  get leastRoom(): number {
    return RECORD.size + this.snaplen;
  }

  /** A filter as the kernel takes it, for packets of this interface; "" is for all. Throws FilterError. */
  compile(expression: string): Uint8Array<ArrayBuffer> {
    return withFilterProgram(this.#pcap, expression, copyInstructions);
  }

  /**
   * Copies packets that have come to `space` at `at`, as many as surely fit into `room` bytes: how many,
   * negative after an error.
   */
  copy(space: DumpSpace, at: number, room: number) {
    const c = this.#libpcap;
    const most = Math.min(Math.floor(room / this.leastRoom), MOST_PACKETS);
    space.begin(at);
    const count = c.pcap_dispatch(this.#pcap, most, c.pcap_dump, space.dumper);
    return { count, end: space.finish(), hasMore: count === most };
  }

  /** The last error's message. */
  message(): string {
    return readCString(this.#libpcap.pcap_geterr(this.#pcap));
  }

  /** Packets lost since the capture started, each modulo 2^32; null if unknown. */
  dropped(): { kernel: number; interface: number } | null {
    if (this.#libpcap.pcap_stats(this.#pcap, this.#statistics) !== 0) return null;
    return {
      kernel: this.#statisticsView.getUint32(STATISTICS.dropped, true),
      interface: this.#statisticsView.getUint32(STATISTICS.interfaceDropped, true),
    };
  }

  close(): void {
    this.#libpcap.pcap_close(this.#pcap);
  }
}

/** libpcap's text for a result of `activate`. */
export function statusText(status: number): string {
  return readCString(libpcap().pcap_statustostr(status));
}
