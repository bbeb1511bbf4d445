// The kernel's list of sockets (sock_diag(7), <linux/inet_diag.h>), of one network namespace.

import { NetlinkSocket } from "../../ffi/netlink.ts";
import { ipText } from "./ip_text.ts";

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** NLM_F_REQUEST | NLM_F_DUMP */
const DUMP = 0x301;

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;

/** Sockets in these states belong to nobody any more, or to nobody yet. */
const TCP_TIME_WAIT = 6;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;
const ALL_STATES = 0xffff & ~(1 << TCP_TIME_WAIT);

/** struct nlmsghdr { u32 length; u16 type; u16 flags; u32 sequence; u32 port; } */
const HEADER = { length: 0, type: 4, flags: 6, size: 16 } as const;
/** struct inet_diag_req_v2, behind the header: 72 bytes in all. */
const REQUEST = { family: 16, protocol: 17, states: 20, size: 72 } as const;
/** struct inet_diag_msg, from its beginning. Ports and addresses are in network order. */
const ANSWER = {
  ...{ family: 0, state: 1, localPort: 4, remotePort: 6, local: 8, remote: 24, inode: 68 },
  size: 72,
} as const;

export interface Socket {
  /** Of its network namespace. */
  readonly network: string;
  readonly udp: boolean;
  /** Whether it waits for connections; a socket of UDP, whether it is not connected. */
  readonly listens: boolean;
  /** Texts; "" if any. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Of the file that it is to its program; 0 if it belongs to none. */
  readonly inode: number;
}

const buffer = new Uint8Array(1 << 17);
const view = new DataView(buffer.buffer);

/** The list of one namespace: the one of the thread that opened it. */
export class SocketList {
  readonly #netlink: NetlinkSocket;
  readonly #network: string;

  private constructor(netlink: NetlinkSocket, network: string) {
    this.#netlink = netlink;
    this.#network = network;
  }

  /** `network`: what the namespace is called. Null if the kernel has no such list. */
  static open(network: string): SocketList | null {
    const netlink = NetlinkSocket.open(NETLINK_SOCK_DIAG);
    return netlink && new SocketList(netlink, network);
  }

  /** Appends all sockets of TCP and UDP. */
  read(sockets: Socket[]): void {
    for (const protocol of [IPPROTO_TCP, IPPROTO_UDP]) {
      for (const family of [AF_INET, AF_INET6]) this.#dump(family, protocol, sockets);
    }
  }

  close(): void {
    this.#netlink.close();
  }

  #dump(family: number, protocol: number, sockets: Socket[]): void {
    const request = new Uint8Array(REQUEST.size);
    const words = new DataView(request.buffer);
    words.setUint32(HEADER.length, REQUEST.size, true);
    words.setUint16(HEADER.type, SOCK_DIAG_BY_FAMILY, true);
    words.setUint16(HEADER.flags, DUMP, true);
    request[REQUEST.family] = family;
    request[REQUEST.protocol] = protocol;
    words.setUint32(REQUEST.states, ALL_STATES, true);
    if (!this.#netlink.send(request)) return;
    for (;;) {
      const length = this.#netlink.receive(buffer);
      if (length <= 0 || this.#readAnswers(length, protocol === IPPROTO_UDP, sockets)) return;
    }
  }

  /** Returns whether the last answer is among them. */
  #readAnswers(length: number, udp: boolean, sockets: Socket[]): boolean {
    for (let at = 0; at + HEADER.size <= length;) {
      const size = view.getUint32(at + HEADER.length, true);
      const type = view.getUint16(at + HEADER.type, true);
      if (type === NLMSG_DONE || type === NLMSG_ERROR || size < HEADER.size) return true;
      if (size >= HEADER.size + ANSWER.size) {
        sockets.push(readSocket(at + HEADER.size, udp, this.#network));
      }
      at += (size + 3) & ~3;
    }
    return false;
  }
}

function readSocket(at: number, udp: boolean, network: string): Socket {
  const size = buffer[at + ANSWER.family] === AF_INET ? 4 : 16;
  const state = buffer[at + ANSWER.state];
  return {
    network,
    udp,
    listens: udp ? state === TCP_CLOSE : state === TCP_LISTEN,
    localAddress: ipText(view, at + ANSWER.local, size),
    localPort: view.getUint16(at + ANSWER.localPort),
    remoteAddress: ipText(view, at + ANSWER.remote, size),
    remotePort: view.getUint16(at + ANSWER.remotePort),
    inode: view.getUint32(at + ANSWER.inode, true),
  };
}
