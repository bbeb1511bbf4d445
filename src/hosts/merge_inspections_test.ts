import assert from "node:assert/strict";
import { HISTORY_SECONDS, type Inspection } from "./history.ts";
import { exampleInspection } from "../outputs/example.ts";
import { mergeInspections } from "./merge_inspections.ts";
import { MAX_TRANSACTIONS } from "./recent_transactions.ts";

const inspection = (until: number, given: Partial<Inspection> = {}): Inspection =>
  exampleInspection("a.test", { until, ...given });

const line = (time: number) => ({
  time,
  source: "http" as const,
  what: "GET /",
  result: "200",
  bytes: 1,
  seconds: 1,
});

Deno.test("the latest transactions of all, in order", () => {
  const every = (step: number, from: number) =>
    Array.from({ length: MAX_TRANSACTIONS }, (_, i) => line(from + step * i));
  const { transactions } = mergeInspections([
    inspection(9, { transactions: every(2, 0) }),
    inspection(9, { transactions: every(2, 1) }),
  ]);
  assert.deepEqual(transactions.map(({ time }) => time), every(1, 50).map(({ time }) => time));
});

Deno.test("bytes are added second by second, also if one worker is behind", () => {
  const ending = (...bytes: number[]) => {
    const seconds = new Float64Array(HISTORY_SECONDS);
    seconds.set(bytes, HISTORY_SECONDS - bytes.length);
    return seconds;
  };
  const merged = mergeInspections([
    inspection(100, { sent: ending(1, 2, 3), received: ending(5) }),
    inspection(102, { sent: ending(10, 20, 30, 40) }),
  ]);
  assert.equal(merged.until, 102);
  assert.deepEqual([...merged.sent.slice(-5)], [1, 12, 23, 30, 40]);
  assert.deepEqual([...merged.received.slice(-4)], [0, 5, 0, 0]);
  const apart = mergeInspections([inspection(0, { sent: ending(1) }), inspection(1e6)]);
  assert.equal(apart.sent.length, HISTORY_SECONDS);
  assert.ok(apart.sent.every((bytes) => bytes === 0), "long ago");
});

Deno.test("distributions are added up; one host alone stays as it is", () => {
  const distributions = (...rows: [seconds: number, count: number][]) => [
    rows.map(([seconds, count]) => ({ seconds, count })),
    null,
  ];
  const one = inspection(1, { distributions: distributions([0.1, 1], [0.5, 2]) });
  const other = inspection(1, { distributions: distributions([0.2, 4], [0.5, 3]) });
  assert.deepEqual(
    mergeInspections([one, other]).distributions,
    distributions([0.1, 1], [0.2, 4], [0.5, 5]),
  );
  assert.equal(mergeInspections([one]), one);
});

Deno.test("responses are added second by second and class by class, clients by address", () => {
  const seconds = (...counts: number[]) => {
    const all = new Float64Array(HISTORY_SECONDS);
    all.set(counts, HISTORY_SECONDS - counts.length);
    return all;
  };
  const merged = mergeInspections([
    inspection(100, {
      responses: [{ status: "2xx", seconds: seconds(1, 2) }],
      clients: [{ ip: "192.0.2.1", count: 1 }],
    }),
    inspection(101, {
      responses: [{ status: "2xx", seconds: seconds(5, 0) }, {
        status: "5xx",
        seconds: seconds(9),
      }],
      clients: [{ ip: "192.0.2.2", count: 2 }, { ip: "192.0.2.1", count: 3 }],
    }),
  ]);
  const shown = merged.responses.map(({ status, seconds }) => [status, ...seconds.slice(-3)]);
  assert.deepEqual(shown, [["2xx", 1, 7, 0], ["5xx", 0, 0, 9]]);
  assert.deepEqual(merged.clients, [
    { ip: "192.0.2.1", count: 4 },
    { ip: "192.0.2.2", count: 2 },
  ]);
});
