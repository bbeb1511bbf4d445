// Programs of classic BPF (bpf(4)), written with labels. The kernel takes them as filters of packets
// and of system calls.

import { addressOf } from "./memory_address.ts";

/** A is the accumulator, X the index, M the memory; loads "at X" are of the packet. */
export const Op = {
  LOAD: 0x20,
  LOAD_HALF: 0x28,
  LOAD_AT_X: 0x40,
  LOAD_HALF_AT_X: 0x48,
  LOAD_BYTE_AT_X: 0x50,
  X_BECOMES: 0x01,
  X_BECOMES_A: 0x07,
  X_BECOMES_M: 0x61,
  A_BECOMES_M: 0x60,
  M_BECOMES_A: 0x02,
  M_BECOMES_X: 0x03,
  ADD: 0x04,
  ADD_X: 0x0c,
  MULTIPLY: 0x24,
  AND: 0x54,
  SHIFT_LEFT: 0x64,
  SHIFT_RIGHT: 0x74,
  JUMP: 0x05,
  JUMP_IF_EQUAL: 0x15,
  JUMP_IF_AT_LEAST: 0x35,
  JUMP_IF_ANY_BIT: 0x45,
  RETURN: 0x06,
  RETURN_A: 0x16,
} as const;

/** A label, or an instruction; jumps name the label where they go, further down. */
export type Step = string | readonly [code: number, k?: number, to?: string];

/** struct sock_filter { u16 code; u8 jt; u8 jf; u32 k; } */
const INSTRUCTION_BYTES = 8;

/** The program as the kernel takes it. */
export function assemble(steps: readonly Step[]): Uint8Array<ArrayBuffer> {
  const labels = new Map<string, number>();
  const instructions: Exclude<Step, string>[] = [];
  for (const step of steps) {
    if (typeof step === "string") labels.set(step, instructions.length);
    else instructions.push(step);
  }
  const program = new DataView(new ArrayBuffer(instructions.length * INSTRUCTION_BYTES));
  instructions.forEach(([code, k = 0, to], i) => {
    const at = i * INSTRUCTION_BYTES;
    const distance = to === undefined ? 0 : labels.get(to)! - i - 1;
    program.setUint16(at, code, true);
    program.setUint8(at + 2, code === Op.JUMP ? 0 : distance);
    program.setUint32(at + 4, code === Op.JUMP ? distance : k, true);
  });
  return new Uint8Array(program.buffer);
}

/** struct sock_fprog { unsigned short count; struct sock_filter *instructions; } */
const DESCRIPTION = { count: 0, instructions: 8, size: 16 } as const;

/** What names `program` to the kernel. Both must be kept until it has taken it. */
export function programDescription(program: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const description = new DataView(new ArrayBuffer(DESCRIPTION.size));
  description.setUint16(DESCRIPTION.count, program.length / INSTRUCTION_BYTES, true);
  description.setBigUint64(DESCRIPTION.instructions, addressOf(program), true);
  return new Uint8Array(description.buffer);
}
