import assert from "node:assert/strict";
import { Ghash } from "./ghash.ts";
import { octets } from "./quic_samples.ts";

const hash = new Ghash();

const hex = (words: Int32Array): string =>
  [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

const viewOf = (data: string): DataView => new DataView(octets(data).buffer);

function setKey(key: string): void {
  const view = viewOf(key);
  hash.set(view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12));
  hash.reset();
}

// H, X1 and GHASH of test cases 2 and 4 of "The Galois/Counter Mode of Operation", McGrew and Viega.

Deno.test("one block, then its length: test case 2 of GCM's specification", () => {
  setKey("66e94bd4ef8a2c3b884cfa59ca342b2e");
  hash.octets(viewOf("0388dace60b6a392f328c2b971b2fe78"), 0, 16);
  assert.equal(hex(hash.out), "5e2ec746917062882c85b0685353deb7");
  hash.block(0, 0, 0, 128);
  assert.equal(hex(hash.out), "f38cbb1ad69223dcc3457ae5b6b0f885");
});

Deno.test("parts that are no whole blocks: test case 4 of GCM's specification", () => {
  setKey("b83b533708bf535d0aa6e52980d53b78");
  hash.octets(viewOf("feedfacedeadbeeffeedfacedeadbeefabaddad2"), 0, 20);
  hash.octets(
    viewOf(`42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
      21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091`),
    0,
    60,
  );
  hash.block(0, 160, 0, 480);
  assert.equal(hex(hash.out), "698e57f70e6ecc7fd9463b7260a9ae5f");
});
