// An interface that is open for capture, by whichever way its packets come: libpcap, or the kernel's ring.

import { CaptureHandle } from "../../ffi/capture_handle.ts";
import type { DumpSpace } from "../../ffi/dump_space.ts";
import { PacketRing, type RingPlace } from "../../ffi/packet_ring.ts";

/** How long the kernel collects packets. It passes them on within twice that time. */
export const GATHER_MS = 75;
/** After this time the kernel has passed on all packets from before. */
export const SETTLE_MS = 2 * GATHER_MS + 50;

/** How to open an interface. */
export interface HandleOptions {
  /** pcap-filter(7) syntax. */
  readonly filter: string | null;
  /** Bytes kept of a packet; 0 for all. */
  readonly snaplen: number;
  /** The kernel's buffer, in bytes. */
  readonly bufferSize: number;
  readonly promiscuous: boolean;
  /** Whether to take packets from the kernel's ring if it has one; by default, unless WEBSTAT_CAPTURE is libpcap. */
  readonly ring?: boolean | undefined;
  /** Called with one line for the user if something is wrong that does not prevent the capture. */
  warn(message: string): void;
}

/** How packets lie in the backlog: as pcap_dump writes them, or as the kernel does. */
export type Format = "dumped" | "ring";

/** Packets that were copied at once. */
export interface Copied {
  /** 0 if there were none; negative after an error. */
  readonly count: number;
  /** Where the last one ends. */
  readonly end: number;
  /** Whether there may be more, as these were as many as possible. */
  readonly hasMore: boolean;
}

/** After `close`, nothing else may be called. */
export interface Handle {
  readonly format: Format;
  /** Where another thread finds it, for `handleAt`. */
  readonly place: HandlePlace;
  /** The DLT_ value, which depends on the platform. */
  readonly dataLink: number;
  /** The descriptor to poll for packets; -1 if there is none. */
  readonly descriptor: number;
  /** The bytes that `copy` needs at least. */
  readonly leastRoom: number;
  /** Whether most of the kernel's buffer is known to be free. */
  readonly hasRoom: boolean;
  /** Copies packets that have come to `space` at `at`, where there are `room` bytes. */
  copy(space: DumpSpace, at: number, room: number): Copied;
  /** Packets lost since the capture started, each modulo 2^32; null if unknown. */
  dropped(): { kernel: number; interface: number } | null;
  /** As `CaptureHandle` says. */
  share(program: Uint8Array<ArrayBuffer>): number;
  join(group: number): void;
  rejoin(group: number, program: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** A ring, or the address of a pcap_t. */
export type HandlePlace = RingPlace | bigint;

/** The handle of another thread, which must no longer use it. */
export const handleAt = (place: HandlePlace): Handle =>
  typeof place === "bigint" ? CaptureHandle.at(place) : PacketRing.at(place);
