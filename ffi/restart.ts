// Replaces this process by a new run of a program (execve(2)).

import { libc } from "./libc.ts";
import { toCString } from "./library.ts";
import { addressOf } from "./memory_address.ts";

/** Runs `program` with the current environment. Returns only if that fails. */
export function restart(program: string, args: readonly string[]): void {
  const texts = [program, ...args].map(toCString);
  const argv = new BigUint64Array([...texts.map(addressOf), 0n]);
  libc().execv(toCString(program), new Uint8Array(argv.buffer));
}
