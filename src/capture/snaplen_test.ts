import assert from "node:assert/strict";
import {
  dnsQuery,
  ethernet,
  httpRequest,
  ipv4,
  PROTOCOL,
  tcp,
  udp,
} from "../../tests/packet_builder.ts";
import { Feed } from "../../tests/packets/feed.ts";
import { isTooShort, snaplenWarning } from "./snaplen.ts";

/** How many hosts are found in the first `snaplen` bytes of packets. */
function found(snaplen: number): number {
  const packets = [
    ethernet(
      ipv4({}, tcp({ options: new Uint8Array(12).fill(1) }, httpRequest({ host: "host.example" }))),
    ),
    ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({}, dnsQuery({ name: "host.example" })))),
  ].map((data) => ({ data: data.slice(0, snaplen), length: data.length }));
  return new Feed().feed(packets).finish().events.length;
}

Deno.test("there is a warning if nothing can be found, and none if something can", () => {
  for (const snaplen of [1, 14, 54, 66]) {
    assert.equal(found(snaplen), 0);
    assert.ok(isTooShort(snaplen));
  }
  assert.ok(found(128) > 0);
  for (const snaplen of [0, 96, 128, 262144]) assert.ok(!isTooShort(snaplen));
  assert.match(snaplenWarning(60), /^--snaplen 60 cuts packets off .+; use 2048 or more$/);
});
