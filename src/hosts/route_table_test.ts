import assert from "node:assert/strict";
import { sum } from "../sums.ts";
import { MAX_ROUTES, mergeRoutes, OTHER_ROUTE, RouteTable } from "./route_table.ts";

Deno.test("requests are counted by method and route, with errors and times", () => {
  const table = new RouteTable();
  table.add("GET", "/users/:id", 200, 0.25);
  table.add("GET", "/users/:id", 500, 0.75);
  table.add("GET", "/users/:id", 0, null);
  table.add("POST", "/users/:id", 404, 1);
  assert.deepEqual(table.counts(), [
    {
      method: "GET",
      route: "/users/:id",
      count: 3,
      errors: 1,
      timed: 2,
      seconds: 1,
      slowest: 0.75,
    },
    { method: "POST", route: "/users/:id", count: 1, errors: 1, timed: 1, seconds: 1, slowest: 1 },
  ]);
});

Deno.test("many routes: the frequent ones stay, the rest is one, no request is lost", () => {
  const table = new RouteTable();
  for (let i = 0; i < 5000; i++) {
    table.add("GET", "/often", 200, 0.1);
    table.add(`M${i % 7}`, `/random/x${i}`, 404, 2);
  }
  const counts = table.counts();
  assert.ok(counts.length <= MAX_ROUTES + 1);
  assert.ok(table.held > 0 && table.held <= MAX_ROUTES * 400);
  assert.equal(counts.find(({ route }) => route === "/often")?.count, 5000);
  assert.equal(sum(counts.map(({ count }) => count)), 10_000);
  assert.equal(counts.at(-1)?.route, OTHER_ROUTE);
  assert.equal(sum(counts.map(({ errors }) => errors)), 5000);
});

Deno.test("the routes of several workers are added up", () => {
  const [a, b] = [new RouteTable(), new RouteTable()];
  a.add("GET", "/", 200, 0.5);
  b.add("GET", "/", 503, 0.25);
  b.add("GET", "/b", 200, null);
  assert.deepEqual(mergeRoutes([...a.counts(), ...b.counts()]), [
    { method: "GET", route: "/", count: 2, errors: 1, timed: 2, seconds: 0.75, slowest: 0.5 },
    { method: "GET", route: "/b", count: 1, errors: 0, timed: 0, seconds: 0, slowest: 0 },
  ]);
});
