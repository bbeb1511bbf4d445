import assert from "node:assert/strict";
import { createCipheriv, createHmac } from "node:crypto";
import { expandLabel } from "../../crypto/key_derivation.ts";
import { CLIENT, type Conversation, type InnerStream, NOT_MINE } from "../analyser.ts";
import { cipherSuite, TLS_AES_128_GCM_SHA256 } from "./cipher_suites.ts";
import { cipherOfSecret, nextSecret, RecordCipher } from "./record_cipher.ts";
import { plaintextOf } from "./plaintexts.ts";
import { type RecordOwner, RecordReader } from "./record_reader.ts";
import { Epoch } from "./session_ciphers.ts";
import { APPLICATION_DATA } from "./records.ts";

const SUITE = TLS_AES_128_GCM_SHA256;
const SECRET = new Uint8Array(32).fill(9);

/** A record of TLS 1.3 with this content, padded. */
function sealed(content: string, sequence: number, secret = SECRET, padding = 0): Uint8Array {
  const iv = expandLabel("sha256", secret, "iv", 12);
  new DataView(iv.buffer).setUint32(8, new DataView(iv.buffer).getUint32(8) ^ sequence);
  const text = new TextEncoder().encode(content);
  const plain = Uint8Array.of(...text, APPLICATION_DATA, ...new Uint8Array(padding));
  const length = plain.length + 16;
  const header = Uint8Array.of(APPLICATION_DATA, 3, 3, length >> 8, length & 0xff);
  const cipher = createCipheriv("aes-128-gcm", expandLabel("sha256", secret, "key", 16), iv);
  cipher.setAAD(header);
  return Uint8Array.of(
    ...header,
    ...cipher.update(plain),
    ...cipher.final(),
    ...cipher.getAuthTag(),
  );
}

const AES_128_CBC_SHA = cipherSuite(0x2f)!;
const CBC_KEYS = {
  key: new Uint8Array(16).fill(1),
  iv: new Uint8Array(0),
  mac: new Uint8Array(20).fill(2),
};

/** A record of TLS 1.2 in CBC mode with this content; its MAC is of the content, or of the ciphertext. */
function sealedCbc(content: string, sequence: number, isMacLast: boolean, padding = 0): Uint8Array {
  const iv = new Uint8Array(16).fill(7 + sequence);
  const mac = (bytes: Uint8Array): Uint8Array => {
    const { length } = bytes;
    const added = [
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      sequence,
      APPLICATION_DATA,
      3,
      3,
      length >> 8,
      length & 255,
    ];
    return createHmac("sha1", CBC_KEYS.mac).update(Uint8Array.of(...added, ...bytes)).digest();
  };
  const text = new TextEncoder().encode(content);
  const inside = isMacLast ? text : Uint8Array.of(...text, ...mac(text));
  const more = 15 - inside.length % 16 + padding;
  const cipher = createCipheriv("aes-128-cbc", CBC_KEYS.key, iv).setAutoPadding(false);
  const blocks = cipher.update(Uint8Array.of(...inside, ...new Uint8Array(more + 1).fill(more)));
  const body = Uint8Array.of(...iv, ...blocks);
  const all = isMacLast ? Uint8Array.of(...body, ...mac(body)) : body;
  return Uint8Array.of(APPLICATION_DATA, 3, 3, all.length >> 8, all.length & 255, ...all);
}

/** Reads records in CBC mode. */
function insideCbc(isMacLast: boolean): Inside {
  const inside = new Inside();
  const cipher = new RecordCipher(AES_128_CBC_SHA, CBC_KEYS, false, isMacLast);
  inside.reader.change(Epoch.APPLICATION, { cipher, secret: null });
  return inside;
}

