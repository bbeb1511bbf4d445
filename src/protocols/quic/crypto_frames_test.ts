import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CryptoStream,
  MAX_AHEAD,
  MAX_CRYPTO,
  MAX_PIECES,
  readFrames,
  readGoogleFrames,
} from "./crypto_frames.ts";
import {
  CLIENT_FRAMES,
  concat,
  cryptoFrame,
  fromHex,
  SERVER_FRAMES,
  varintOf,
} from "./quic_samples.ts";

const contents = ({ bytes, at, length }: CryptoStream): Uint8Array => bytes.slice(at, at + length);

const message = Uint8Array.from({ length: 3000 }, (_, i) => i * 7);

Deno.test("the frames of RFC 9001 appendix A: CRYPTO, PADDING, ACK", () => {
  const client = new CryptoStream();
  assert(readFrames(CLIENT_FRAMES, client));
  assert.equal(client.length, 241);
  const server = new CryptoStream();
  assert(readFrames(SERVER_FRAMES, server));
  assert.equal(server.length, 90);
});

Deno.test("all frames that an Initial packet may have are skipped", () => {
  const stream = new CryptoStream();
  const frames = concat(
    fromHex("00 01 02 05 00 00 00"), // PADDING, PING, ACK of one packet
    fromHex("02 4005 4000 02 01 00 01 00 01"), // ACK of three ranges
    fromHex("03 05 00 00 00 01 02 03"), // ACK with ECN counts
    cryptoFrame(0, fromHex("aabb")),
    fromHex("1c 0a 00 03 616263"), // CONNECTION_CLOSE
    cryptoFrame(2, fromHex("cc")),
  );
  assert(readFrames(frames, stream));
  assert.deepEqual(contents(stream), fromHex("aabbcc"));
});

Deno.test("a frame that is not allowed ends the packet; the frames before it count", () => {
  const stream = new CryptoStream();
  assert(!readFrames(concat(cryptoFrame(0, fromHex("aa")), fromHex("08 00 00")), stream));
  assert.equal(stream.length, 1);
});

Deno.test("pieces in any order, split anywhere, overlapping, give the same bytes", () => {
  const pieces = fc.array(
    fc.record({ from: fc.nat(message.length - 1), length: fc.nat(700) }),
    { maxLength: 60 },
  );
  fc.assert(fc.property(pieces, (pieces) => {
    const stream = new CryptoStream();
    const come = new Array<boolean>(message.length).fill(false);
    for (const { from, length } of pieces) {
      const to = Math.min(message.length, from + length);
      assert(readFrames(cryptoFrame(from, message.subarray(from, to)), stream));
      come.fill(true, from, to);
    }
    const hole = come.indexOf(false);
    const length = hole < 0 ? message.length : hole;
    assert.deepEqual(contents(stream), message.slice(0, length));
  }));
});

Deno.test("frames of one byte, from last to first", () => {
  const stream = new CryptoStream();
  for (let at = message.length - 1; at >= 0; at--) {
    assert(stream.add(at, message, at, at + 1));
    assert.equal(stream.length, at === 0 ? message.length : 0);
  }
  assert.deepEqual(contents(stream), message);
});

Deno.test("nothing is kept past the bounds", () => {
  const stream = new CryptoStream();
  assert(!stream.add(MAX_AHEAD, message, 0, 1));
  assert(!stream.add(2 ** 60, message, 0, 1));
  assert.equal(stream.bytes.length, 0);
  const chunk = new Uint8Array(MAX_AHEAD);
  for (let at = 0; at < MAX_CRYPTO; at += MAX_AHEAD) assert(stream.add(at, chunk, 0, MAX_AHEAD));
  assert(!stream.add(MAX_CRYPTO, chunk, 0, 1));
  assert.equal(stream.length, MAX_CRYPTO);
  assert.equal(stream.bytes.length, MAX_CRYPTO);
});

Deno.test("pieces past a hole are bounded, and what fills the hole still counts", () => {
  const stream = new CryptoStream();
  for (let i = 1; i <= MAX_PIECES; i++) assert(stream.add(2 * i, message, 2 * i, 2 * i + 1));
  const past = 2 * MAX_PIECES + 2;
  assert(!stream.add(past, message, past, past + 1));
  for (let i = MAX_PIECES; i >= 0; i--) assert(stream.add(2 * i, message, 2 * i, 2 * i + 2));
  assert.deepEqual(contents(stream), message.slice(0, past));
  assert(stream.add(past + 1, message, past + 1, past + 2));
});

Deno.test("a message in one frame is not copied, only if more frames come", () => {
  const payload = cryptoFrame(0, message);
  const stream = new CryptoStream();
  assert(readFrames(payload, stream));
  assert.equal(stream.bytes, payload);
  assert.deepEqual(contents(stream), message);
  assert(stream.add(message.length, fromHex("aabb"), 0, 2));
  assert.deepEqual(contents(stream), concat(message, fromHex("aabb")));
  assert.deepEqual(payload, cryptoFrame(0, message));
});

Deno.test("a frame cut off anywhere is malformed", () => {
  const whole = [
    cryptoFrame(0, fromHex("aabbcc")),
    fromHex("02 4005 4000 02 01 00 01 00 01"),
    fromHex("03 05 00 00 00 01 02 03"),
    fromHex("1c 0a 00 03 616263"),
  ];
  for (const frame of whole) {
    assert(readFrames(frame, new CryptoStream()));
    for (let end = 1; end < frame.length; end++) {
      assert(!readFrames(frame.subarray(0, end), new CryptoStream()));
    }
  }
});

Deno.test("lengths and counts of 2^62 end quickly", () => {
  const most = fromHex("ffffffffffffffff");
  for (const start of ["06 00", "06", "02 00 00", "1c 00 00"]) {
    const frames = concat(fromHex(start), most, new Uint8Array(1200));
    assert(!readFrames(frames, new CryptoStream()));
  }
});

Deno.test("Google's frames have numbers of their own", () => {
  const stream = new CryptoStream();
  const frames = concat(
    fromHex("07 00"),
    cryptoFrame(0, fromHex("aabb"), 0x08),
    fromHex("40 01 02"),
  );
  assert(readGoogleFrames(frames, stream));
  assert.deepEqual(contents(stream), fromHex("aabb"));
  assert(!readGoogleFrames(concat(fromHex("08"), varintOf(0), varintOf(9)), stream));
});

Deno.test("any bytes give a result within the bounds", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
    for (const read of [readFrames, readGoogleFrames]) {
      const stream = new CryptoStream();
      assert.equal(typeof read(bytes, stream), "boolean");
      assert(stream.bytes.length <= MAX_CRYPTO);
    }
  }));
});
