// Where JavaScript's memory lies, for structures and system calls that take an address as a number.

/** The address of the first of `bytes`, which must be kept as long as it is used. */
export function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}