/** Keeps what comes out of the records. */
class Inside {
  text = "";
  /** Bytes to pass over. */
  skip = 0;
  passed = 0;
  readonly gaps: number[] = [];
  readonly stream = {
    isLeft: false,
    skipLeft: () => this.skip,
    pass: (_on: Conversation, _side: number, length: number) => {
      this.passed += length;
      this.skip -= length;
    },
    bytes: (_on: Conversation, _side: number, bytes: Uint8Array, at: number, end: number) => {
      const from = Math.min(end, at + this.skip);
      this.passed += from - at;
      this.skip -= from - at;
      this.text += new TextDecoder().decode(bytes.subarray(from, end));
    },
    gap: (_on: Conversation, _side: number, length: number) => {
      this.gaps.push(length);
      this.skip = Math.max(0, this.skip - length);
    },
    settle: () => {},
    beginsMessage: (bytes: Uint8Array, at: number) =>
      new TextDecoder().decode(bytes.subarray(at, at + 9)) === "HTTP/1.1 ",
  } as unknown as InnerStream;
  readonly reader: RecordReader;
  readonly on = {
    depth: 0,
    time: 1e15,
    skip: (_side: number, length: number) => void (this.#toSkip = length),
    sink: { resynchronised: () => {} },
  } as unknown as Conversation;
  #carry = new Uint8Array(0);
  #toSkip = 0;

  constructor() {
    const owner: RecordOwner = {
      inner: this.stream,
      isNameless: false,
      clientOf: () => null,
      record: (on, reader, bytes, at, length) => {
        const out = plaintextOf(on);
        if (reader.isVerified && reader.cipher!.hasParts) {
          reader.content(on, bytes, at, length, out);
          return true;
        }
        const size = reader.open(bytes, at, length, out);
        if (size < 0) return false;
        reader.openedType(bytes[at]!, out, size);
        this.stream.bytes(on, CLIENT, out, 0, reader.contentSize);
        return true;
      },
      later: () => {
        const secret = nextSecret(SUITE, SECRET);
        return [{ epoch: Epoch.APPLICATION, cipher: cipherOfSecret(SUITE, secret), secret }];
      },
    };
    this.reader = new RecordReader(CLIENT, owner);
    this.reader.change(Epoch.APPLICATION, {
      cipher: cipherOfSecret(SUITE, SECRET),
      secret: SECRET,
    });
  }

  /** Feeds bytes as a flow does; false once the reader has given up. */
  feed(bytes: Uint8Array): boolean {
    const all = Uint8Array.of(...this.#carry, ...bytes);
    for (let at = 0; at < all.length;) {
      const skipped = Math.min(this.#toSkip, all.length - at);
      this.#toSkip -= skipped;
      if (skipped > 0) {
        if (this.#toSkip === 0) this.reader.skipped(this.on);
        at += skipped;
        continue;
      }
      const consumed = this.reader.data(this.on, all, at, all.length);
      if (consumed === NOT_MINE) return false;
      if (consumed === 0) {
        this.#carry = all.slice(at);
        return true;
      }
      at += consumed;
    }
    this.#carry = new Uint8Array(0);
    return true;
  }

  gap(length: number): void {
    this.#carry = new Uint8Array(0);
    this.reader.gap(this.on, length);
  }
}

const LONG = "0123456789".repeat(300);

Deno.test("records in pieces of any length, also padded", () => {
  for (const piece of [1, 7, 100, 1000, 5000]) {
    const inside = new Inside();
    const bytes = [sealed("a", 0), sealed(LONG, 1), sealed("b", 2, SECRET, 700), sealed(LONG, 3)]
      .flatMap((each) => [...each]);
    for (let at = 0; at < bytes.length; at += piece) {
      assert.ok(inside.feed(Uint8Array.from(bytes.slice(at, at + piece))));
    }
    assert.equal(inside.text, `a${LONG}b${LONG}`, `${piece}`);
  }
});

Deno.test("what nobody wants is passed over, to the byte", () => {
  for (const piece of [50, 1000, 5000]) {
    const inside = new Inside();
    inside.feed(sealed("a", 0));
    inside.skip = 2990;
    const record = sealed(LONG, 1);
    for (let at = 0; at < record.length; at += piece) inside.feed(record.slice(at, at + piece));
    assert.deepEqual([inside.text, inside.passed], ["a0123456789", 2990], `${piece}`);
  }
});

Deno.test("a hole in a record that is read as it comes costs its bytes", () => {
  const inside = new Inside();
  inside.feed(sealed("a", 0));
  const record = sealed(LONG, 1);
  inside.feed(record.slice(0, 1505));
  inside.gap(100);
  inside.feed(record.slice(1605));
  inside.feed(sealed("b", 2));
  assert.equal(inside.text, "a" + LONG.slice(0, 1500) + LONG.slice(1600) + "b");
  assert.deepEqual(inside.gaps, [100]);
});

const ANSWER = `HTTP/1.1 200 OK\r\n\r\n${LONG}`;

Deno.test("a record whose end is lost is found after a hole if a message begins with it", () => {
  const inside = new Inside();
  inside.feed(sealed("a", 0));
  inside.gap(200);
  const record = sealed(ANSWER, 3);
  inside.feed(record.slice(0, 1448));
  inside.gap(record.length - 1448);
  inside.feed(sealed("b", 4));
  assert.equal(inside.text, "a" + ANSWER.slice(0, 1443) + "b");
});

Deno.test("the first record of a key is read before it is whole if a message begins with it", () => {
  const inside = new Inside();
  inside.feed(sealed(ANSWER, 0).slice(0, 1448));
  assert.equal(inside.text, ANSWER.slice(0, 1443));
});

for (const isMacLast of [false, true]) {
  const kind = `CBC, the MAC ${isMacLast ? "of what is encrypted" : "encrypted"}`;

  Deno.test(`${kind}: records in pieces of any length, also padded`, () => {
    for (const piece of [1, 7, 100, 1000, 5000]) {
      const inside = insideCbc(isMacLast);
      const bytes = [0, 1, 2, 3, 4, 5].flatMap((sequence) => [
        ...sealedCbc(
          LONG.slice(0, 2900 + 7 * sequence),
          sequence,
          isMacLast,
          sequence < 4 ? 0 : 64,
        ),
      ]);
      for (let at = 0; at < bytes.length; at += piece) {
        assert.ok(inside.feed(Uint8Array.from(bytes.slice(at, at + piece))));
      }
      const text = [0, 1, 2, 3].map((sequence) => LONG.slice(0, 2900 + 7 * sequence)).join("");
      assert.ok(inside.text.startsWith(text), `${piece}`);
    }
  });

  Deno.test(`${kind}: what nobody wants is passed over, to the byte`, () => {
    for (const skip of [5, 1000, 2990, 2999]) {
      for (const piece of [50, 1000, 5000]) {
        const inside = insideCbc(isMacLast);
        inside.feed(sealedCbc("a", 0, isMacLast));
        inside.skip = skip;
        const record = sealedCbc(LONG, 1, isMacLast);
        for (let at = 0; at < record.length; at += piece) inside.feed(record.slice(at, at + piece));
        assert.deepEqual([inside.text, inside.passed], ["a" + LONG.slice(skip), skip], `${skip}`);
      }
    }
  });

  Deno.test(`${kind}: a hole costs its blocks and the one that follows`, () => {
    for (const length of [1, 15, 16, 100, 1000, 1480]) {
      const inside = insideCbc(isMacLast);
      inside.feed(sealedCbc("a", 0, isMacLast));
      const record = sealedCbc(LONG, 1, isMacLast);
      inside.feed(record.slice(0, 1505));
      inside.gap(length);
      inside.feed(record.slice(1505 + length));
      inside.feed(sealedCbc("b", 2, isMacLast));
      const [before, after] = [LONG.slice(0, 1472), inside.text.slice(1473)];
      assert.equal(inside.text.slice(0, 1473), "a" + before);
      const lost = inside.gaps.reduce((sum, gap) => sum + gap, 0);
      assert.equal(after, LONG.slice(1472 + lost) + "b");
      assert.ok(lost < length + 3 * 16, `${lost} of ${length}`);
    }
  });

  Deno.test(`${kind}: after a hole the next record is found, and how much is missing`, () => {
    for (const isWhole of [true, false]) {
      const inside = insideCbc(isMacLast);
      inside.feed(sealedCbc("a", 0, isMacLast));
      inside.skip = 44;
      inside.gap(sealedCbc("x".repeat(44), 1, isMacLast).length);
      const record = sealedCbc(ANSWER, 2, isMacLast);
      inside.feed(isWhole ? record : record.slice(0, 1448));
      assert.ok(inside.text.startsWith("aHTTP/1.1 200 OK"));
      assert.deepEqual(inside.gaps, [44]);
      if (!isWhole) inside.feed(record.slice(1448));
      inside.feed(sealedCbc("b", 3, isMacLast));
      assert.equal(inside.text, `a${ANSWER}b`);
    }
  });
}

Deno.test("after a hole of whole records the next one is found, and how much is missing", () => {
  for (const missing of [1, 2, 30]) {
    const inside = new Inside();
    inside.feed(sealed("a", 0));
    const length = sealed("lost", 1).length;
    inside.skip = 4 * missing;
    inside.gap(missing * length);
    assert.deepEqual(inside.gaps, [], "it may be in what is skipped");
    inside.feed(sealed("b", 1 + missing));
    inside.feed(sealed("c", 2 + missing));
    assert.equal(inside.text, "abc");
    assert.deepEqual(inside.gaps, [4 * missing]);
  }
});

Deno.test("a hole in what somebody wants is told at once", () => {
  const inside = new Inside();
  inside.feed(sealed("a", 0));
  inside.gap(sealed("lost", 1).length);
  assert.deepEqual(inside.gaps, [4]);
  inside.feed(sealed("b", 2));
  assert.deepEqual([inside.gaps, inside.text], [[4], "ab"]);
});

Deno.test("after a hole with a KeyUpdate in it the next keys are found", () => {
  const inside = new Inside();
  inside.feed(sealed("a", 0));
  inside.gap(200);
  inside.feed(sealed("b", 3, nextSecret(SUITE, SECRET)));
  assert.equal(inside.text, "ab");
});

Deno.test("a flood of what only looks like records costs little, and ends", () => {
  const began = performance.now();
  const garbage = Uint8Array.from({ length: 1400 }, (_, i) => [23, 3, 3, 0, 20][i % 5]!);
  let fed = 0;
  for (let connection = 0; connection < 50; connection++) {
    const inside = new Inside();
    inside.feed(sealed("a", 0));
    inside.gap(1 << 20);
    for (let packet = 0; packet < 100 && inside.feed(garbage); packet++) fed++;
  }
  assert.ok(fed < 50 * 100, "readers give up");
  // All within one second of packet time: no more than a tenth of a second is meant to be spent on it.
  assert.ok(performance.now() - began < 2000, `${performance.now() - began} ms`);
});
