// The matching on hand-made facts.

import assert from "node:assert/strict";
import { parseEvents, parseExpected } from "./facts.ts";
import { describeDifference, match } from "./match.ts";

/** Facts of one kind against events, both as they stand in their files. */
function compare(kind: string, facts: object[], events: object[]) {
  const [capture] = parseExpected(JSON.stringify({ file: "x", facts: { [kind]: facts } }));
  const lines = events.map((event) => JSON.stringify({ kind, ...event }) + "\n").join("");
  const { found, problem } = parseEvents(lines);
  assert.equal(problem, null);
  const result = match(capture!.facts, found);
  return {
    matched: result.matched.length,
    missing: result.missing.map(({ values }) => values.map((right) => right[0])),
    extra: result.extra.map(({ values }) => values),
    differing: result.differing.map(describeDifference),
  };
}

const get = { method: "GET", host: "a.example", target: "/", version: "1.1", status: 200 };

Deno.test("facts and events are paired one to one, however many are alike", () => {
  const result = compare("http", [get, get, get], [get, get]);
  assert.equal(result.matched, 2);
  assert.deepEqual(result.missing, [["GET", "a.example", "/", "1.1", 200]]);
  const tooMany = compare("tls", [{ host: "a" }], [{ host: "a" }, { host: "a" }, { host: "b" }]);
  assert.equal(tooMany.matched, 1);
  assert.deepEqual(tooMany.extra, [["a"], ["b"]]);
});

Deno.test("an event that was read by secrets is right if it is a fact, and not wrong if it is none", () => {
  const decrypted = { ...get, tls: "1.3" };
  assert.equal(compare("http", [get], [decrypted]).matched, 1);
  assert.deepEqual(compare("http", [], [decrypted]).extra, []);
});

Deno.test("every field of a kind has to be right", () => {
  for (const change of [{ method: "PUT" }, { host: "b" }, { target: "/b" }, { version: "1.0" }]) {
    assert.equal(compare("http", [get], [{ ...get, ...change }]).matched, 0);
  }
  const quic = { host: "a", version: "1" };
  assert.equal(compare("quic", [quic], [{ host: "a", ["quic_version"]: "1" }]).matched, 1);
  assert.equal(compare("quic", [quic], [{ host: "a", ["quic_version"]: "2" }]).matched, 0);
  assert.equal(
    compare("dns", [{ host: "a", qtype: "A", rcode: null }], [
      { host: "a", qtype: "AAAA", rcode: null },
    ]).matched,
    0,
  );
});

Deno.test("a missing status is null, and no status at all is null too", () => {
  assert.equal(compare("http", [{ ...get, status: null }], [{ ...get, status: null }]).matched, 1);
  assert.equal(compare("http", [{ ...get, status: null }], [get]).matched, 0);
});

Deno.test("alternatives are as right as the expected value", () => {
  const fact = { ...get, ["status_alt"]: [null, 304], ["host_alt"]: ["b.example"] };
  assert.equal(compare("http", [fact], [{ ...get, status: null, host: "b.example" }]).matched, 1);
  assert.equal(compare("http", [fact], [{ ...get, status: 404 }]).matched, 0);
  const dns = { host: "a", qtype: "A", rcode: "BADVERS", ["rcode_alt"]: "NOERROR" };
  assert.equal(compare("dns", [dns], [{ host: "a", qtype: "A", rcode: "NOERROR" }]).matched, 1);
});

Deno.test("an alternative does not steal an event that another fact needs", () => {
  const open = { ...get, status: 200, ["status_alt"]: [404] };
  const strict = { ...get, status: 404 };
  for (const facts of [[open, strict], [strict, open]]) {
    for (const events of [[get, strict], [strict, get]]) {
      assert.equal(compare("http", facts, events).matched, 2);
    }
  }
  const chain = ["a", "b", "c", "d"].map((host, i, all) => ({
    host,
    ["host_alt"]: all.slice(0, i),
  }));
  const events = ["d", "c", "b", "a"].map((host) => ({ host }));
  assert.equal(compare("tls", chain, events).matched, 4);
  // Only by moving every earlier fact on does the last one find its place.
  const ring = ["a", "b", "c"].map((host, i, all) => ({ host, ["host_alt"]: [all[(i + 1) % 3]] }));
  assert.equal(
    compare("tls", [...ring, { host: "a" }], [...chain.slice(0, 3), { host: "b" }]).matched,
    4,
  );
});

Deno.test("optional facts take an event only when no required fact needs it", () => {
  const optional = { host: "a", opt: "repeat" };
  const one = compare("tls", [optional, { host: "a" }], [{ host: "a" }]);
  assert.deepEqual([one.matched, one.missing.length, one.extra.length], [1, 0, 0]);
  const both = compare("tls", [optional, { host: "a" }], [{ host: "a" }, { host: "a" }]);
  assert.deepEqual([both.matched, both.extra.length], [2, 0]);
  assert.deepEqual(compare("tls", [optional], []).missing, []);
});

Deno.test("an HTTP request of version 2 is matched with facts of http2 only", () => {
  const event = { ...get, kind: "http", version: "2" };
  assert.equal(compare("http2", [{ ...get, version: "2" }], [event]).matched, 1);
  assert.equal(compare("http", [get], [event]).matched, 0);
});

Deno.test("the same request with another status is told as a difference, not as missing", () => {
  const result = compare("http", [get], [{ ...get, status: 404 }]);
  assert.deepEqual(result.differing, ["status 404, not 200"]);
  assert.deepEqual([result.missing, result.extra], [[], []]);
  const dns = { host: "a", qtype: "A", rcode: "NOERROR" };
  assert.deepEqual(compare("dns", [dns], [{ ...dns, rcode: null }]).differing, [
    'rcode null, not "NOERROR"',
  ]);
});

Deno.test("the closest of several differing events is taken", () => {
  const far = { ...get, method: "POST", status: 404 };
  const near = { ...get, status: 404 };
  const result = compare("http", [get], [far, near]);
  assert.deepEqual(result.differing, ["status 404, not 200"]);
  assert.deepEqual(result.extra, [["POST", "a.example", "/", "1.1", 404]]);
});

Deno.test("a thousand facts that all could be one another are matched in no time", () => {
  const hosts = Array.from({ length: 1000 }, (_, i) => `h${i % 20}`);
  const facts = hosts.map((host) => ({ host, ["host_alt"]: hosts.slice(0, 20) }));
  assert.equal(compare("tls", facts, hosts.map((host) => ({ host }))).matched, 1000);
});
