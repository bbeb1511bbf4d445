// Chooses the worker for a packet, by a program of classic BPF (bpf(4)): the kernel takes its result modulo
// the number of workers.
//
// TCP is spread by addresses and ports, everything else by addresses only. The kernel's own hash would use
// the ports of UDP as well. But a tunnel's source port differs between the directions of a connection (RFC
// 7348 section 5), so they would go to different workers; and of fragments only the first has ports.

import { assemble, Op, type Step } from "../../ffi/bpf_program.ts";

/** Offsets for loads from behind the link layer, and of what the kernel knows about a packet. */
const NETWORK = -0x100000;
const KNOWN_PROTOCOL = -0x1000;

// Cells of the memory M.
/** The hash: first of the addresses, then of all. */
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
/** 2^32 divided by the golden ratio, so that neighbouring ports get very different results. */
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

  // The kernel removes one VLAN tag; a second one has 2 bytes before the type.
  "tagged",
  [Op.X_BECOMES, 4],
  [Op.LOAD_HALF, NETWORK + 2],
  [Op.JUMP, 0, "typed"],

  // PPPoE (RFC 2516 section 4) has 6 bytes before the type.
  "pppoe",
  [Op.X_BECOMES, 8],
  [Op.LOAD_HALF, NETWORK + 6],

  "typed",
  [Op.M_BECOMES_X, HEADER],
  [Op.JUMP_IF_EQUAL, ETHERTYPE.ipv4, "ipv4"],
  [Op.JUMP_IF_EQUAL, PPP.ipv4, "ipv4"],
  [Op.JUMP_IF_EQUAL, ETHERTYPE.ipv6, "ipv6"],
  [Op.JUMP_IF_EQUAL, PPP.ipv6, "ipv6"],
  // One worker gets all packets of unknown types.
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

  // Hosts differ in the last word of their addresses.
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

/** The program in the format of the kernel. */
export function spreadingProgram(): Uint8Array<ArrayBuffer> {
  return assemble(STEPS);
}
