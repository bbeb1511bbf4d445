import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decodedBound, decodeHuffman } from "./huffman.ts";
import { HUFFMAN_LENGTHS } from "./hpack_tables.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

function decode(encoded: Uint8Array): string | null {
  const out = new Uint8Array(decodedBound(encoded.length));
  const written = decodeHuffman(encoded, 0, encoded.length, out);
  return written < 0 ? null : Buffer.from(out.subarray(0, written)).toString("latin1");
}

// Strings of RFC 7541 appendix C.4 and C.6.
const EXAMPLES: readonly [string, string][] = [
  ["f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"],
  ["a8eb10649cbf", "no-cache"],
  ["25a849e95ba97d7f", "custom-key"],
  ["25a849e95bb8e8b4bf", "custom-value"],
  ["6402", "302"],
  ["640eff", "307"],
  ["aec3771a4b", "private"],
  ["d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"],
  ["9bd9ab", "gzip"],
];

Deno.test("decodeHuffman() reads the strings of RFC 7541 appendix C", () => {
  for (const [encoded, text] of EXAMPLES) assert.equal(decode(hex(encoded)), text);
});

Deno.test("decodeHuffman() reads codes of several lengths of appendix B", () => {
  // The rows of the RFC for bytes 0, 10, 92 and 255, each padded with ones.
  assert.equal(decode(hex("ffc7")), "\x00");
  assert.equal(decode(hex("fffffff3")), "\n");
  assert.equal(decode(hex("fffe1f")), "\\");
  assert.equal(decode(hex("fffffbbf")), "\xff");
});

Deno.test("decodeHuffman() reads back every byte and every pair of them", () => {
  for (let first = 0; first < 256; first++) {
    assert.equal(decode(encode([first])), String.fromCharCode(first));
    for (let second = 0; second < 256; second++) {
      assert.equal(decode(encode([first, second])), String.fromCharCode(first, second));
    }
  }
});

Deno.test("decodeHuffman() accepts up to seven bits of padding, all ones", () => {
  assert.equal(decode(hex("")), "");
  assert.equal(decode(hex("07")), "0", "0 is 00000, then three ones");
  assert.equal(decode(hex("06")), null, "padding that is not all ones");
  assert.equal(decode(hex("f1e3c2e5f23a6ba0ab90f4ffff")), null, "eight more bits of padding");
  assert.equal(decode(hex("ff")), null, "padding alone");
});

Deno.test("decodeHuffman() refuses EOS", () => {
  assert.equal(decode(hex("ffffffff")), null);
  assert.equal(decode(hex("07ffffffff")), null);
});

Deno.test("decodeHuffman() stays within its input and output, whatever the bytes", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  for (let round = 0; round < 20000; round++) {
    const encoded = Uint8Array.from({ length: next() % 40 }, () => next());
    const from = Math.min(encoded.length, next() % 4);
    const room = decodedBound(encoded.length - from);
    const out = new Uint8Array(room + 8).fill(0xaa);
    const written = decodeHuffman(encoded, from, encoded.length, out);
    assert.ok(written <= room, `seed ${seed}`);
    assert.ok(out.subarray(room).every((byte) => byte === 0xaa), `seed ${seed}`);
  }
});

/** An encoder that knows the codes from their lengths alone (section 5.2: canonical). */
function encode(bytes: number[]): Uint8Array {
  let bits = bytes.map((byte) => CODES[byte]!).join("");
  bits += "1".repeat((8 - bits.length % 8) % 8);
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
}

const CODES = canonicalCodes();

function canonicalCodes(): string[] {
  const codes: string[] = [];
  const inOrder = [...HUFFMAN_LENGTHS.keys()]
    .sort((a, b) => HUFFMAN_LENGTHS[a]! - HUFFMAN_LENGTHS[b]! || a - b);
  let code = 0;
  let length = HUFFMAN_LENGTHS[inOrder[0]!]!;
  for (const symbol of inOrder) {
    code *= 2 ** (HUFFMAN_LENGTHS[symbol]! - length);
    length = HUFFMAN_LENGTHS[symbol]!;
    codes[symbol] = code.toString(2).padStart(length, "0");
    code++;
  }
  assert.equal(codes[256], "1".repeat(30), "the last code is EOS");
  return codes;
}
