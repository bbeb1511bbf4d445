// Linux's clocks (clock_gettime(2)).

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
