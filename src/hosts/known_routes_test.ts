import assert from "node:assert/strict";
import { KnownRoutes } from "./known_routes.ts";
import { routeOf } from "./route.ts";

Deno.test("a path has the same route each time, and as it has without being known", () => {
  const known = new KnownRoutes();
  const targets = [
    ...["/", "/users/4711?tab=1", "/users/4711", "/users/4711#x", "*", "shop.test:443", ""],
    ...["http://user:secret@shop.test/cart?x", `/t/${"x7Gb".repeat(50)}`, `/${"a/".repeat(300)}`],
  ];
  for (const target of [...targets, ...targets]) {
    assert.equal(known.routeOf(target), routeOf(target), target);
  }
});

Deno.test("however many paths are asked for, what is kept of them is bounded", () => {
  const known = new KnownRoutes();
  for (let i = 0; i < 10_000; i++) {
    assert.equal(known.routeOf(`/orders/${i}?a`), "/orders/:id");
    assert.ok(known.held < 400_000);
  }
  assert.ok(known.held > 0);
});
