// Linux's clocks (clock_gettime(2), adjtimex(2)).

import { systemCall } from "./linux.ts";
import { addressOf } from "./memory_address.ts";

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

const spec = new BigInt64Array(2);
const bytes = new Uint8Array(spec.buffer);

/** Microseconds that have to be added to a time of CLOCK_MONOTONIC, so that it counts from 1970. */
export function monotonicOrigin(): number {
  return read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC);
}

/** Microseconds. struct timespec { s64 seconds; s64 nanoseconds; } */
function read(clock: number): number {
  systemCall("clock_gettime", clock, addressOf(bytes));
  return Number(spec[0]) * 1e6 + Number(spec[1]) / 1e3;
}

/** struct timex takes 208 bytes; all zero, it changes nothing. */
const TIMEX_BYTES = 208;
/** Answered if the clock follows no other. */
const TIME_ERROR = 5;

/** Whether the clock of days is synchronised with others; null where the system does not tell. */
export function isClockSynchronised(): boolean | null {
  if (Deno.build.os !== "linux") return null;
  const state = systemCall("adjtimex", addressOf(new Uint8Array(TIMEX_BYTES)));
  return state < 0 ? null : state !== TIME_ERROR;
}
