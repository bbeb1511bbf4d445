// Addresses of JavaScript's memory as numbers, for structures and system calls.

/** The address of `bytes[0]`. Keep a reference to `bytes` as long as it is used. */
export function addressOf(
  bytes: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | BigInt64Array<SharedArrayBuffer>,
): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}
