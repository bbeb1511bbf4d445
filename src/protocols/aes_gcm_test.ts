import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { AesGcm } from "./aes_gcm.ts";
import { concat } from "./quic_samples.ts";

const gcm = new AesGcm();

/** The plain text; null where the tag does not fit. */
function open(
  key: Uint8Array,
  nonce: Uint8Array,
  along: Uint8Array,
  sealed: Uint8Array,
  at = 0,
): Uint8Array | null {
  const keyView = new DataView(Uint8Array.from(key).buffer);
  const nonceView = new DataView(Uint8Array.from(nonce).buffer);
  gcm.set(Int32Array.from({ length: 4 }, (_, i) => keyView.getInt32(4 * i)));
  const length = sealed.length - at - 16;
  const out = concat(along, new Uint8Array(length + 15));
  const [n0, n1, n2] = [0, 4, 8].map((at) => nonceView.getInt32(at));
  const view = new DataView(sealed.buffer);
  const outView = new DataView(out.buffer);
  const isOpen = gcm.open(n0!, n1!, n2!, view, at, sealed.length, outView, along.length);
  return isOpen ? out.slice(along.length, along.length + length) : null;
}

function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  along: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  cipher.setAAD(along);
  return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const message = fc.record({
  key: octets(16),
  nonce: octets(12),
  along: fc.uint8Array({ maxLength: 70 }),
  plain: fc.uint8Array({ maxLength: 600 }),
});

Deno.test("what node:crypto sealed is opened, wherever it lies", () => {
  fc.assert(fc.property(message, fc.nat(20), ({ key, nonce, along, plain }, at) => {
    const sealed = concat(new Uint8Array(at), seal(key, nonce, along, plain));
    assert.deepEqual(open(key, nonce, along, sealed, at), Uint8Array.from(plain));
  }));
});

Deno.test("more than 256 blocks", () => {
  const [key, nonce] = [new Uint8Array(16).fill(1), new Uint8Array(12).fill(2)];
  const plain = Uint8Array.from({ length: 9000 }, (_, i) => i * 11);
  assert.deepEqual(open(key, nonce, plain, seal(key, nonce, plain, plain)), plain);
});

Deno.test("one changed bit, sealed or along with it, is noticed", () => {
  const change = fc.record({ at: fc.nat(), bit: fc.nat(7) });
  fc.assert(fc.property(message, change, ({ key, nonce, along, plain }, { at, bit }) => {
    const sealed = seal(key, nonce, along, plain);
    const both = concat(along, sealed);
    both[at % both.length]! ^= 1 << bit;
    assert.equal(
      open(key, nonce, both.slice(0, along.length), both.slice(along.length)),
      null,
    );
  }));
});
