import assert from "node:assert/strict";
import {
  concat,
  dnsAnswer,
  dnsName,
  dnsQuery,
  filler,
  hex,
  prefixed,
  text,
  u16,
  u32,
} from "../../../tests/packet_builder.ts";
import { fuzz } from "../../../tests/packets/random.ts";
import { type DnsMessage, parseDns } from "./message.ts";
import { codeName, isKnownCode, isKnownType, typeName } from "./names.ts";

const parse = (bytes: Uint8Array): DnsMessage | null => parseDns(bytes, 0, bytes.length);

/** A query for a name of these bytes. */
const queryFor = (name: Uint8Array): Uint8Array =>
  concat(hex("0001 0100 0001 0000 0000 0000"), name, u16(1), u16(1));

const nameOf = (name: Uint8Array): string | undefined => parse(queryFor(name))?.questions[0]?.name;

Deno.test("a DNS message is parsed: id, question, code and addresses", () => {
  const query = parse(dnsQuery({ id: 0xfedc, name: "WWW.Example.com", type: 65 }))!;
  assert.deepEqual(query.questions, [{ name: "www.example.com", type: "HTTPS" }]);
  assert.deepEqual([query.id, query.isResponse, query.opcode], [0xfedc, false, 0]);
  const addresses = ["192.0.2.1", "2001:db8::1", "192.0.2.2"];
  const answer = parse(dnsAnswer({ addresses, aliases: ["a.example", "b.example"] }))!;
  assert.deepEqual(answer.addresses, addresses);
  assert.deepEqual([answer.isResponse, answer.rcode], [true, "NOERROR"]);
});

Deno.test("a DNS message may begin anywhere in the bytes", () => {
  const message = dnsAnswer({ addresses: ["192.0.2.1"] });
  const within = concat(filler(33), message, filler(40));
  const found = parseDns(within, 33, 33 + message.length);
  assert.deepEqual(found, parse(message));
});

Deno.test("DNS response codes have names, also the extended ones of EDNS", () => {
  const codes: [number, string][] = [[2, "SERVFAIL"], [5, "REFUSED"], [12, "RCODE12"]];
  for (const [rcode, name] of codes) assert.equal(parse(dnsAnswer({ rcode }))!.rcode, name);
  for (const [rcode, name] of [[16, "BADVERS"], [23, "BADCOOKIE"], [3841, "RCODE3841"]] as const) {
    assert.equal(parse(dnsAnswer({ rcode, edns: true, addresses: ["192.0.2.1"] }))!.rcode, name);
  }
});

Deno.test("names of known DNS types and codes are recognised", () => {
  assert.deepEqual([typeName(28), typeName(65280)], ["AAAA", "TYPE65280"]);
  assert.deepEqual([codeName(0), codeName(4095)], ["NOERROR", "RCODE4095"]);
  assert.deepEqual([isKnownType("A"), isKnownType("TYPE65280")], [true, false]);
  assert.deepEqual([isKnownCode(""), isKnownCode("NXDOMAIN"), isKnownCode("RCODE12")], [
    true,
    true,
    false,
  ]);
});

Deno.test("unusual bytes of DNS names are written as \\DDD; lower case, no trailing dot", () => {
  const label = (bytes: Uint8Array) => concat(prefixed(1, bytes), hex("00"));
  assert.equal(nameOf(label(text("a.b"))), "a\\046b");
  assert.equal(nameOf(label(text("a\\b c"))), "a\\092b\\032c");
  assert.equal(nameOf(label(Uint8Array.of(0, 10, 27, 127, 255))), "\\000\\010\\027\\127\\255");
  assert.equal(nameOf(label(text('_Q"{}'))), '_q"{}');
  assert.equal(nameOf(dnsName("")), "");
  const longest = concat(...[63, 63, 63, 61].map((n) => prefixed(1, filler(n).fill(1))), hex("00"));
  assert.equal(nameOf(longest)?.length, 4 * 250 + 3);
});

Deno.test("DNS names may point back, but not ahead or in loops", () => {
  // 12: "example" 0, then "www" and a pointer to it.
  const pointing = concat(
    hex("0001 8180 0002 0000 0000 0000"),
    dnsName("example"),
    u16(1),
    u16(1),
    prefixed(1, text("www")),
    u16(0xc00c),
    u16(28),
    u16(1),
  );
  assert.deepEqual(parse(pointing)!.questions, [
    { name: "example", type: "A" },
    { name: "www.example", type: "AAAA" },
  ]);
  const loops = ["c00c", "c00d", "c0ff", "0161c00c", "0161c00e", "ffff", "40", "80", "c0"];
  for (const name of loops) assert.equal(nameOf(hex(name)), undefined, name);
  const tooLong = concat(...Array.from({ length: 5 }, () => prefixed(1, filler(63).fill(97))));
  assert.equal(nameOf(concat(tooLong, hex("00"))), undefined);
});

Deno.test("a DNS message that was cut off is parsed as far as it goes", () => {
  const answer = dnsAnswer({ rcode: 3, addresses: ["192.0.2.1", "192.0.2.2"], edns: true });
  for (let length = 0; length <= answer.length; length++) {
    const found = parse(answer.slice(0, length));
    assert.equal(found !== null, length >= 12, `${length}`);
    if (found === null) continue;
    assert.equal(found.rcode, "NXDOMAIN");
    assert.deepEqual(found.addresses, ["192.0.2.1", "192.0.2.2"].slice(0, found.addresses.length));
  }
  const query = dnsQuery();
  for (let length = 0; length < query.length; length++) {
    assert.equal(parse(query.slice(0, length)), null, `${length}`);
  }
});

Deno.test("DNS messages with too high counts are parsed up to their end", () => {
  const answer = dnsAnswer({ addresses: ["192.0.2.1"] });
  answer.set(u16(0xffff), 6);
  assert.deepEqual(parse(answer)!.addresses, ["192.0.2.1"]);
  const many = Array.from({ length: 1000 }, () => "192.0.2.1");
  assert.equal(parse(dnsAnswer({ addresses: many }))!.addresses.length, 64);
  const questions = dnsQuery();
  questions.set(u16(17), 4);
  assert.equal(parse(questions), null);
  const wrongSize = concat(dnsAnswer(), hex("00"), u16(1), u16(1), u32(0), prefixed(2, filler(5)));
  wrongSize.set(u16(1), 6);
  assert.deepEqual(parse(wrongSize)!.addresses, []);
});

Deno.test("DNS messages with any changes give bounded names or nothing", () => {
  const samples = [
    dnsQuery({ edns: true }),
    dnsAnswer({ addresses: ["192.0.2.1", "2001:db8::1"], aliases: ["b.example"], edns: true }),
  ];
  fuzz(samples, 20_000, (mutated) => {
    const message = parse(mutated);
    for (const { name, type } of message?.questions ?? []) {
      assert.ok(name.length <= 1020);
      assert.match(name, /^[\x21-\x7e]*$/);
      assert.match(type, /^[A-Z0-9-]+$/);
    }
    assert.ok((message?.addresses.length ?? 0) <= 64);
  });
});
