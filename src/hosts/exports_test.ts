import assert from "node:assert/strict";
import {
  exportDomain,
  exportHosts,
  exportPattern,
  exportsNothing,
  isExported,
  NO_EXPORTS,
  unexportDomain,
  unexportHosts,
} from "./exports.ts";
import { matcher } from "./matcher.ts";
import { OTHER_HOST } from "./label_values.ts";

const domainOf = (host: string) => host.split(".").slice(-2).join(".");

Deno.test("a host is exported by its name until it is taken out", () => {
  const exports = exportHosts(NO_EXPORTS, ["a.test"]);
  assert.equal(isExported(exports, "a.test"), true);
  assert.equal(isExported(exports, "www.a.test"), false);
  assert.equal(exportsNothing(unexportHosts(exports, ["a.test"])), true);
});

Deno.test("a pattern includes hosts that are seen later, but not one that was taken out", () => {
  const exports = unexportHosts(exportPattern(NO_EXPORTS, matcher("shop")), ["shop.test"]);
  assert.equal(isExported(exports, "new-shop.test"), true);
  assert.equal(isExported(exports, "shop.test"), false);
  assert.equal(isExported(exportHosts(exports, ["shop.test"]), "shop.test"), true);
  const again = exportPattern(exports, matcher("shop"));
  assert.equal(isExported(again, "shop.test"), true, "asked for again, it is meant again");
  assert.equal(again.patterns.length, 1);
});

Deno.test("a domain includes its hosts, later ones too", () => {
  const exports = exportDomain(NO_EXPORTS, "a.test", domainOf);
  assert.equal(isExported(exports, "later.a.test"), true);
  assert.equal(isExported(exports, "b.test"), false);
  const none = unexportDomain(exports, "a.test", ["www.a.test"]);
  assert.equal(isExported(none, "www.a.test"), false);
  assert.equal(isExported(none, "later.a.test"), false);
});

Deno.test("a domain that is taken out takes its hosts along, however they were exported", () => {
  const exports = exportHosts(exportPattern(NO_EXPORTS, matcher("www")), ["api.a.test"]);
  const none = unexportDomain(exports, "a.test", ["api.a.test", "www.a.test"]);
  assert.equal(isExported(none, "api.a.test"), false);
  assert.equal(isExported(none, "www.a.test"), false);
  assert.equal(isExported(none, "www.b.test"), true);
});

Deno.test("~other is exported by hand only", () => {
  assert.equal(isExported(exportPattern(NO_EXPORTS, matcher("other")), OTHER_HOST), false);
  assert.equal(isExported(exportHosts(NO_EXPORTS, [OTHER_HOST]), OTHER_HOST), true);
});
