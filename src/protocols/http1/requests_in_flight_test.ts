import assert from "node:assert/strict";
import { RequestsInFlight } from "./requests_in_flight.ts";

/** A client that sends bursts of requests, each when all before it were answered. */
function client(bursts: readonly number[]): RequestsInFlight {
  const inFlight = new RequestsInFlight();
  for (const [i, requests] of bursts.entries()) {
    for (let k = 0; k < requests; k++) inFlight.sent(i * 1000, k, 0, true);
  }
  return inFlight;
}

const times = (count: number, ...bursts: number[]): number[] =>
  Array<number[]>(count).fill(bursts).flat();

Deno.test("a client's most requests in flight are sure if it has had so many again and again", () => {
  assert.ok(client(times(20, 1)).isSure);
  assert.ok(!client(times(7, 5)).isSure);
  assert.ok(client(times(8, 5)).isSure);
  assert.ok(client(times(8, 5, 1, 1)).isSure);
  assert.equal(client(times(8, 5)).most, 5);
});

Deno.test("a client that rarely had its most requests in flight may have more at another time", () => {
  assert.ok(!client(times(8, 5, 1, 2, 3, 1)).isSure);
  assert.ok(!client([...times(20, 5), 6, ...times(20, 5)]).isSure);
});
