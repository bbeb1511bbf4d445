// Interim responses (100, 103) of which a part was not captured.

import assert from "node:assert/strict";
import { httpRequest, httpResponse, text } from "../../../tests/packet_builder.ts";
import type { CapturedPacket } from "../../../tests/packets/files.ts";
import { line, play } from "../../../tests/packets/play.ts";
import { FIN_ACK, RESET, Wire } from "../../../tests/packets/wire.ts";

const wire = new Wire();
const first = httpRequest({ target: "/1" });
const second = httpRequest({ target: "/2" });
const hints = text(`HTTP/1.1 103 Early Hints\r\nLink: </${"x".repeat(200)}>\r\n\r\n`);
const found = httpResponse({ body: "hello" });
const missing = httpResponse({ status: 404 });

/** A packet of which only the first bytes were captured. */
const cutOff = (packet: Uint8Array, to = 128): CapturedPacket => ({
  data: packet.slice(0, to),
  length: packet.length,
});

const asked = [...wire.open(), wire.client(0, first)];
const interim = wire.server(0, hints, { ack: first.length });
const beginning = wire.server(0, hints.slice(0, 50), { ack: first.length });
const received = wire.client(first.length, "", { ack: hints.length });

Deno.test("the final response counts if the head of an interim one is cut off or lost in part", () => {
  const final = wire.server(hints.length, found, { ack: first.length });
  for (const before of [[cutOff(interim)], [beginning, received]]) {
    assert.deepEqual(play([...asked, ...before, final]).exchanges.map(line), [
      "GET example.com/1 200 0 5",
    ]);
  }
});

Deno.test("an interim response whose head is cut off is not the final one", () => {
  const ends = [
    [],
    [wire.server(hints.length, "", FIN_ACK)],
    [wire.client(first.length, "", RESET)],
  ];
  for (const before of [cutOff(interim), beginning]) {
    for (const end of ends) {
      const [exchange] = play([...asked, before, ...end]).exchanges;
      assert.equal(exchange?.status, 0);
    }
  }
});

Deno.test("if the final response is lost behind an interim one, the next one answers the next request", () => {
  const after = hints.length + found.length;
  const lost = play([
    ...asked,
    cutOff(interim),
    wire.client(first.length, second, { ack: after }),
    wire.server(after, missing, { ack: first.length + second.length }),
  ]);
  assert.deepEqual(lost.exchanges.map(({ target, status }) => `${target} ${status}`), [
    "/1 0",
    "/2 404",
  ]);
});
