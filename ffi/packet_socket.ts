// Linux's packet sockets (packet(7)): what libpcap does to capture from one Ethernet interface.

import { programDescription } from "./bpf_program.ts";
import { libc } from "./libc.ts";
import { checked, RawFile } from "./raw_file.ts";

/** <sys/socket.h> */
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;
/** <linux/if_packet.h> */
const SOL_PACKET = 263;
const OPTION = {
  addMembership: 1,
  ring: 5,
  statistics: 6,
  version: 10,
} as const;
const TPACKET_V3 = 2;
const PROMISCUOUS = 1;
/** struct sockaddr_ll { u16 family, protocol; int ifindex; u16 hatype; u8 pkttype, halen, addr[8]; } */
const ADDRESS = { family: 0, protocol: 2, interface: 4, size: 20 } as const;
const ETH_P_ALL = 3;
/** struct tpacket_stats_v3 { unsigned int packets, drops, freezes; } */
const STATISTICS = { drops: 1, words: 3 } as const;

/** What is asked of a ring of blocks: struct tpacket_req3, in its order. */
export interface RingLayout {
  readonly blockBytes: number;
  readonly blocks: number;
  /** Milliseconds after which a block is handed over that is not full. */
  readonly timeout: number;
}

/** One socket. It gets no packets before `bind`. After `close`, nothing else may be called. */
export class PacketSocket {
  readonly descriptor: number;
  readonly #statistics = new Uint32Array(STATISTICS.words);
  #dropped = 0;

  private constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** The socket of another thread. That thread must no longer use it. */
  static of(descriptor: number): PacketSocket {
    return new PacketSocket(descriptor);
  }

  /** Throws SystemError. */
  static open(): PacketSocket {
    return new PacketSocket(checked(libc().socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)));
  }

  /** Has the kernel write packets to a ring of blocks, which `mmap` shows. Throws SystemError. */
  makeRing({ blockBytes, blocks, timeout }: RingLayout): void {
    this.#set(OPTION.version, words(TPACKET_V3));
    // A "frame" is only a measure here: as large as a block.
    this.#set(OPTION.ring, words(blockBytes, blocks, blockBytes, blocks, timeout, 0, 0));
  }

  /** Takes only packets for which `program` of classic BPF gives how many bytes to keep. Throws SystemError. */
  filter(program: Uint8Array<ArrayBuffer>): void {
    this.#set(SO_ATTACH_FILTER, programDescription(program), SOL_SOCKET);
  }

  /** Also packets to other machines, as long as this socket is open. Throws SystemError. */
  takeAll(interfaceIndex: number): void {
    this.#set(OPTION.addMembership, words(interfaceIndex, PROMISCUOUS, 0, 0));
  }

  /** Begins to capture. Throws SystemError. */
  bind(interfaceIndex: number): void {
    const address = new DataView(new ArrayBuffer(ADDRESS.size));
    address.setUint16(ADDRESS.family, AF_PACKET, true);
    address.setUint16(ADDRESS.protocol, ETH_P_ALL);
    address.setInt32(ADDRESS.interface, interfaceIndex, true);
    checked(libc().bind(this.descriptor, new Uint8Array(address.buffer), ADDRESS.size));
  }

  /** Packets lost for want of room so far, modulo 2^32; null if the kernel does not tell. */
  dropped(): number | null {
    const bytes = new Uint8Array(this.#statistics.buffer);
    const size = words(bytes.length);
    const { descriptor } = this;
    if (libc().getsockopt(descriptor, SOL_PACKET, OPTION.statistics, bytes, size) !== 0) {
      return null;
    }
    // The kernel counts from 0 again each time it is asked.
    return this.#dropped = this.#dropped + this.#statistics[STATISTICS.drops]! >>> 0;
  }

  /** The error number of what went wrong since the last call, such as that the interface is down; 0 for nothing. */
  takeError(): number {
    const error = new Uint32Array(1);
    const bytes = new Uint8Array(error.buffer);
    const status = libc().getsockopt(this.descriptor, SOL_SOCKET, SO_ERROR, bytes, words(4));
    return status === 0 ? error[0]! : 0;
  }

  close(): void {
    RawFile.of(this.descriptor).close();
  }

  #set(option: number, value: Uint8Array<ArrayBuffer>, level = SOL_PACKET): void {
    checked(libc().setsockopt(this.descriptor, level, option, value, value.length));
  }
}

const words = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
