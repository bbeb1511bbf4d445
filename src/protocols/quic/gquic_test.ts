import assert from "node:assert/strict";
import fc from "fast-check";
import { GoogleHello, looksLikeGoogleQuic, parseGoogleHello, parseGooglePacket } from "./gquic.ts";
import { concat, fromHex, VERSION_1 } from "./quic_samples.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A CHLO with these values, in the order given. */
function chlo(values: [string, string][]): Uint8Array {
  let end = 0;
  const entries = values.map(([tag, value]) => {
    end += value.length;
    return concat(ascii(tag.padEnd(4, "\0")), Uint8Array.of(end & 0xff, end >> 8, 0, 0));
  });
  const count = Uint8Array.of(values.length, 0, 0, 0);
  return concat(ascii("CHLO"), count, ...entries, ...values.map(([, value]) => ascii(value)));
}

const HELLO = chlo([["PAD", "-".repeat(900)], ["SNI", "Example.COM"], ["VER", "Q046"]]);

/** Flags, connection id, version, packet number, hash; a stream frame's header. */
const Q025 = concat(
  fromHex("0d 49bee2d3f0edccd6"),
  ascii("Q025"),
  fromHex("01 d8697e21ab650d33f17a3cf3 00 a0010004"),
  HELLO,
);

/** Form, version, id lengths, id, packet number, hash; a stream frame's header. */
const Q046 = concat(
  fromHex("c3"),
  ascii("Q046"),
  fromHex("50 3650eacfe6e706df 00000001 0460da58929f6839d0860efc a40100 0400"),
  HELLO,
);

const parse = (datagram: Uint8Array, at = 0, end = datagram.length): GoogleHello | null => {
  const hello = new GoogleHello();
  return parseGooglePacket(datagram, at, end, hello) ? hello : null;
};

Deno.test("a CHLO behind old and newer headers: version, connection id and server name", () => {
  const old = parse(Q025)!;
  assert.deepEqual({ ...old }, {
    version: "Q025",
    connectionId: "49bee2d3f0edccd6",
    serverName: "example.com",
  });
  const newer = parse(concat(fromHex("ffff"), Q046), 2)!;
  assert.deepEqual({ ...newer }, {
    version: "Q046",
    connectionId: "3650eacfe6e706df",
    serverName: "example.com",
  });
});

Deno.test("a CHLO without a server name names none", () => {
  assert.equal(
    parse(concat(Q046.subarray(0, -HELLO.length), chlo([["VER", "Q046"]])))!.serverName,
    "",
  );
});

Deno.test("a CHLO cut off before its server name is refused", () => {
  const enough = Q046.length - "Q046".length;
  for (let end = 0; end < enough; end++) assert.equal(parse(Q046, 0, end), null);
  assert.equal(parse(Q046, 0, enough)?.serverName, "example.com");
});

Deno.test("a CHLO with values that end before they begin, or with too many, is refused", () => {
  const hello = new GoogleHello();
  const backwards = chlo([["PAD", "12345678"], ["SNI", "example.com"]]);
  backwards[8 + 8 + 4] = 2; // The name's end, before the padding's.
  assert(!parseGoogleHello(backwards, 0, backwards.length, hello));
  const many = concat(ascii("CHLO"), fromHex("ffff0000"), new Uint8Array(1000));
  assert(!parseGoogleHello(many, 0, many.length, hello));
});

Deno.test("other datagrams do not look like Google's QUIC", () => {
  assert(looksLikeGoogleQuic(Q025, 0, Q025.length));
  assert(looksLikeGoogleQuic(Q046, 0, Q046.length));
  const others = [
    VERSION_1.clientInitial,
    fromHex("0c49bee2d3f0edccd602e0f612b9f458937b1d44"), // Google's, without version
    concat(fromHex("c3"), ascii("Q050"), fromHex("08"), new Uint8Array(40)), // encrypted: see quic.ts
    ascii("I have Q046 in it"),
    new Uint8Array(40),
  ];
  for (const other of others) assert(!looksLikeGoogleQuic(other, 0, other.length));
});

Deno.test("any change of a few bytes gives a result, never an error", () => {
  const change = fc.tuple(fc.nat(Q046.length - 1), fc.nat(255));
  fc.assert(fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
    for (const original of [Q025, Q046]) {
      const datagram = Uint8Array.from(original);
      for (const [at, byte] of changes) datagram[Math.min(at, datagram.length - 1)] = byte;
      parse(datagram);
    }
  }));
});
