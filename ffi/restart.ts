// Running this program anew, in this process.

import { libc } from "./libc.ts";
import { toCString } from "./library.ts";
import { addressOf } from "./memory_address.ts";

/** Begins anew with the environment as it is now. Returns only if the system does not let it. */
export function restart(program: string, args: readonly string[]): void {
  const texts = [program, ...args].map(toCString);
  const argv = new BigUint64Array([...texts.map(addressOf), 0n]);
  libc().execv(toCString(program), new Uint8Array(argv.buffer));
}
