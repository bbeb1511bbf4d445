import assert from "node:assert/strict";
import { type Case, compare, eventsOf, parseCases } from "./cases.ts";

const caseOf = (events: unknown[][], more: object = {}): Case =>
  parseCases(JSON.stringify({ file: "x.pcap", why: "because", events, ...more }))[0]!;

const http = (host: string, status: number | null) =>
  JSON.stringify({ kind: "http", host, method: "GET", status }) + "\n";
const tls = (host: string, version: string) =>
  JSON.stringify({ kind: "tls", host, version }) + "\n";

Deno.test("a case is right if its events are all there and no others", () => {
  const two = caseOf([["http", "a.test", "GET", "200"], ["tls", "b.test", "1.3", ""]]);
  assert.deepEqual(compare(two, eventsOf(tls("b.test", "1.3") + http("a.test", 200))), []);
  assert.deepEqual(compare(two, eventsOf(http("a.test", null))), [
    "missing 1x http a.test GET 200",
    "missing 1x tls b.test 1.3",
    "extra 1x http a.test GET None",
  ]);
});

Deno.test("a star takes anything, but nothing that another event needs", () => {
  const starred = caseOf([["http", "a.test", "GET", "*"], ["http", "a.test", "GET", "200"]]);
  assert.deepEqual(compare(starred, eventsOf(http("a.test", 200) + http("a.test", null))), []);
  assert.deepEqual(compare(starred, eventsOf(http("a.test", 200))), [
    "missing 1x http a.test GET *",
  ]);
});

Deno.test("only the kinds that a case names are compared", () => {
  const only = caseOf([["http", "a.test", "GET", "200"]], { kinds: ["http"], keys: "x.keys" });
  assert.equal(only.keys, "x.keys");
  assert.deepEqual(compare(only, eventsOf(http("a.test", 200) + tls("a.test", "1.3"))), []);
});

Deno.test("what is no event and no case is told", () => {
  assert.deepEqual(compare(caseOf([]), eventsOf("oops\n")), ['extra 1x "no event"  None']);
  assert.throws(() => parseCases('{"file":"x"}\n'), /line 1 of cases\.jsonl describes no case/);
});
