import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { HpackDecoder, MAX_TABLE_SIZE } from "./hpack.ts";

type Field = [name: string | null, value: string | null];

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** The fields of a block; null if it is refused. */
function decode(decoder: HpackDecoder, block: Uint8Array): Field[] | null {
  const fields: Field[] = [];
  const good = decoder.decode(block, 0, block.length, {
    field: (name, value) => void fields.push([name, value]),
  });
  return good ? fields : null;
}

const tableOf = (decoder: HpackDecoder): Field[] =>
  decoder.table.entries.map(({ name, value }) => [name, value]);

// RFC 7541 appendix C.2: one representation each.
const FIELD_EXAMPLES: { block: string; field: Field; indexed: boolean }[] = [
  {
    block: "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
    field: ["custom-key", "custom-header"],
    indexed: true,
  },
  {
    block: "040c 2f73 616d 706c 652f 7061 7468",
    field: [":path", "/sample/path"],
    indexed: false,
  },
  {
    block: "1008 7061 7373 776f 7264 0673 6563 7265 74",
    field: ["password", "secret"],
    indexed: false,
  },
  { block: "82", field: [":method", "GET"], indexed: false },
];

Deno.test("HpackDecoder reads the field representations of RFC 7541 appendix C.2", () => {
  for (const { block, field, indexed } of FIELD_EXAMPLES) {
    const decoder = new HpackDecoder();
    assert.deepEqual(decode(decoder, hex(block)), [field]);
    assert.deepEqual(tableOf(decoder), indexed ? [field] : []);
    if (indexed) assert.equal(decoder.table.size, 55);
  }
});

interface Step {
  block: string;
  fields: Field[];
  /** The dynamic table afterwards, newest first. */
  table: Field[];
  size: number;
}

const AUTHORITY: Field = [":authority", "www.example.com"];
const NO_CACHE: Field = ["cache-control", "no-cache"];
const CUSTOM: Field = ["custom-key", "custom-value"];
const GET_ROOT: Field[] = [[":method", "GET"], [":scheme", "http"], [":path", "/"], AUTHORITY];
const GET_INDEX: Field[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/index.html"],
  AUTHORITY,
  CUSTOM,
];

const requests = (...blocks: string[]): Step[] => [
  { block: blocks[0]!, fields: GET_ROOT, table: [AUTHORITY], size: 57 },
  {
    block: blocks[1]!,
    fields: [...GET_ROOT, NO_CACHE],
    table: [NO_CACHE, AUTHORITY],
    size: 110,
  },
  { block: blocks[2]!, fields: GET_INDEX, table: [CUSTOM, NO_CACHE, AUTHORITY], size: 164 },
];

const PRIVATE: Field = ["cache-control", "private"];
const FIRST_DATE: Field = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"];
const SECOND_DATE: Field = ["date", "Mon, 21 Oct 2013 20:13:22 GMT"];
const LOCATION: Field = ["location", "https://www.example.com"];
const GZIP: Field = ["content-encoding", "gzip"];
const COOKIE: Field = ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"];

const responses = (...blocks: string[]): Step[] => [
  {
    block: blocks[0]!,
    fields: [[":status", "302"], PRIVATE, FIRST_DATE, LOCATION],
    table: [LOCATION, FIRST_DATE, PRIVATE, [":status", "302"]],
    size: 222,
  },
  {
    block: blocks[1]!,
    fields: [[":status", "307"], PRIVATE, FIRST_DATE, LOCATION],
    table: [[":status", "307"], LOCATION, FIRST_DATE, PRIVATE],
    size: 222,
  },
  {
    block: blocks[2]!,
    fields: [[":status", "200"], PRIVATE, SECOND_DATE, LOCATION, GZIP, COOKIE],
    table: [COOKIE, GZIP, SECOND_DATE],
    size: 215,
  },
];

// RFC 7541 appendix C.3 to C.6: three blocks on one connection each.
const SEQUENCES: { section: string; tableSize: number; steps: Step[] }[] = [
  {
    section: "C.3",
    tableSize: 4096,
    steps: requests(
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ),
  },
  {
    section: "C.4",
    tableSize: 4096,
    steps: requests(
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ),
  },
  {
    section: "C.5",
    tableSize: 256,
    steps: responses(
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
       2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70
       6c65 2e63 6f6d`,
      "4803 3330 37c1 c0bf",
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
       54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049
       5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e
       3d31`,
    ),
  },
  {
    section: "C.6",
    tableSize: 256,
    steps: responses(
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
       2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      "4883 640e ffc1 c0bf",
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
       77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
       9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ),
  },
];

for (const { section, tableSize, steps } of SEQUENCES) {
  Deno.test(`HpackDecoder reads the blocks of RFC 7541 appendix ${section}`, () => {
    const decoder = new HpackDecoder();
    assert.deepEqual(decode(decoder, sizeUpdate(tableSize)), []);
    for (const { block, fields, table, size } of steps) {
      assert.deepEqual(decode(decoder, hex(block.replaceAll(/\s/g, ""))), fields);
      assert.deepEqual(tableOf(decoder), table);
      assert.equal(decoder.table.size, size);
    }
  });
}

