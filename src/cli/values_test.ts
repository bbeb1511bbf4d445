import assert from "node:assert/strict";
import { COARSE_BUCKETS } from "../hosts/duration_scale.ts";
import {
  parseBoolean,
  parseBuckets,
  parseDuration,
  parseInteger,
  parseList,
  parseListen,
} from "./values.ts";

Deno.test("--listen takes a port, with or without a host", () => {
  const cases: [string, string, number][] = [
    ["8000", "127.0.0.1", 8000],
    [":8000", "", 8000],
    ["0.0.0.0:80", "0.0.0.0", 80],
    ["localhost:0", "localhost", 0],
    ["[::1]:8000", "::1", 8000],
    ["[::]:8000", "::", 8000],
    ["my-host.example:65535", "my-host.example", 65_535],
  ];
  for (const [text, hostname, port] of cases) {
    assert.deepEqual(parseListen("--listen", text), { hostname, port }, text);
  }
  for (const text of ["", "host", "host:", "::1", "::1:8000", "host:65536", "a b:1", "host:-1"]) {
    assert.throws(() => parseListen("--listen", text), /^UserError: --listen ".*": give /, text);
  }
});

Deno.test("durations have a unit", () => {
  const cases: [string, number][] = [["500ms", 500], ["30s", 30_000], ["1.5m", 90_000], [
    "1h",
    3_600_000,
  ]];
  for (const [text, duration] of cases) assert.equal(parseDuration("-d", text), duration, text);
  for (const text of ["", "30", "s", "0s", "-1s", "5x", "1e3s", "1h30m", "597h", "Infinitys"]) {
    assert.throws(() => parseDuration("-d", text), /such as 30s, 5m/, text);
  }
});

Deno.test("numbers are whole and within their range", () => {
  assert.equal(parseInteger("-c", "007", 1, 10), 7);
  for (const text of ["", "0", "11", "1.5", "0x5", "-1", "1e1", " 5", "99999999999999999999"]) {
    assert.throws(() => parseInteger("-c", text, 1, 10), /whole number from 1 to 10/, text);
  }
});

Deno.test("bounds of buckets are seconds that rise", () => {
  assert.deepEqual(parseBuckets("--buckets", "coarse"), COARSE_BUCKETS);
  assert.deepEqual(parseBuckets("--buckets", "1e-6, .5,1,1000000"), [1e-6, 0.5, 1, 1e6]);
  const many = Array.from({ length: 51 }, (_, i) => i + 1).join();
  const wrong = [
    "",
    ",",
    "0",
    "-1",
    "1,1",
    "2,1",
    "1e-7",
    "1000001",
    "1s",
    "0x1",
    "NaN",
    "1 2",
    "fine",
  ];
  for (const text of [...wrong, "Infinity", "1..2", many]) {
    assert.throws(
      () => parseBuckets("--buckets", text),
      /^UserError: --buckets ".*": give coarse, or 1 to 50 seconds that rise/,
      text,
    );
  }
});

Deno.test("switches and lists of the environment", () => {
  for (const text of ["1", "true", "YES", "on"]) assert.equal(parseBoolean("X", text), true);
  for (const text of ["0", "false", "No", "off"]) assert.equal(parseBoolean("X", text), false);
  assert.throws(() => parseBoolean("X", "2"), /X "2": give true or false/);
  assert.deepEqual(parseList("eth0, eth1,,my file.pcap"), ["eth0", "eth1", "my file.pcap"]);
});
