import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { HostPatterns, isListable } from "./host_patterns.ts";

const patterns = (...texts: string[]) => {
  const all = new HostPatterns();
  for (const text of texts) all.add(text, "--allow");
  return all;
};

Deno.test("a host is itself alone, *.domain all that is below it", () => {
  const found = patterns("Example.com.", "*.shop.test", "10.0.0.1", "fd00::1", "_sip.corp.test");
  for (const host of ["example.com", "a.shop.test", "b.a.shop.test", "10.0.0.1", "fd00::1"]) {
    assert.ok(found.matches(host), host);
  }
  for (const host of ["www.example.com", "shop.test", "myshop.test", "10.0.0.2", "", "com"]) {
    assert.ok(!found.matches(host), host);
  }
});

Deno.test("names in other letters are those on the wire", () => {
  assert.ok(patterns("*.MÜNCHEN.example").matches("www.xn--mnchen-3ya.example"));
});

Deno.test("a file has a pattern a line, and comments; what is wrong is said with its line", () => {
  const all = new HostPatterns();
  all.addLines("# of the build\n\n  a.test  # why\r\n*.b.test\n", "hosts");
  assert.ok(all.matches("a.test") && all.matches("x.b.test"));
  for (const wrong of ["a b", "https://a.test", "*", "a.*.test", "*a.test", "a..test", "~x"]) {
    assert.throws(() => all.addLines(`a.test\n${wrong}`, "hosts"), (error) => {
      assert.ok(error instanceof UserError && error.usage);
      assert.equal(error.message, `hosts:2: "${wrong}" is no host and no *.domain`);
      return true;
    });
  }
});

Deno.test("with a port it is no host: a pattern that matches nothing would check nothing", () => {
  for (const wrong of ["x.test:80", "10.9.0.2:80", "cafe:80", "bad.cafe:80", "[::1]:80"]) {
    assert.throws(() => patterns(wrong), /^UserError: --allow: ".*" is no host and no \*\.domain$/);
  }
  for (const host of ["::1", "fd00::1:80", "::ffff:10.0.0.1"]) {
    assert.ok(patterns(host).matches(host), host);
  }
});

Deno.test("what is on the wire is listed as itself, or not at all", () => {
  assert.deepEqual(["a.test", "10.0.0.1", "fd00::1"].map(isListable), [true, true, true]);
  assert.deepEqual(["*.test", ".", "", "a\\032b.test", "a.test\n*.test"].map(isListable), [
    ...[false, false, false, false, false],
  ]);
});
