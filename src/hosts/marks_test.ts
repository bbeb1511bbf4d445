import assert from "node:assert/strict";
import {
  isMarked,
  isNothing,
  markDomain,
  markHosts,
  markPattern,
  NO_MARKS,
  unmarkDomain,
  unmarkHosts,
} from "./marks.ts";
import { matcher } from "./matcher.ts";
import { OTHER_HOST } from "./snapshot.ts";

const domainOf = (host: string) => host.split(".").slice(-2).join(".");

Deno.test("a host is marked by its name, and no longer when that is taken back", () => {
  const marks = markHosts(NO_MARKS, ["a.test"]);
  assert.equal(isMarked(marks, "a.test"), true);
  assert.equal(isMarked(marks, "www.a.test"), false);
  assert.equal(isNothing(unmarkHosts(marks, ["a.test"])), true);
});

Deno.test("a pattern holds hosts that are yet to come, but not one that was unmarked", () => {
  const marks = unmarkHosts(markPattern(NO_MARKS, matcher("shop")), ["shop.test"]);
  assert.equal(isMarked(marks, "new-shop.test"), true);
  assert.equal(isMarked(marks, "shop.test"), false);
  assert.equal(isMarked(markHosts(marks, ["shop.test"]), "shop.test"), true);
  const again = markPattern(marks, matcher("shop"));
  assert.equal(isMarked(again, "shop.test"), true, "asked for again, it is meant again");
  assert.equal(again.patterns.length, 1);
});

Deno.test("a domain holds its hosts, later ones too", () => {
  const marks = markDomain(NO_MARKS, "a.test", domainOf);
  assert.equal(isMarked(marks, "later.a.test"), true);
  assert.equal(isMarked(marks, "b.test"), false);
  const none = unmarkDomain(marks, "a.test", ["www.a.test"]);
  assert.equal(isMarked(none, "www.a.test"), false);
  assert.equal(isMarked(none, "later.a.test"), false);
});

Deno.test("a domain that is unmarked takes its hosts along, however they were marked", () => {
  const marks = markHosts(markPattern(NO_MARKS, matcher("www")), ["api.a.test"]);
  const none = unmarkDomain(marks, "a.test", ["api.a.test", "www.a.test"]);
  assert.equal(isMarked(none, "api.a.test"), false);
  assert.equal(isMarked(none, "www.a.test"), false);
  assert.equal(isMarked(none, "www.b.test"), true);
});

Deno.test("what was folded together is marked by hand only", () => {
  assert.equal(isMarked(markPattern(NO_MARKS, matcher("other")), OTHER_HOST), false);
  assert.equal(isMarked(markHosts(NO_MARKS, [OTHER_HOST]), OTHER_HOST), true);
});
