import assert from "node:assert/strict";
import { fuzz } from "../../tests/packets/random.ts";
import { hasLost, type RawEvent, readPage } from "./ring_page.ts";
import { pageOf } from "./testing.ts";

function eventsOf(page: Uint8Array<ArrayBuffer>): RawEvent[] {
  const events: RawEvent[] = [];
  readPage(new DataView(page.buffer), events);
  return events;
}

const bytesOf = (
  { page, at, end }: RawEvent,
) => [...new Uint8Array(page.buffer, page.byteOffset + at, end - at)];

Deno.test("events of a page have their times and bytes", () => {
  const page = pageOf(1000, [
    { delta: 5, data: [1, 0, 0, 0] },
    { delta: 2 ** 27 + 7, data: [2, 0, 0, 0, 9, 9, 9, 9] },
    { delta: 1, data: new Array(200).fill(3) },
  ]);
  const events = eventsOf(page);
  assert.deepEqual(events.map(({ time }) => time), [1005, 1012 + 2 ** 27, 1013 + 2 ** 27]);
  assert.deepEqual(bytesOf(events[1]!), [2, 0, 0, 0, 9, 9, 9, 9]);
  assert.equal(bytesOf(events[2]!).length, 200);
  assert.equal(hasLost(new DataView(page.buffer)), false);
});

Deno.test("a page that is cut off anywhere gives the events before, and never throws", () => {
  const page = pageOf(0, [
    { delta: 1, data: [1, 0, 0, 0] },
    { delta: 2 ** 28, data: new Array(160).fill(2) },
    { delta: 3, data: [3, 0, 0, 0] },
  ]);
  for (let length = 0; length < page.length; length++) {
    const events = eventsOf(page.slice(0, length));
    assert.ok(events.length < 3);
    for (const { end } of events) assert.ok(end <= length);
  }
});

Deno.test("no page of any bytes makes it throw, or read beyond its end", () => {
  const sample = pageOf(7, [{ delta: 1, data: [1, 0, 0, 0] }, {
    delta: 2 ** 29,
    data: new Array(300).fill(4),
  }]);
  fuzz([sample], 3000, (page) => {
    for (const { at, end } of eventsOf(page)) assert.ok(at <= end && end <= page.length);
  });
});
