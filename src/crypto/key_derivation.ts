// How secrets become other secrets and keys: HKDF-Expand-Label of TLS 1.3 and QUIC (RFC 8446 section 7.1),
// and the pseudorandom function of TLS 1.2 (RFC 5246 section 5).

import { type Bytes, HASH_BYTES, type HashName } from "./cipher.ts";
import { decryption } from "./decryption.ts";

const encoder = new TextEncoder();

/** `length` bytes, at most as many as the hash has, for "tls13 " and this label, without context. */
export function expandLabel(hash: HashName, secret: Bytes, label: string, length: number): Bytes {
  const name = encoder.encode(`tls13 ${label}`);
  // Length (2), label and context behind their lengths; the counter of HKDF-Expand (RFC 5869) is 1.
  const info = Uint8Array.of(0, length, name.length, ...name, 0, 1);
  return decryption().hmac(hash, secret, info).slice(0, length);
}

/** The first `length` bytes of PRF(secret, label, seed). */
export function prf(
  hash: HashName,
  secret: Bytes,
  label: string,
  seed: Uint8Array,
  length: number,
): Bytes {
  const crypto = decryption();
  const labelled = joined(encoder.encode(label), seed);
  const out = new Uint8Array(Math.ceil(length / HASH_BYTES[hash]) * HASH_BYTES[hash]);
  let chained = labelled;
  for (let at = 0; at < length; at += HASH_BYTES[hash]) {
    chained = crypto.hmac(hash, secret, chained);
    out.set(crypto.hmac(hash, secret, joined(chained, labelled)), at);
  }
  return out.slice(0, length);
}

function joined(first: Uint8Array, second: Uint8Array): Bytes {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
