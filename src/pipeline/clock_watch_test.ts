// Clocks that are set, machines that sleep, and packets with wrong times.

import assert from "node:assert/strict";
import {
  dnsQuery,
  ethernet,
  httpRequest,
  ipv4,
  PROTOCOL,
  udp,
} from "../../tests/packet_builder.ts";
import { batchOf, ETHERNET, Feed } from "../../tests/packets/feed.ts";
import { Wire } from "../../tests/packets/wire.ts";
import { Pipeline } from "./pipeline.ts";
import { ClockWatch } from "./clock_watch.ts";

const HOUR = 3600;

const question = (): Uint8Array => ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({}, dnsQuery())));

const idle = (feed: Feed): number =>
  feed.snapshot.flowsEvicted.find(({ reason }) => reason === "idle")!.count;

Deno.test("a clock that is set is noticed once, one that is adjusted is not", () => {
  const watch = new ClockWatch(1000, 0);
  assert.equal(watch.jump(2000, 1000), 0);
  // Half a second within a second, over and over.
  for (let i = 0; i < 10; i++) assert.equal(watch.jump(2000 + 1500 * i, 1000 + 1000 * i), 0);
  const [wall, steady] = [15_500, 10_000];
  assert.equal(watch.jump(wall + 3.6e6, steady), 3.6e6);
  assert.equal(watch.jump(wall + 3.6e6 + 100, steady + 100), 0);
  assert.equal(watch.jump(wall + 200, steady + 200), -3.6e6);
  assert.equal(watch.jump(wall + 300, steady + 300), 0);
});

for (const jump of [HOUR, -HOUR]) {
  Deno.test(`a clock that is set by ${jump} s ends no flow, and idle ones end in their time`, () => {
    const wire = new Wire();
    const feed = new Feed().feed([...wire.open(), wire.client(0, httpRequest())]);
    feed.clock += jump * 1e6;
    feed.pipeline.clockWasSet(jump * 1e6);
    feed.feed([question()]);
    assert.deepEqual([idle(feed), feed.snapshot.flowsOpen], [0, 2]);
    feed.clock += 200e6;
    feed.feed([question()]);
    assert.equal(feed.snapshot.flowsOpen, 2);
    feed.clock += 200e6;
    feed.feed([question()]);
    assert.deepEqual([idle(feed), feed.snapshot.flowsOpen], [1, 1]);
  });
}

Deno.test("one packet with a time far ahead, or far back, ends no flow", () => {
  const wire = new Wire();
  const packets = [...wire.open(), wire.client(0, httpRequest()), question()];
  for (const wrong of [4e15, 0]) {
    const feed = new Feed();
    const batch = batchOf(packets, feed.clock);
    batch.time[batch.count - 1] = wrong;
    feed.pipeline.feed(batch, ETHERNET);
    assert.equal(feed.snapshot.flowsOpen, 2);
    feed.feed([question()]);
    assert.equal(idle(feed), 0);
    assert.ok(feed.snapshot.flowsOpen >= 2);
  }
});

Deno.test("the history of bytes goes on when the clock was set back for good", () => {
  const pipeline = new Pipeline({ maxHosts: 10, event: null, watch: true });
  const wire = new Wire();
  let time = 1.7e15;
  pipeline.feed(
    batchOf([...wire.open(), wire.client(0, httpRequest({ host: "a.example" }))], time),
    ETHERNET,
  );
  time -= HOUR * 1e6;
  for (let i = 0; i < 200; i++) pipeline.feed(batchOf([question()], time += 1e5), ETHERNET);
  assert.equal(pipeline.inspect("a.example")!.until, Math.floor(time / 1e6));
  // One packet of the old time changes nothing.
  pipeline.feed(batchOf([question()], time + HOUR * 1e6), ETHERNET);
  for (let i = 0; i < 200; i++) pipeline.feed(batchOf([question()], time += 1e5), ETHERNET);
  assert.equal(pipeline.inspect("a.example")!.until, Math.floor(time / 1e6));
});
