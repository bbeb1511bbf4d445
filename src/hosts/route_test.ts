import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Random } from "../../tests/packets/random.ts";
import { routeOf } from "./route.ts";

Deno.test("what differs from request to request is a placeholder", () => {
  for (
    const [target, route] of [
      ["/", "/"],
      ["", "/"],
      ["/users/4711?tab=1#x", "/users/:id"],
      ["/users/4711/orders/99", "/users/:id/orders/:id"],
      ["/users/", "/users/"],
      ["/users/me/settings", "/users/me/settings"],
      ["/a/123e4567-e89b-12d3-a456-426614174000/b", "/a/:id/b"],
      ["/a/deadbeef-cafe-babe-face-feedfacebead", "/a/:id"],
      ["/commit/3f2a9c8be7", "/commit/:id"],
      ["/app.3f2a9c8b.js", "/app.:id.js"],
      ["/archive/2026-11-29/x", "/archive/:date/x"],
      ["/backup-2026-11-29.tar", "/backup-:date.tar"],
      ["/t/eyJhbGciOiJIUzI1NiJ9abc", "/t/:id"],
      ["/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.SflKxwRJSMeKKF2Q", "/t/:id"],
      ["/t/QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "/t/:id"],
      ["/order-4711/items", "/order-:id/items"],
      ["/v1/projects/77:activate", "/v1/projects/:id:activate"],
      ["/posts/how-to-mend-a-bicycle-at-home", "/posts/:slug"],
      ["/page;jsessionid=B4711", "/page"],
      ["http://user:secret@shop.test/cart?x", "/cart"],
      ["*", "*"],
      ["shop.test:443", ":authority"],
      ["other", ":authority"],
      ["/1/2/3/4/5/6/7/8/9/10", "/:id/:id/:id/:id/:id/:id/:id/:id/…"],
    ] as const
  ) assert.equal(routeOf(target), route, target);
});

Deno.test("what is part of the program stays", () => {
  for (
    const path of [
      ...["/api/v2/deadbeef", "/jquery-3.7.1.min.js", "/internationalization", "/oauth2/token"],
      ...["/wp-admin/admin-ajax.php", "/getUserById", "/.well-known/openid-configuration", "/FAQ"],
      ...[
        "/fonts/Inter-Bold.woff2",
        "/v1.24/containers/json",
        "/phpmyadmin/index.php",
        "/apis/apps/v1beta1/deployments",
      ],
      ...["/xmlrpc.php", "/api/health_check", "/socket.io/", "/_next/static/chunks/main.js"],
      ...["/cgi-bin/luci", "/favicon.ico", "/graphql", "/thumbnails/knightsbridge.jpg"],
    ]
  ) assert.equal(routeOf(path), path);
});

Deno.test("nothing of users is in a route", () => {
  for (
    const path of [
      ...["/users/alice", "/Users/Bob.Smith/posts", "/u/carol", "/profile/dave", "/by/erin"],
      ...[
        "/~frank/",
        "/@grace",
        "/people/heidi-jones",
        "/search/ivan%20petrov",
        "/mail/judy@a.test",
      ],
      ...["/mail/judy%40a.test", "/unsubscribe/mallory@b.test/news", "/invite/niaj", "/Kraków"],
      ...[
        "/reset/olivia",
        "/members/peggy/avatar.png",
        "/a/+49-170-1234567",
        "/files/rupert's%20cv",
      ],
    ]
  ) {
    const route = routeOf(path);
    for (
      const name
        of ("alice bob smith carol dave erin frank grace heidi ivan judy mallory niaj krak olivia peggy 170 " +
          "rupert a.test").split(" ")
    ) {
      assert.ok(!route.toLowerCase().includes(name), `${path}: ${route}`);
    }
  }
});

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const ALPHABETS: Readonly<Record<string, readonly [letters: string, length: number]>> = {
  "base64url": [`${LOWER}${LOWER.toUpperCase()}0123456789-_`, 22],
  "base62": [`${LOWER}${LOWER.toUpperCase()}0123456789`, 16],
  "letters": [`${LOWER}${LOWER.toUpperCase()}`, 16],
  "base32": [`${LOWER.toUpperCase()}234567`, 16],
  "hexadecimal": ["0123456789abcdef", 12],
  "lower case": [LOWER, 20],
};

Deno.test("random tokens of any alphabet are placeholders", () => {
  const random = new Random(7);
  for (const [name, [letters, length]] of Object.entries(ALPHABETS)) {
    let shown = 0;
    for (let i = 0; i < 1000; i++) {
      const token = Array.from({ length }, () => letters[random.below(letters.length)])
        .join("");
      if (routeOf(`/x/${token}`).includes(token)) shown++;
    }
    assert.ok(shown <= 10, `${name}: ${shown} of 1000 are shown`);
  }
});

Deno.test("a route is short, and has no query, whatever the target", () => {
  fc.assert(fc.property(fc.string({ maxLength: 2000 }), (target) => {
    const route = routeOf(`/${target}`);
    assert.ok(route.length <= 120 && !/[?#]/.test(route));
  }));
});
