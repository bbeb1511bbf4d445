import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { openPlaces, rememberPlaces } from "./places.ts";

/** A finder that knows one place and counts how often it is asked. */
function countingFinder() {
  return {
    asked: 0,
    find() {
      this.asked++;
      return { city: "Rome", country: "IT" };
    },
  };
}

Deno.test("each address is looked up once", () => {
  const finder = countingFinder();
  const places = rememberPlaces(finder, 10);
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(places.place("8.8.8.8"), { city: "Rome", country: "IT" });
  }
  assert.equal(finder.asked, 1);
});

Deno.test("no more places are remembered than the limit; the longest unused goes first", () => {
  const finder = countingFinder();
  const places = rememberPlaces(finder, 10);
  for (let i = 0; i < 10; i++) places.place(`8.8.8.${i}`);
  places.place("8.8.8.0");
  assert.equal(finder.asked, 10);
  places.place("8.8.8.10");
  places.place("8.8.8.0");
  places.place("8.8.8.2");
  assert.equal(finder.asked, 11);
  places.place("8.8.8.1");
  assert.equal(finder.asked, 12);
});

Deno.test("special addresses have a plain word and no city, whatever a database says", () => {
  const finder = countingFinder();
  const places = rememberPlaces(finder, 10);
  assert.deepEqual(places.place("192.168.1.1"), { city: "", country: "private" });
  assert.deepEqual(places.place("::1"), { city: "", country: "loopback" });
  assert.deepEqual(places.place("fe80::1"), { city: "", country: "link-local" });
  assert.deepEqual(places.place("ff02::fb"), { city: "", country: "multicast" });
  assert.equal(finder.asked, 0);
});

Deno.test("what is no address has no place", () => {
  const finder = countingFinder();
  const places = rememberPlaces(finder, 10);
  for (const text of ["", "other", "example.com", "999.1.1.1"]) {
    assert.deepEqual(places.place(text), { city: "", country: "" });
  }
  assert.equal(finder.asked, 0);
});

Deno.test("after close every place is unknown", () => {
  const places = rememberPlaces(countingFinder(), 10);
  places.place("8.8.8.8");
  places.close();
  assert.deepEqual(places.place("8.8.8.8"), { city: "", country: "" });
});

Deno.test("the built-in places know an address of each family", async () => {
  const places = await openPlaces({ database: null });
  assert.deepEqual(places.place("193.0.6.139"), { city: "", country: "NL" });
  assert.deepEqual(places.place("2a00:1450:4001::1"), { city: "Frankfurt am Main", country: "DE" });
  places.close();
});

Deno.test("a database that can't be read is a UserError", async () => {
  await assert.rejects(openPlaces({ database: "/nonexistent.mmdb" }), UserError);
});
