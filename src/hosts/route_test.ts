import assert from "node:assert/strict";
import * as fc from "fast-check";
import { routeOf } from "./route.ts";

Deno.test("what differs from request to request is a placeholder", () => {
  for (
    const [target, route] of [
      ["/", "/"],
      ["", "/"],
      ["/users/4711?tab=1#x", "/users/:id"],
      ["/users/4711/orders/99", "/users/:id/orders/:id"],
      ["/a/123e4567-e89b-12d3-a456-426614174000/b", "/a/:id/b"],
      ["/commit/3f2a9c8be7", "/commit/:id"],
      ["/app.3f2a9c8b.js", "/app.:id.js"],
      ["/archive/2026-11-29/x", "/archive/:date/x"],
      ["/t/eyJhbGciOiJIUzI1NiJ9abc", "/t/:id"],
      ["http://user:secret@shop.test/cart?x", "/cart"],
      ["*", "*"],
      ["/api/v2/deadbeef", "/api/v2/deadbeef"],
      ["/jquery-3.7.1.min.js", "/jquery-3.7.1.min.js"],
      ["/internationalization", "/internationalization"],
    ] as const
  ) assert.equal(routeOf(target), route, target);
});

Deno.test("a route is short, and has no query, whatever the target", () => {
  fc.assert(fc.property(fc.string({ maxLength: 2000 }), (target) => {
    const route = routeOf(`/${target}`);
    assert.ok(route.length <= 120 && !/[?#]/.test(route));
  }));
});
