// The ring of blocks that the kernel writes packets of an interface to (packet_mmap, TPACKET_V3). libpcap
// hands out one packet of such a ring after the other; here whole blocks are copied.

import type { DumpSpace } from "./dump_space.ts";
import { createFanout, joinFanout, rejoinFanout } from "./fanout.ts";
import { interfaceDrops } from "./interface_state.ts";
import { linux } from "./linux.ts";
import { PacketSocket } from "./packet_socket.ts";

/**
 * The largest packet that the kernel makes has room. Larger blocks would be too few: without much traffic
 * each is in use after the timeout, however few packets it holds, and on a busy machine the thread that
 * copies may come seconds later.
 */
const BLOCK_BYTES = 256 << 10;
/** The most that is copied at once: about 1 ms of work. */
const MOST_BYTES = 4 << 20;

/** struct tpacket_block_desc, in words of 32 bits. */
const BLOCK = { status: 2, count: 3, first: 4, length: 5 } as const;
/** Whose a block is: the kernel's, or, with its lowest bit set, ours. */
const KERNEL = 0;
const OURS = 1;

/** DLT_EN10MB */
const ETHERNET = 1;

/** <sys/mman.h> */
const MEMORY = { readAndWrite: 3, shared: 1 } as const;

/** How another thread finds a ring. */
export interface RingPlace {
  /** Of the interface, as it was opened. */
  readonly name: string;
  readonly descriptor: number;
  readonly address: bigint;
  readonly blocks: number;
  /** What the interface itself had lost before. */
  readonly droppedBefore: number;
}

/** An Ethernet interface under capture. After `close`, nothing else may be called. Linux only. */
export class PacketRing {
  readonly format = "ring";
  readonly dataLink = ETHERNET;
  readonly leastRoom = BLOCK_BYTES;
  readonly place: RingPlace;
  readonly #socket: PacketSocket;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #words: Int32Array<ArrayBuffer>;
  /** The block that is handed over next. */
  #next = 0;

  private constructor(place: RingPlace) {
    this.place = place;
    this.#socket = PacketSocket.of(place.descriptor);
    const pointer = Deno.UnsafePointer.create(place.address);
    if (pointer === null) throw new Error("No ring");
    const size = place.blocks * BLOCK_BYTES;
    const memory = Deno.UnsafePointerView.getArrayBuffer(pointer, size);
    this.#bytes = new Uint8Array(memory);
    this.#words = new Int32Array(memory);
  }

  /** The ring of another thread. That thread must no longer use it. */
  static at(place: RingPlace): PacketRing {
    return new PacketRing(place);
  }

  /**
   * Gives `socket` a ring of about `size` bytes for packets of the interface `name`. The kernel hands over
   * what has come within `timeout` milliseconds. Throws Error.
   */
  static make(name: string, socket: PacketSocket, size: number, timeout: number): PacketRing {
    const blocks = Math.max(2, Math.ceil(size / BLOCK_BYTES));
    socket.makeRing({ blockBytes: BLOCK_BYTES, blocks, timeout });
    const { descriptor } = socket;
    const { readAndWrite, shared } = MEMORY;
    const length = BigInt(blocks * BLOCK_BYTES);
    const pointer = linux().mmap(null, length, readAndWrite, shared, descriptor, 0n);
    const address = BigInt(Deno.UnsafePointer.value(pointer));
    // MAP_FAILED is the highest address.
    if (address === 0n || address > 1n << 63n) throw new Error("no memory");
    const droppedBefore = interfaceDrops(name);
    return new PacketRing({ name, descriptor, address, blocks, droppedBefore });
  }

  get descriptor(): number {
    return this.place.descriptor;
  }

  /** Whether less than a quarter of the ring is in use. */
  get hasRoom(): boolean {
    const { blocks } = this.place;
    const block = (this.#next + (blocks >> 2)) % blocks;
    return !this.#isOurs(block * BLOCK_BYTES >> 2);
  }

  /** Whether the kernel has handed over the block at this index of the words. */
  #isOurs(head: number): boolean {
    return (Atomics.load(this.#words, head + BLOCK.status) & OURS) !== 0;
  }

  /**
   * Copies packets that have come, with the kernel's headers, to `space` at `at`, as many as surely fit into
   * `room` bytes: how many, negative after an error.
   */
  copy(space: Pick<DumpSpace, "bytes">, at: number, room: number) {
    const last = at + Math.min(room, MOST_BYTES) - BLOCK_BYTES;
    let [count, end] = [0, at];
    let hasMore = true;
    while (end <= last) {
      const head = this.#next * BLOCK_BYTES >> 2;
      hasMore = this.#isOurs(head);
      if (!hasMore) break;
      count += this.#words[head + BLOCK.count]!;
      end = this.#copyBlock(head, space.bytes, end);
    }
    // Until it is taken, an error makes each poll end at once.
    if (count === 0 && this.#socket.takeError() !== 0) return { count: -1, end, hasMore };
    return { count, end, hasMore };
  }

  /** Gives the block back to the kernel. Returns where its packets end in `into`. */
  #copyBlock(head: number, into: Uint8Array, at: number): number {
    const begin = head * 4;
    const first = this.#words[head + BLOCK.first]!;
    const length = this.#words[head + BLOCK.length]!;
    into.set(this.#bytes.subarray(begin + first, begin + length), at);
    Atomics.store(this.#words, head + BLOCK.status, KERNEL);
    this.#next = (this.#next + 1) % this.place.blocks;
    return at + length - first;
  }

  /** Packets lost since the capture started, each modulo 2^32; null if unknown. */
  dropped(): { kernel: number; interface: number } | null {
    const kernel = this.#socket.dropped();
    if (kernel === null) return null;
    const { name, droppedBefore } = this.place;
    return { kernel, interface: Math.max(0, interfaceDrops(name) - droppedBefore) >>> 0 };
  }

  /** As `CaptureHandle.share`. */
  share(program: Uint8Array<ArrayBuffer>): number {
    return createFanout(this.descriptor, program);
  }

  /** As `CaptureHandle.join`. */
  join(group: number): void {
    joinFanout(this.descriptor, group);
  }

  /** As `CaptureHandle.rejoin`. */
  rejoin(group: number, program: Uint8Array<ArrayBuffer>): void {
    rejoinFanout(this.descriptor, group, program);
  }

  close(): void {
    const { address, blocks } = this.place;
    linux().munmap(Deno.UnsafePointer.create(address), BigInt(blocks * BLOCK_BYTES));
    this.#socket.close();
  }
}
