import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { openLibcrypto } from "../../ffi/libcrypto.ts";
import { BuiltinDecryption } from "./builtin_decryption.ts";
import {
  type Aead,
  AES_128_CCM,
  AES_128_CCM_8,
  AES_128_GCM,
  AES_256_CCM,
  AES_256_CCM_8,
  AES_256_GCM,
  type Bytes,
  CHACHA20_POLY1305,
  type Decryption,
} from "./cipher.ts";
import { LibcryptoDecryption } from "./libcrypto_decryption.ts";

const library = openLibcrypto();
const builtin = new BuiltinDecryption();
await builtin.loadChaCha();

const ALL: readonly (readonly [string, Decryption])[] = [
  ...(library === null ? [] : [["libcrypto", new LibcryptoDecryption(library)] as const]),
  ["builtin", builtin],
];

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i * 7 + 1);
const NONCE = Uint8Array.from({ length: 12 }, (_, i) => 200 - i);
const HEADER = Uint8Array.of(23, 3, 3, 1, 44);
const PLAIN = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) & 0xff);

/** The ciphertext and its tag, by node:crypto, five bytes into an array. */
function sealed(aead: Aead): Bytes {
  if (aead.mode === "ccm") return sealedCcm(aead);
  const cipher = createCipheriv(aead.name as "aes-128-gcm", KEY.subarray(0, aead.key), NONCE, {
    authTagLength: 16,
  });
  cipher.setAAD(HEADER);
  const text = [...cipher.update(PLAIN), ...cipher.final()];
  return Uint8Array.from([0, 0, 0, 0, 0, ...text, ...cipher.getAuthTag()]);
}

/** The same for CCM (RFC 3610 section 2), from its parts, as Deno's node:crypto does not have it. */
function sealedCcm({ key, tag }: Aead): Bytes {
  const padded = (
    bytes: number[],
  ) => [...bytes, ...new Array((16 - bytes.length % 16) % 16).fill(0)];
  const flags = 64 + 8 * ((tag - 2) / 2) + 2;
  const blocks = [
    ...[flags, ...NONCE, 0, PLAIN.length >> 8, PLAIN.length & 0xff],
    ...padded([0, HEADER.length, ...HEADER]),
    ...padded([...PLAIN]),
  ];
  const mac = createCipheriv(`aes-${key * 8}-cbc`, KEY.subarray(0, key), new Uint8Array(16));
  const digest = [...mac.update(Uint8Array.from(blocks))].slice(-16, -16 + tag || undefined);
  const counter = Uint8Array.of(2, ...NONCE, 0, 0, 0);
  const stream = createCipheriv(`aes-${key * 8}-ctr`, KEY.subarray(0, key), counter);
  const first = [...stream.update(Uint8Array.from(padded(digest)))].slice(0, tag);
  return Uint8Array.from([0, 0, 0, 0, 0, ...stream.update(PLAIN), ...first]);
}

const CIPHERS = [AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305];
const CCM = [AES_128_CCM, AES_128_CCM_8, AES_256_CCM, AES_256_CCM_8];

for (const [name, crypto] of ALL) {
  const ciphers = name === "libcrypto" ? [...CIPHERS, ...CCM] : CIPHERS;

  Deno.test(`${name}: opens what is sealed, and nothing that was changed`, () => {
    for (const cipher of ciphers) {
      const key = KEY.subarray(0, cipher.key);
      const bytes = sealed(cipher);
      const out = new Uint8Array(PLAIN.length);
      const opened = () => crypto.open(cipher, key, NONCE, HEADER, bytes, 5, bytes.length, out);
      assert.equal(opened(), true, cipher.name);
      assert.deepEqual(out, PLAIN, cipher.name);
      bytes[bytes.length - 1]! ^= 1;
      assert.equal(opened(), false, cipher.name);
      bytes[bytes.length - 1]! ^= 1;
      assert.equal(opened(), true, cipher.name);
      assert.equal(crypto.open(cipher, key, NONCE, HEADER, bytes, 5, 8, out), false);
    }
  });

  Deno.test(`${name}: decrypts any part`, () => {
    for (const cipher of ciphers) {
      const key = KEY.subarray(0, cipher.key);
      const bytes = sealed(cipher);
      for (
        const [from, to] of [[0, 300], [0, 1], [15, 17], [16, 64], [63, 65], [131, 300]] as const
      ) {
        const out = new Uint8Array(to - from);
        crypto.part(cipher, key, NONCE, from, bytes, 5 + from, 5 + to, out);
        assert.deepEqual(out, PLAIN.subarray(from, to), `${cipher.name} ${from}`);
      }
    }
  });

  Deno.test(`${name}: CBC, and the masks of QUIC (RFC 9001 appendix A.5 for ChaCha20)`, () => {
    const iv = KEY.slice(3, 19);
    for (const length of [16, 32]) {
      const key = KEY.slice(0, length);
      const cipher = createCipheriv(`aes-${length * 8}-cbc`, key, iv);
      cipher.setAutoPadding(false);
      const bytes = Uint8Array.from([...iv, ...cipher.update(PLAIN.subarray(0, 288))]);
      const out = new Uint8Array(288);
      crypto.cbc(key, bytes, 0, bytes.length, out);
      assert.deepEqual(out, PLAIN.slice(0, 288));
    }
    const mask = new Uint8Array(16);
    crypto.mask(AES_256_GCM, KEY, PLAIN, 4, mask);
    const ecb = createCipheriv("aes-256-ecb", KEY, new Uint8Array(0));
    assert.deepEqual(mask, new Uint8Array(ecb.update(PLAIN.subarray(4, 20))));
    const key = Uint8Array.fromHex(
      "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4",
    );
    const sample = Uint8Array.fromHex("5e5cd55c41f69080575d7999c25a5bfb");
    crypto.mask(CHACHA20_POLY1305, key, sample, 0, mask);
    assert.equal(mask.slice(0, 5).toHex(), "aefefe7d03");
  });

  Deno.test(`${name}: HMAC (RFC 4231 test case 2)`, () => {
    const encoder = new TextEncoder();
    const mac = crypto.hmac(
      "sha256",
      encoder.encode("Jefe"),
      encoder.encode("what do ya want for nothing?"),
    );
    assert.equal(mac.toHex(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });
}

for (const [name, decryption] of ALL.filter(([name]) => name === "libcrypto")) {
  Deno.test(`${name}: nothing is written beyond a buffer that is too short`, () => {
    const bytes = sealed(AES_128_GCM);
    const room = new Uint8Array(PLAIN.length);
    const out = room.subarray(0, PLAIN.length - 100);
    const key = KEY.subarray(0, AES_128_GCM.key);
    const isOpen = decryption.open(AES_128_GCM, key, NONCE, HEADER, bytes, 5, bytes.length, out);
    assert.equal(isOpen, false);
    assert.ok(room.every((byte) => byte === 0));
  });
}
