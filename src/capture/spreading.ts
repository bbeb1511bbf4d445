// Which worker gets a packet: a program of classic BPF (bpf(4)), whose answer the kernel takes modulo
// the number of workers.
//
// TCP is spread by addresses and ports, everything else by addresses only. The kernel's own hash takes
// the ports of UDP as well: but tunnels choose their outer source port by direction (RFC 7348 section
// 5), so that the sides of a connection in a tunnel would go to different workers, and of a datagram
// in fragments only the first has ports.

import { assemble, Op, type Step } from "../../ffi/bpf_program.ts";

/** Where the kernel finds what is asked for: behind the link layer, or in what it knows by itself. */
const NETWORK = -0x100000;
const KNOWN_PROTOCOL = -0x1000;

// Places of M.
/** Of the addresses, then of everything. */
const SUM = 0;
/** Where the IP header begins, behind the link layer. */
const HEADER = 1;
const PORT = 2;

const ETHERTYPE = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  vlan: 0x8100,
  qinq: 0x88a8,
  pppoe: 0x8864,
} as const;
const PPP = { ipv4: 0x0021, ipv6: 0x0057 } as const;
const TCP = 6;
const IPV6_HEADER = 40;
const FRAGMENT_BITS = 0x3fff;
/** 2^32 by the golden ratio: neighbouring ports end up far from each other. */
const SPREAD = 0x9e3779b1;

/** The sum of two words, so that it is the same in both directions. */
const sumAt = (one: number, other: number): Step[] => [
  [Op.LOAD_AT_X, NETWORK + one],
  [Op.M_BECOMES_A, SUM],
  [Op.LOAD_AT_X, NETWORK + other],
  [Op.X_BECOMES_M, SUM],
  [Op.ADD_X],
  [Op.M_BECOMES_A, SUM],
  [Op.X_BECOMES_M, HEADER],
];

const STEPS: readonly Step[] = [
  [Op.X_BECOMES, 0],
  [Op.LOAD, KNOWN_PROTOCOL],
  [Op.JUMP_IF_EQUAL, ETHERTYPE.vlan, "tagged"],
  [Op.JUMP_IF_EQUAL, ETHERTYPE.qinq, "tagged"],
  [Op.JUMP_IF_EQUAL, ETHERTYPE.pppoe, "pppoe"],
  [Op.JUMP, 0, "typed"],

  // Of two tags one is left here: 2 bytes, then the type.
  "tagged",
  [Op.X_BECOMES, 4],
  [Op.LOAD_HALF, NETWORK + 2],
  [Op.JUMP, 0, "typed"],

  // RFC 2516 section 4: 6 bytes, then the type.
  "pppoe",
  [Op.X_BECOMES, 8],
  [Op.LOAD_HALF, NETWORK + 6],

  "typed",
  [Op.M_BECOMES_X, HEADER],
  [Op.JUMP_IF_EQUAL, ETHERTYPE.ipv4, "ipv4"],
  [Op.JUMP_IF_EQUAL, PPP.ipv4, "ipv4"],
  [Op.JUMP_IF_EQUAL, ETHERTYPE.ipv6, "ipv6"],
  [Op.JUMP_IF_EQUAL, PPP.ipv6, "ipv6"],
  // One worker takes all that is of no known type.
  [Op.RETURN, 0],

  "ipv4",
  ...sumAt(12, 16),
  [Op.LOAD_BYTE_AT_X, NETWORK + 9],
  [Op.JUMP_IF_EQUAL, TCP, "tcp in ipv4"],
  [Op.JUMP, 0, "end"],
  "tcp in ipv4",
  [Op.LOAD_HALF_AT_X, NETWORK + 6],
  [Op.JUMP_IF_ANY_BIT, FRAGMENT_BITS, "end"],
  [Op.LOAD_BYTE_AT_X, NETWORK],
  [Op.AND, 0x0f],
  [Op.SHIFT_LEFT, 2],
  [Op.ADD_X],
  [Op.X_BECOMES_A],
  [Op.JUMP, 0, "ports"],

  // The last word of an address tells hosts apart.
  "ipv6",
  ...sumAt(20, 36),
  [Op.LOAD_BYTE_AT_X, NETWORK + 6],
  [Op.JUMP_IF_EQUAL, TCP, "tcp in ipv6"],
  [Op.JUMP, 0, "end"],
  "tcp in ipv6",
  [Op.A_BECOMES_M, HEADER],
  [Op.ADD, IPV6_HEADER],
  [Op.X_BECOMES_A],

  "ports",
  [Op.LOAD_HALF_AT_X, NETWORK],
  [Op.M_BECOMES_A, PORT],
  [Op.LOAD_HALF_AT_X, NETWORK + 2],
  [Op.X_BECOMES_M, PORT],
  [Op.ADD_X],
  [Op.X_BECOMES_M, SUM],
  [Op.ADD_X],
  [Op.M_BECOMES_A, SUM],

  "end",
  [Op.A_BECOMES_M, SUM],
  [Op.MULTIPLY, SPREAD],
  [Op.SHIFT_RIGHT, 16],
  [Op.RETURN_A],
];

/** The program as the kernel takes it. */
export function spreadingProgram(): Uint8Array<ArrayBuffer> {
  return assemble(STEPS);
}
