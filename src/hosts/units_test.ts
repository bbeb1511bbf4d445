import assert from "node:assert/strict";
import { formatBytes, formatDuration, formatTime } from "./units.ts";

Deno.test("bytes have the unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [1234, "1.2 kB"],
    [9949, "9.9 kB"],
    [9950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1 MB"],
    [34_000_000, "34 MB"],
    [5e18, "5000 PB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

Deno.test("durations have the unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 µs"],
    [0.00085, "850 µs"],
    [0.0009996, "1 ms"],
    [0.0012, "1.2 ms"],
    [0.012, "12 ms"],
    [0.9996, "1 s"],
    [1.26, "1.3 s"],
    [42, "42 s"],
    [200, "3 min"],
  ];
  for (const [seconds, text] of cases) assert.equal(formatDuration(seconds), text);
});

Deno.test("times are in UTC; one that no calendar has stays a number", () => {
  assert.equal(formatTime(1_700_000_000.9), "2023-11-14 22:13:20Z");
  assert.equal(formatTime(1e15), "1000000000000000");
});
