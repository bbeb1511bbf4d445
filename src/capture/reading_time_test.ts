import assert from "node:assert/strict";
import { ReadingTime } from "./reading_time.ts";

/** Reads of `reading` milliseconds, each followed by `counting`, from a time on. */
function read(time: ReadingTime, count: number, reading: number, counting: number): void {
  for (let i = 0, at = 1000; i < count; i++, at += reading + counting) time.add(at, at + reading);
}

Deno.test("reads take long if they are more than a tenth of the time", () => {
  for (
    const [reading, counting, isLong] of [[2, 10, true], [1, 10, false], [0, 0, false]] as const
  ) {
    const time = new ReadingTime();
    read(time, 17, reading, counting);
    assert.equal(time.isLong, isLong, `${reading} of ${reading + counting} ms`);
  }
});

Deno.test("a few reads do not tell, and what was before does not count", () => {
  const time = new ReadingTime();
  read(time, 16, 5, 1);
  assert.equal(time.isLong, false);
  read(time, 1, 5, 1);
  const slow = new ReadingTime();
  read(slow, 17, 5, 1);
  assert.equal(slow.isLong, true);
  read(slow, 32, 1, 50);
  assert.equal(slow.isLong, false);
});
