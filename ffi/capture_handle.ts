// A pcap_t that captures from one interface.

import type { DumpBuffer } from "./dump_buffer.ts";
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
  readonly #pcap: Deno.PointerValue;
  readonly #statistics = new Uint8Array(STATISTICS.size);
  readonly #statisticsView = new DataView(this.#statistics.buffer);

  /** Throws Error with libpcap's message. */
  constructor(name: string, settings: CaptureSettings) {
    const message = new Uint8Array(ERROR_BYTES);
    this.#pcap = this.#libpcap.pcap_create(toCString(name), message);
    if (this.#pcap === null) throw new Error(fromCString(message));
    this.#libpcap.pcap_set_snaplen(this.#pcap, settings.snaplen);
    this.#libpcap.pcap_set_promisc(this.#pcap, settings.promiscuous ? 1 : 0);
    this.#libpcap.pcap_set_timeout(this.#pcap, settings.timeout);
    this.#libpcap.pcap_set_buffer_size(this.#pcap, settings.bufferSize);
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
   * Copies at most `count` packets into `buffer` on another thread: how many, or below 0 on an error.
   * Until it is done, neither the handle nor the buffer may be touched.
   */
  dispatch(count: number, buffer: DumpBuffer): Promise<number> {
    const c = this.#libpcap;
    return c.pcap_dispatch(this.#pcap, count, c.pcap_dump, buffer.dumper);
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
