// A pcap_t that captures from one interface.

import type { DumpSpace } from "./dump_space.ts";
import { createFanout, joinFanout } from "./fanout.ts";
import { withFilterProgram } from "./filter_program.ts";
import { STATISTICS } from "./layout.ts";
import { fromCString, readCString, toCString } from "./library.ts";
import { ERROR_BYTES, libpcap } from "./libpcap.ts";

/** What pcap_activate answers, as in pcap/pcap.h. Positive: it works, with a warning. */
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
  /** How long the kernel may gather packets before it hands them on, in milliseconds. */
  readonly timeout: number;
  /** The kernel's buffer, in bytes. */
  readonly bufferSize: number;
}

/** One interface under capture. After `close`, nothing else may be called. */
export class CaptureHandle {
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

  /** The handle of another thread, by its `address`; that thread must leave it alone from then on. */
  static at(address: bigint): CaptureHandle {
    const pcap = Deno.UnsafePointer.create(address);
    if (pcap === null) throw new Error("No handle");
    return new CaptureHandle(pcap);
  }

  /** For `at`. */
  get address(): bigint {
    return BigInt(Deno.UnsafePointer.value(this.#pcap));
  }

  /** Begins the capture: 0, a warning above or an error below it (STATUS). */
  activate(): number {
    return this.#libpcap.pcap_activate(this.#pcap);
  }

  /** Makes `dispatch` return at once where there is no packet. Throws Error. */
  setNonBlocking(): void {
    const message = new Uint8Array(ERROR_BYTES);
    if (this.#libpcap.pcap_setnonblock(this.#pcap, 1, message) !== 0) {
      throw new Error(fromCString(message));
    }
  }

  /** What to poll for packets, or -1 where that is not possible. */
  get descriptor(): number {
    return this.#libpcap.pcap_get_selectable_fd(this.#pcap);
  }

  /**
   * Begins to share the interface with handles that join its group: the answer of the BPF `program`,
   * modulo their number, says which of them gets a packet. Returns the group; throws Error. Linux only.
   */
  share(program: Uint8Array<ArrayBuffer>): number {
    return createFanout(this.#libpcap.pcap_fileno(this.#pcap), program);
  }

  /** Shares the interface with the handles of `group`. Throws Error. */
  join(group: number): void {
    joinFanout(this.#libpcap.pcap_fileno(this.#pcap), group);
  }

  /** The DLT_ value of this platform. */
  get dataLink(): number {
    return this.#libpcap.pcap_datalink(this.#pcap);
  }

  /** The most bytes that a packet can have. */
  get snaplen(): number {
    return this.#libpcap.pcap_snapshot(this.#pcap);
  }

  /** Only packets that match are captured from now on. Throws FilterError, or Error where it cannot be set. */
  setFilter(expression: string): void {
    withFilterProgram(this.#pcap, expression, (program) => {
      if (this.#libpcap.pcap_setfilter(this.#pcap, program) !== 0) throw new Error(this.message());
    });
  }

  /**
   * Copies at most `count` packets, of those that are there, into `space`: how many, or below 0 on an
   * error.
   */
  dispatch(count: number, space: Pick<DumpSpace, "dumper">): number {
    const c = this.#libpcap;
    return c.pcap_dispatch(this.#pcap, count, c.pcap_dump, space.dumper);
  }

  /** The last error's message. */
  message(): string {
    return readCString(this.#libpcap.pcap_geterr(this.#pcap));
  }

  /** Packets lost since the capture began, each modulo 2^32; null where they cannot be known. */
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

/** What `status` of `activate` means, in libpcap's words. */
export function statusText(status: number): string {
  return readCString(libpcap().pcap_statustostr(status));
}
