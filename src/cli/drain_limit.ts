// How long the end of a capture is waited for. On a busy machine the worker gets little of the processors: it is
// waited for as long as it works, but not if it hangs.

import process from "node:process";

/** Milliseconds of time, and of work of all processors together, after which it hangs. */
const ENOUGH = 1400;
/** If no counts are there that could be reported instead, so many times as much work. */
const WITHOUT_COUNTS = 5;
/** Milliseconds. */
const LONGEST = 20_000;
/** Who uses less of a processor than this part does not work, but waits for what never comes. */
const IDLE = 0.02;

/** Whether to wait no longer; `hasCounts`: whether counts are there that can be reported instead. */
export type DrainLimit = (hasCounts: boolean) => boolean;

/** From now on, so many milliseconds. */
export function limitOfTime(milliseconds: number): DrainLimit {
  const began = performance.now();
  return () => performance.now() - began >= milliseconds;
}

/** From now on, as long as this process works. */
export function limitOfWork(): DrainLimit {
  const began = performance.now();
  const before = process.cpuUsage();
  return (hasCounts) => {
    const { user, system } = process.cpuUsage(before);
    return isEnough(performance.now() - began, (user + system) / 1000, hasCounts);
  };
}

/** Of so many milliseconds that have passed, the processors have worked for so many. */
export function isEnough(passed: number, worked: number, hasCounts: boolean): boolean {
  if (passed >= LONGEST) return true;
  if (!hasCounts) return worked >= WITHOUT_COUNTS * ENOUGH;
  return passed >= ENOUGH && (worked >= ENOUGH || worked < IDLE * passed);
}