Deno.test("HpackDecoder reads the integers of RFC 7541 appendix C.1", () => {
  const decoder = new HpackDecoder();
  const resized = (block: string, valueLength: number): number => {
    assert.deepEqual(decode(decoder, hex(block)), []);
    const fields = decode(decoder, literal(0x40, "n", "v".repeat(valueLength)));
    assert.equal(fields?.length, 1);
    return decoder.table.size;
  };
  // 1337 with a 5-bit prefix (C.1.2) is the table's size now: 1304 + 1 + 32 fit, one more does not.
  assert.equal(resized("3f 9a 0a", 1304), 1337);
  assert.equal(resized("3f 9a 0a", 1305), 0);
  // 10 with a 5-bit prefix (C.1.1) holds no entry; 42 with an 8-bit prefix (C.1.3) needs no test here.
  assert.equal(resized("2a", 0), 0);
});

Deno.test("HpackDecoder evicts the oldest entries when the table shrinks", () => {
  const decoder = new HpackDecoder();
  for (const name of ["a", "b", "c"]) decode(decoder, literal(0x40, name, "1"));
  assert.equal(decoder.table.size, 3 * 34);
  decode(decoder, sizeUpdate(70));
  assert.deepEqual(tableOf(decoder), [["c", "1"], ["b", "1"]]);
  assert.equal(decode(decoder, Uint8Array.of(0x80 | 64)), null, "a is no longer there");
});

Deno.test("HpackDecoder accepts two size updates, but only before the fields", () => {
  const decoder = new HpackDecoder();
  decode(decoder, literal(0x40, "a", "1"));
  assert.deepEqual(decode(decoder, hex("20 3fe11f 82")), [[":method", "GET"]]);
  assert.deepEqual(tableOf(decoder), []);
  assert.equal(decode(decoder, hex("82 20")), null);
});

Deno.test("HpackDecoder refuses invalid blocks", () => {
  const refused = (block: string): void =>
    assert.equal(decode(new HpackDecoder(), hex(block)), null, block);
  refused("80"); // index 0
  refused("be"); // nothing in the dynamic table
  refused("7e 01 61"); // a name from there
  refused("ff ff ff ff ff ff 0f"); // integer without end
  refused("ff 80 80 80 80 80 00"); // the same, of zeros
  refused("41 05 61"); // string longer than its block
  refused("41 81 06"); // broken padding in a Huffman string
  refused("41"); // no string
  refused("7f"); // no end of the integer
});

Deno.test("HpackDecoder reports unknown fields after a block was lost", () => {
  const decoder = new HpackDecoder();
  decode(decoder, literal(0x40, ":path", "/old"));
  decoder.forget();
  assert.deepEqual(decode(decoder, hex("82 be 7f0a 01 78")), [
    [":method", "GET"],
    [null, null],
    [null, "x"],
  ]);
  // Entries that are added from then on are found at the index that the encoder uses.
  decode(decoder, literal(0x40, ":authority", "new.example"));
  assert.deepEqual(decode(decoder, hex("be bf c0")), [
    [":authority", "new.example"],
    [null, "x"],
    [null, null],
  ]);
});

Deno.test("HpackDecoder keeps a bounded table, and reports evicted entries as unknown", () => {
  const decoder = new HpackDecoder();
  decode(decoder, sizeUpdate(1 << 20));
  for (let i = 0; i < 5000; i++) decode(decoder, literal(0x40, "", ""));
  assert.equal(decoder.table.size, MAX_TABLE_SIZE);
  assert.equal(tableOf(decoder).length, MAX_TABLE_SIZE / 32);
  assert.deepEqual(decode(decoder, hex("ff 9e 1f")), [[null, null]], "index 4125");
});

Deno.test("HpackDecoder survives any bytes, and every prefix of valid ones", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  const good = SEQUENCES.flatMap(({ steps }) => steps.map(({ block }) => block))
    .map((block) => hex(block.replaceAll(/\s/g, "")));
  for (const block of good) {
    for (let end = 0; end < block.length; end++) decode(new HpackDecoder(), block.subarray(0, end));
  }
  const decoder = new HpackDecoder();
  for (let round = 0; round < 20000; round++) {
    const block = Uint8Array.from(good[next() % good.length]!);
    for (let change = next() % 4; change >= 0; change--) block[next() % block.length] = next();
    decode(decoder, block);
    assert.ok(decoder.table.size <= MAX_TABLE_SIZE, `seed ${seed}`);
  }
});

function sizeUpdate(size: number): Uint8Array {
  return Uint8Array.from(integer(0x20, 5, size));
}

function literal(representation: number, name: string, value: string): Uint8Array {
  const string = (text: string) => [...integer(0, 7, text.length), ...Buffer.from(text, "latin1")];
  return Uint8Array.from([representation, ...string(name), ...string(value)]);
}

/** Section 5.1. */
function integer(first: number, prefix: number, value: number): number[] {
  const full = (1 << prefix) - 1;
  if (value < full) return [first | value];
  const bytes = [first | full];
  for (value -= full; value >= 128; value = value >>> 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}
