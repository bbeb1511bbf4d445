import assert from "node:assert/strict";
import { ChargeTimes } from "./charge_times.ts";

const SECOND = 1_000_000;
const BEGIN = 1_000_000 * SECOND;

/** At which of the seconds 1 to 100 hosts are looked at, with so many packets in each. */
function timesOf(packets: number, hosts: number): number[] {
  const times = new ChargeTimes();
  assert.ok(times.isDue(BEGIN, hosts), "the first packets of all");
  const due: number[] = [];
  for (let second = 1; second <= 100; second++) {
    times.count(packets);
    if (times.isDue(BEGIN + second * SECOND, hosts)) due.push(second);
  }
  return due;
}

Deno.test("hosts are looked at every second, and less often if there are many, or few packets", () => {
  assert.equal(timesOf(100_000, 1000).length, 100);
  assert.deepEqual(timesOf(100_000, 300_000).slice(0, 2), [30, 60]);
  assert.deepEqual(timesOf(1000, 1000).slice(0, 2), [10, 20]);
});

Deno.test("time alone makes nothing due: in a file it may pass between two packets", () => {
  assert.deepEqual(timesOf(100, 1000), [41, 82]);
});

Deno.test("a clock that is set makes nothing due, and hinders nothing", () => {
  const times = new ChargeTimes();
  assert.ok(times.isDue(SECOND, 10));
  times.count(100_000);
  times.clockWasSet(3600 * SECOND);
  assert.ok(!times.isDue(3601 * SECOND, 10));
  assert.ok(times.isDue(3602 * SECOND, 10));
});
