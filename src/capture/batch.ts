// Packets come in batches: one array of bytes, and arrays that say where in it each packet is. Files and
// live interfaces fill the same kind of batch.

/** The most packets of a batch: so many that a batch's own cost does not matter, and few enough for the CPU's caches. */
export const BATCH_PACKETS = 2048;

/** Packets as they were captured. Valid until the next read of the source that gave it. */
export class Batch {
  /** All packets, one after the other. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** How many packets there are. */
  count = 0;
  /** Where packet i begins in `bytes`. */
  readonly offset = new Int32Array(BATCH_PACKETS);
  /** How many bytes of packet i were captured: fewer than `length` if the snaplen cut it off. */
  readonly captured = new Int32Array(BATCH_PACKETS);
  /** How many bytes packet i had on the wire. */
  readonly length = new Int32Array(BATCH_PACKETS);
  /** When packet i was captured, in microseconds since 1970. */
  readonly time = new Float64Array(BATCH_PACKETS);
  /** Which of the source's interfaces packet i came from. */
  readonly interface = new Int32Array(BATCH_PACKETS);

  /** Puts packet `from` in the place of packet `to`. */
  move(from: number, to: number): void {
    this.offset[to] = this.offset[from]!;
    this.captured[to] = this.captured[from]!;
    this.length[to] = this.length[from]!;
    this.time[to] = this.time[from]!;
    this.interface[to] = this.interface[from]!;
  }
}

/** An interface that packets came from: live, or described in a capture file. */
export interface CaptureInterface {
  readonly name: string;
  /** LINKTYPE_ value, as in https://www.tcpdump.org/linktypes.html (not the DLT_ of the platform). */
  readonly linkType: number;
}

/** Packets lost before webstat saw them, of one interface, since the capture began. */
export interface Drops {
  /** No room in the kernel's buffer. */
  kernel: number;
  /** Dropped by the network interface or its driver. */
  interface: number;
}

/** Something that packets come from. */
export interface Source {
  /** Indexed by `Batch.interface`; grows while a pcapng file is read. */
  readonly interfaces: readonly CaptureInterface[];
  /** Once all is open: the threads that have to keep the right to open interfaces again. */
  openers(): Promise<readonly number[]>;
  /**
   * The next packets; null at the end. An empty batch means that none came within about a tenth of a
   * second. Returns a promise if it has to wait.
   */
  read(): Batch | null | Promise<Batch | null>;
  /** What was lost so far, indexed as `interfaces`; empty for files. */
  drops(): Drops[];
  /** How much was read, 0 to 1; null if that cannot be known (live, standard input). */
  progress(): number | null;
  /** Ends the capture: `read` returns what was captured until now, and then null. */
  stop(): void;
  /** Frees everything. There must be no read that waits. */
  close(): void;
}
