// Cipher suites that can be decrypted: those of TLS 1.3 (RFC 8446 appendix B.4), and those of TLS 1.2 with AES
// or ChaCha20 in IANA's registry. How a key was agreed on does not matter here.

import {
  type Aead,
  AES_128_CCM,
  AES_128_CCM_8,
  AES_128_GCM,
  AES_256_CCM,
  AES_256_CCM_8,
  AES_256_GCM,
  CHACHA20_POLY1305,
  type HashName,
} from "../../crypto/cipher.ts";

export interface CipherSuite {
  /** Null for AES in CBC mode with a MAC of its own. */
  readonly aead: Aead | null;
  /** Bytes of the key. */
  readonly key: number;
  /** Of the MAC; null if `aead` is there. */
  readonly mac: HashName | null;
  /** What keys are derived with. */
  readonly hash: HashName;
}

const withAead = (aead: Aead, hash: HashName): CipherSuite => ({
  aead,
  key: aead.key,
  mac: null,
  hash,
});
const withCbc = (key: number, mac: HashName, hash: HashName): CipherSuite => ({
  aead: null,
  key,
  mac,
  hash,
});

export const TLS_AES_128_GCM_SHA256 = withAead(AES_128_GCM, "sha256");
export const TLS_AES_256_GCM_SHA384 = withAead(AES_256_GCM, "sha384");
export const TLS_CHACHA20_POLY1305_SHA256 = withAead(CHACHA20_POLY1305, "sha256");
const CCM = withAead(AES_128_CCM, "sha256");
const CCM_8 = withAead(AES_128_CCM_8, "sha256");

const SUITES = new Map<number, CipherSuite>();

const add = (suite: CipherSuite, ...numbers: number[]): void =>
  numbers.forEach((number) => SUITES.set(number, suite));

// TLS 1.3
add(TLS_AES_128_GCM_SHA256, 0x1301);
add(TLS_AES_256_GCM_SHA384, 0x1302);
add(TLS_CHACHA20_POLY1305_SHA256, 0x1303);
add(CCM, 0x1304);
add(CCM_8, 0x1305);
// GCM, with RSA, DHE, DH, PSK, ECDHE and ECDH
add(TLS_AES_128_GCM_SHA256, 0x9c, 0x9e, 0xa0, 0xa2, 0xa4, 0xa8, 0xaa, 0xac);
add(TLS_AES_128_GCM_SHA256, 0xc02b, 0xc02d, 0xc02f, 0xc031, 0xd001);
add(TLS_AES_256_GCM_SHA384, 0x9d, 0x9f, 0xa1, 0xa3, 0xa5, 0xa9, 0xab, 0xad);
add(TLS_AES_256_GCM_SHA384, 0xc02c, 0xc02e, 0xc030, 0xc032, 0xd002);
// CCM
add(CCM, 0xc09c, 0xc09e, 0xc0a4, 0xc0a6, 0xc0ac, 0xd005);
add(CCM_8, 0xc0a0, 0xc0a2, 0xc0a8, 0xc0aa, 0xc0ae, 0xd003);
add(withAead(AES_256_CCM, "sha256"), 0xc09d, 0xc09f, 0xc0a5, 0xc0a7, 0xc0ad);
add(withAead(AES_256_CCM_8, "sha256"), 0xc0a1, 0xc0a3, 0xc0a9, 0xc0ab, 0xc0af);
// ChaCha20
add(TLS_CHACHA20_POLY1305_SHA256, 0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac, 0xccad, 0xccae);
// CBC with SHA-1, SHA-256 and SHA-384
add(withCbc(16, "sha1", "sha256"), 0x2f, 0x30, 0x31, 0x32, 0x33, 0x8c, 0x90, 0x94);
add(withCbc(16, "sha1", "sha256"), 0xc004, 0xc009, 0xc00e, 0xc013, 0xc035);
add(withCbc(32, "sha1", "sha256"), 0x35, 0x36, 0x37, 0x38, 0x39, 0x8d, 0x91, 0x95);
add(withCbc(32, "sha1", "sha256"), 0xc005, 0xc00a, 0xc00f, 0xc014, 0xc036);
add(withCbc(16, "sha256", "sha256"), 0x3c, 0x3e, 0x3f, 0x40, 0x67, 0xae, 0xb2, 0xb6);
add(withCbc(16, "sha256", "sha256"), 0xc023, 0xc025, 0xc027, 0xc029, 0xc037);
add(withCbc(32, "sha256", "sha256"), 0x3d, 0x68, 0x69, 0x6a, 0x6b);
add(withCbc(32, "sha384", "sha384"), 0xaf, 0xb3, 0xb7, 0xc024, 0xc026, 0xc028, 0xc02a, 0xc038);

/** Null if it is not known, or none that is decrypted. */
export const cipherSuite = (number: number): CipherSuite | null => SUITES.get(number) ?? null;

/** Those of TLS 1.3 that a secret of this length can be of. */
export const suitesOfSecret = (length: number): readonly CipherSuite[] =>
  length === 48
    ? [TLS_AES_256_GCM_SHA384]
    : [TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256, CCM];
