import assert from "node:assert/strict";
import { exampleHost, hitsBy } from "../outputs/example.ts";
import { type AddressColumn, addressValues, COLUMNS, formatValue, viewOf } from "./columns.ts";

const keys = (columns: readonly { key: string }[]) => columns.map(({ key }) => key);

Deno.test("addresses and places are columns only if the options ask for them", () => {
  const plain = keys(viewOf({ ip: false, place: null }).columns);
  assert.deepEqual(plain.filter((key) => ["ip", "city", "country"].includes(key)), []);
  const ip = keys(viewOf({ ip: true, place: null }).columns);
  assert.deepEqual(ip.slice(plain.length), ["ip"]);
  const place = () => ({ city: "", country: "" });
  const both = keys(viewOf({ ip: true, place }).columns);
  assert.deepEqual(both.slice(plain.length), ["ip", "city", "country"]);
});

Deno.test("keys are unique, and fit to be names of metrics and labels", () => {
  assert.equal(new Set(keys(COLUMNS)).size, COLUMNS.length);
  for (const { key } of COLUMNS) assert.match(key, /^[a-z][a-z0-9_]*$/);
});

Deno.test("a title means one thing, wherever it is shown", () => {
  const titles = COLUMNS.map(({ title }) => title);
  assert.deepEqual(titles, [...new Set(titles)]);
});

Deno.test("each value of the addresses is shown once, the most often hit first", () => {
  const host = exampleHost("a", {
    addresses: [
      { ip: "192.0.2.1", hits: hitsBy({ http: 1 }) },
      { ip: "192.0.2.2", hits: hitsBy({ tls: 5 }) },
      { ip: "198.51.100.1", hits: hitsBy({ http: 4 }) },
      { ip: "other", hits: hitsBy({ http: 9 }) },
      { ip: "", hits: hitsBy({ http: 9 }) },
    ],
  });
  const place = (ip: string) => ({ city: ip.startsWith("192.") ? "Paris" : "Oslo", country: "" });
  const context = { ip: true, place };
  const of = (key: string) =>
    addressValues(COLUMNS.find((each) => each.key === key) as AddressColumn, host, context);
  assert.deepEqual(of("ip"), ["other", "192.0.2.2", "198.51.100.1", "192.0.2.1"]);
  assert.deepEqual(of("city"), ["Paris", "Oslo"]);
  assert.deepEqual(of("country"), []);
});

Deno.test("only addresses are looked up", () => {
  const asked: string[] = [];
  const place = (ip: string) => {
    asked.push(ip);
    return { city: "", country: "" };
  };
  const city = COLUMNS.find(({ key }) => key === "city") as AddressColumn;
  for (const ip of ["", "other", "::1"]) city.value(ip, { ip: false, place });
  assert.deepEqual(asked, ["::1"]);
});

Deno.test("values are shown by their kind", () => {
  assert.equal(formatValue("bytes", 1500), "1.5 kB");
  assert.equal(formatValue("seconds", 0.012), "12 ms");
  assert.equal(formatValue("count", 12345), "12345");
  assert.equal(formatValue("time", 0), "1970-01-01 00:00:00Z");
  assert.equal(formatValue("text", "x"), "x");
  assert.equal(formatValue("seconds", null), "-");
  assert.equal(formatValue("text", ""), "-");
});
