import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { openLibcrypto } from "../../ffi/libcrypto.ts";
import { HASH_WORDS, hashBlocksBy, hashText, HmacKey, messageBlock } from "./sha256.ts";

const own = ["own code", null] as const;
const native = ["libcrypto", openLibcrypto()?.SHA256_Transform ?? null] as const;

/** A test of both ways to hash a block, or of that which there is. */
function test(what: string, run: () => void): void {
  for (const [name, transform] of native[1] === null ? [own] : [own, native]) {
    Deno.test(`${name}: ${what}`, () => {
      hashBlocksBy(transform);
      try {
        run();
      } finally {
        hashBlocksBy(null);
      }
    });
  }
}

const wordsOf = (bytes: Uint8Array): Int32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i));
};

const hex = (words: Int32Array): string =>
  [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

function hmac(key: Uint8Array, message: Uint8Array): string {
  const out = new Int32Array(HASH_WORDS);
  new HmacKey().set(wordsOf(key)).sign(messageBlock(message), out);
  return hex(out);
}

const latin = (text: string): Uint8Array => new TextEncoder().encode(text);

test("HMAC-SHA-256: the test cases of RFC 4231 that fit", () => {
  assert.equal(
    hmac(new Uint8Array(20).fill(0x0b), latin("Hi There")),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  );
  assert.equal(
    hmac(latin("Jefe"), latin("what do ya want for nothing?")),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  assert.equal(
    hmac(new Uint8Array(20).fill(0xaa), new Uint8Array(50).fill(0xdd)),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  );
});

test("messages and keys of every length give the same as node:crypto", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(bytes(64), bytes(55), (key, message) => {
      for (let length = 0; length <= 55; length++) {
        const [k, m] = [key.slice(0, 4 * (length % 17)), message.slice(0, length)];
        assert.equal(hmac(k, m), createHmac("sha256", k).update(m).digest("hex"));
      }
    }),
    { numRuns: 10 },
  );
});

test("a key signs several messages, and can be replaced; blocks can be used again", () => {
  const key = new HmacKey().set(wordsOf(latin("Jefe")));
  const block = messageBlock(new Uint8Array(55).fill(0xff));
  const first = new Int32Array(HASH_WORDS);
  const second = new Int32Array(HASH_WORDS);
  key.sign(messageBlock(latin("abc"), block), first);
  key.sign(block, second);
  assert.deepEqual(first, second);
  assert.equal(hex(first), createHmac("sha256", "Jefe").update("abc").digest("hex"));
  key.set(wordsOf(Buffer.from("another.")));
  key.sign(block, second);
  assert.equal(hex(second), createHmac("sha256", "another.").update("abc").digest("hex"));
});

test("only the first words of an HMAC can be asked for", () => {
  const out = new Int32Array(3);
  const message = messageBlock(latin("what do ya want for nothing?"));
  new HmacKey().set(wordsOf(latin("Jefe"))).sign(message, out);
  assert.equal(hex(out), "5bdcc146bf60754e6a042426");
});

test("a longer message is refused", () => {
  assert.throws(() => messageBlock(new Uint8Array(56)), RangeError);
});

test("texts of every length give the same hash as node:crypto", () => {
  const out = new Int32Array(HASH_WORDS);
  const text = Array.from({ length: 200 }, (_, i) => String.fromCharCode(32 + i % 90)).join("");
  for (let length = 0; length <= text.length; length++) {
    hashText(text.slice(0, length), out);
    const expected = createHash("sha256").update(text.slice(0, length)).digest("hex");
    assert.equal(hex(out), expected, `${length}`);
  }
});
