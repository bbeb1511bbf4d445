import assert from "node:assert/strict";
import { Random } from "../../tests/packets/random.ts";
import { sum } from "../sums.ts";
import { DEFAULT_SCALE } from "./duration_scale.ts";
import { mergeRouteCounts, OTHER_ROUTE, RouteTable } from "./route_table.ts";

/** A table that keeps `limit` routes, and how to count in it. */
function tableOf(limit: number) {
  const table = new RouteTable(DEFAULT_SCALE);
  const get = (route: string, status = 200, seconds: number | null = null) =>
    table.add("GET", route, status, seconds, limit);
  const names = () => table.counts().map(({ route }) => route);
  const count = (wanted: string) => table.counts().find(({ route }) => route === wanted)?.count;
  return { table, get, names, count };
}

Deno.test("requests are counted by method and route, with errors and times", () => {
  const { table, get } = tableOf(10);
  get("/users/:id", 200, 0.25);
  get("/users/:id", 500, 0.75);
  get("/users/:id", 0);
  table.add("POST", "/users/:id", 404, 1, 10);
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
  const [first] = table;
  assert.deepEqual([...first!.codes.keys()], ["200", "500", ""]);
});

Deno.test("many routes: those that are used keep their places, no request is lost", () => {
  const { table, get, count, names } = tableOf(32);
  for (let i = 0; i < 5000; i++) {
    get("/often", 200, 0.1);
    get(`/random/x${i}`, 200, 2);
  }
  const counts = table.counts();
  assert.equal(counts.length, 33);
  assert.ok(table.held > 0 && table.held <= 33 * 2500, `${table.held}`);
  assert.equal(count("/often"), 5000);
  assert.equal(sum(counts.map(({ count }) => count)), 10_000);
  assert.equal(sum(counts.map(({ timed }) => timed)), 10_000);
  assert.equal(names().at(-1), OTHER_ROUTE);
});

Deno.test("a scanner's paths give their places to the first requests that are answered", () => {
  const { get, names, count } = tableOf(8);
  for (let i = 0; i < 300; i++) get(`/scan${i}.php`, 404);
  for (const route of ["/", "/cart", "/users/:id"]) get(route);
  assert.deepEqual(names().filter((name) => !/scan|other/.test(name)), [
    "/",
    "/cart",
    "/users/:id",
  ]);
  assert.equal(count("/cart"), 1, "not even their first request is in other");
  // And it goes on: what is used stays.
  for (let i = 0; i < 10_000; i++) get(`/scan${i % 293}.php`, 403);
  assert.ok(["/", "/cart", "/users/:id"].every((route) => names().includes(route)));
});

Deno.test("a route takes a place once it weighs twice as much; other never shrinks", () => {
  const { get, names, count } = tableOf(2);
  for (let i = 0; i < 4; i++) get("/a");
  for (let i = 0; i < 100; i++) get("/b");
  for (let i = 0; i < 7; i++) assert.equal(get("/c"), false);
  assert.deepEqual([names(), count(OTHER_ROUTE)], [["/a", "/b", OTHER_ROUTE], 7]);
  assert.equal(get("/c"), true);
  assert.deepEqual([names(), count(OTHER_ROUTE), count("/c")], [["/b", "/c", OTHER_ROUTE], 11, 1]);
  // It weighs what it weighed: it does not come back at once.
  assert.equal(get("/a"), false);
});

Deno.test("a flood of paths that are all there makes few new series", () => {
  const { get, names } = tableOf(16);
  const random = new Random(3);
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++) {
    get(`/page${random.below(2000)}`);
    if (i % 100 === 0) { for (const name of names()) seen.add(name); }
  }
  assert.ok(seen.size < 200, `${seen.size} routes were shown`);
});

Deno.test("codes of a route are bounded, and so are the weights of routes without a place", () => {
  const { table, get } = tableOf(1);
  for (let status = 100; status < 600; status++) get("/", status);
  const [route] = table;
  assert.equal(route!.codes.size, 9);
  assert.equal(route!.codes.get("other")!.count, 492);
  const before = table.held;
  for (let i = 0; i < 10_000; i++) get(`/${i}`);
  assert.ok(table.held < before + 5000, `${table.held - before}`);
});

Deno.test("folding keeps the heaviest, and absorbing keeps none by name", () => {
  const { table, get, names } = tableOf(10);
  for (let i = 1; i <= 5; i++) for (let j = 0; j < i; j++) get(`/${i}`, 200, 0.5);
  assert.equal(table.fold(2), 3);
  assert.deepEqual(names(), ["/4", "/5", OTHER_ROUTE]);
  assert.equal(table.foldAll(["GET /5", "GET /gone"]), 1);
  assert.deepEqual(names(), ["/4", OTHER_ROUTE]);
  const all = tableOf(0);
  all.table.absorb(table);
  assert.equal(all.count(OTHER_ROUTE), 15);
  assert.equal(all.table.counts()[0]!.timed, 15);
  assert.equal(all.names().length, 1);
});

Deno.test("the routes of several workers are added up", () => {
  const [a, b] = [tableOf(9), tableOf(9)];
  a.get("/", 200, 0.5);
  b.get("/", 503, 0.25);
  b.get("/b");
  assert.deepEqual(mergeRouteCounts([...a.table.counts(), ...b.table.counts()]), [
    { method: "GET", route: "/", count: 2, errors: 1, timed: 2, seconds: 0.75, slowest: 0.5 },
    { method: "GET", route: "/b", count: 1, errors: 0, timed: 0, seconds: 0, slowest: 0 },
  ]);
});
