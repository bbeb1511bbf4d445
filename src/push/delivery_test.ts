import assert from "node:assert/strict";
import { Delivery, type Outcome, type Parcel } from "./delivery.ts";
import { within } from "./time_left.ts";

const parcel = (mebibytes: number, samples: number): Parcel => ({
  body: new Uint8Array(mebibytes << 20),
  samples,
});

const later: Outcome = { kind: "later", reason: "busy", after: null };
const taken: Outcome = { kind: "taken", refused: 0 };

/** Lets everything run that does not wait for time to pass. */
const pass = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("what does not fit goes, the oldest first, and is counted; adding never waits", async () => {
  const server = Promise.withResolvers<Outcome>();
  const sent: number[] = [];
  const delivery = new Delivery("test", async ({ samples }) => {
    const outcome = await server.promise;
    sent.push(samples);
    return outcome;
  }, () => {});
  for (let samples = 1; samples <= 5; samples++) delivery.add(parcel(10, samples));
  // The first is on its way, and 32 MiB may wait.
  assert.deepEqual(delivery.dropped, { full: 2 + 3, refused: 0, ended: 0 });
  assert.equal(delivery.waiting, 30 << 20);
  server.resolve(taken);
  await delivery.finish(within(5000));
  assert.deepEqual([sent, delivery.sent, delivery.waiting], [[1, 4, 5], 10, 0]);
});

Deno.test("a busy server is asked again, later and later, and said to be so once", async () => {
  const times: number[] = [];
  const messages: string[] = [];
  const delivery = new Delivery("test", () => {
    times.push(performance.now());
    return Promise.resolve(times.length < 4 ? { ...later, after: 20 * times.length } : taken);
  }, (message) => messages.push(message));
  delivery.add(parcel(0, 7));
  await delivery.finish(within(20_000));
  assert.deepEqual([delivery.retries, delivery.sent], [3, 7]);
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  assert.ok(pauses.every((pause, i) => pause >= 20 * (i + 1) - 1), `${pauses}`);
  assert.deepEqual(messages, [
    "test: metrics are not taken (busy); they are tried again",
    "test: the server takes metrics again",
  ]);
});

Deno.test("what a server refuses is not sent again, and counted", async () => {
  const outcomes: Outcome[] = [
    { kind: "refused", reason: "400 out of order" },
    { kind: "taken", refused: 2, reason: "too old" },
  ];
  const delivery = new Delivery("test", () => Promise.resolve(outcomes.shift()!), () => {});
  delivery.add(parcel(0, 5));
  delivery.add(parcel(0, 9));
  await delivery.finish(within(5000));
  assert.deepEqual(delivery.dropped, { full: 0, refused: 5 + 2, ended: 0 });
  assert.deepEqual([delivery.sent, delivery.retries, outcomes.length], [7, 0, 0]);
});

Deno.test("at the end what cannot be sent in time is dropped, and counted", async () => {
  const delivery = new Delivery("test", () => Promise.resolve(later), () => {});
  delivery.add(parcel(0, 3));
  await pass();
  await delivery.finish(within(10));
  assert.deepEqual(delivery.dropped, { full: 0, refused: 0, ended: 3 });
  assert.equal(delivery.waiting, 0);
});
