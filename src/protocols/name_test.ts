import assert from "node:assert/strict";
import { concat, filler, text as bytesOf } from "../../tests/packet_builder.ts";
import { fuzz } from "../../tests/packets/random.ts";
import { cutNames, domainName, hostName, text } from "./name.ts";

/** The name in the middle of other bytes, as it is in packets. */
const within = (read: typeof text, bytes: Uint8Array): string =>
  read(concat(bytesOf("["), bytes, bytesOf("]:1.")), 1, 1 + bytes.length);

const latin1 = (value: string): Uint8Array => Uint8Array.from(value, (c) => c.charCodeAt(0));

Deno.test("texts are UTF-8 if they are valid UTF-8, else Latin-1", () => {
  assert.equal(within(text, bytesOf("plain ASCII")), "plain ASCII");
  assert.equal(within(text, bytesOf("grüße \u{1f600}")), "grüße \u{1f600}");
  assert.equal(within(text, latin1("gr\xfc\xdfe")), "grüße");
  assert.equal(within(text, latin1("\xc3\x28")), "Ã(");
  assert.equal(within(text, latin1("\xed\xa0\x80")), "í\xa0\x80");
  assert.equal(within(text, bytesOf("\ufeffa")), "\ufeffa");
  assert.equal(within(text, new Uint8Array(0)), "");
  assert.equal(within(text, new Uint8Array(100_000).fill(0xe9)), "é".repeat(100_000));
});

Deno.test("host names are without port, brackets and trailing dot, in lower case", () => {
  const names: [string, string][] = [
    ["example.com", "example.com"],
    ["EXAMPLE.com:8080", "example.com"],
    ["example.com.", "example.com"],
    ["example.com.:443", "example.com"],
    ["example.com:", "example.com"],
    ["[2001:DB8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["192.0.2.1:80", "192.0.2.1"],
    ["[::1", "[::1"],
    ["[::1]x", "[::1]x"],
    ["example.com:http", "example.com:http"],
    ["a:b:80", "a:b:80"],
    ["line\nfeed.example:80", "line\nfeed.example"],
    ["http://scheme.test/", "http://scheme.test/"],
    ["HTTP://Scheme.test", "http://scheme.test"],
    ["MÜNCHEN.example:80", "münchen.example"],
    ["..", "."],
    [".", ""],
    [":80", ""],
    ["", ""],
    ["[]:1", ""],
  ];
  for (const [given, expected] of names) {
    assert.equal(within(hostName, bytesOf(given)), expected, given);
  }
});

Deno.test("userinfo, path, query and fragment are cut from a name, and counted", () => {
  const names: [string, string][] = [
    ["user:pass@h.test:443", "h.test"],
    ["User@H.test.", "h.test"],
    ["p@ss@h.test", "h.test"],
    ["user:pass@[::1]:80", "::1"],
    ["h.test/path?k=secret", "h.test"],
    ["h.test:80/path", "h.test"],
    ["h.test?q=user@mail.test", "h.test"],
    ["h.test#secret", "h.test"],
    ["http://user:pass@h.test/", "h.test"],
    ["http://h.test:80/path", "h.test"],
    ["http://h.test/?secret", "h.test"],
    ["//h.test", ""],
    ["1://h.test", "1"],
    ["@", ""],
    ["/", ""],
  ];
  for (const [given, expected] of names) {
    const before = cutNames();
    assert.equal(within(hostName, bytesOf(given)), expected, given);
    assert.equal(cutNames() - before, 1, given);
  }
  const before = cutNames();
  within(hostName, bytesOf("example.com:8080"));
  within(hostName, bytesOf("http://scheme.test/"));
  assert.equal(cutNames(), before);
});

Deno.test("a domain name keeps its colons", () => {
  assert.equal(within(domainName, bytesOf("A:1.")), "a:1");
});

Deno.test("the cache never returns another name", () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `Host-${i}.Example`);
  for (const name of [...names, ...names.toReversed()]) {
    assert.equal(within(domainName, bytesOf(name)), name.toLowerCase());
  }
  // U+212A, which is "k" in lower case, and other names with the same bytes or letters.
  for (const name of ["\u212a", "k", "\xe2\x84\xaa", "K", "\u0130", "i\u0307"]) {
    assert.equal(within(domainName, bytesOf(name)), name.toLowerCase());
  }
  const long = "X".repeat(5000);
  assert.equal(within(domainName, bytesOf(long)), long.toLowerCase());
});

Deno.test("names of any bytes become text", () => {
  fuzz([bytesOf("www.example.com:80"), bytesOf("[::1]:80"), filler(40)], 5000, (mutated) => {
    for (const read of [text, hostName, domainName]) {
      const name = read(mutated, 0, mutated.length);
      assert.ok(name.length <= mutated.length);
      assert.equal(read(mutated, 0, mutated.length), name);
    }
  });
});
