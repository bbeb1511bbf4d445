import assert from "node:assert/strict";
import {
  concat,
  cut,
  hex,
  httpRequest,
  httpResponse,
  text,
} from "../../../tests/packet_builder.ts";
import { Player } from "../../../tests/packets/play.ts";
import { Wire } from "../../../tests/packets/wire.ts";

const request = (host: string, target: string) => httpRequest({ host, target });
const answer = httpResponse({ body: "hello" });

Deno.test("connections that share parsers do not mix their messages", () => {
  const wires = Array.from({ length: 3 }, (_, i) => new Wire({ clientPort: 2000 + i }));
  const player = new Player();
  for (const wire of wires) player.play(wire.open());
  const sent = [0, 0, 0];
  const answered = [0, 0, 0];
  for (let round = 0; round < 4; round++) {
    const asked = wires.map((_, i) => request(`${i}.example`, `/${round}`));
    // In halves, so that each connection is in the middle of a head while the next one is read.
    for (const half of [0, 1]) {
      wires.forEach((wire, i) => {
        const middle = asked[i]!.length >> 1;
        const piece = half === 0 ? asked[i]!.subarray(0, middle) : asked[i]!.subarray(middle);
        player.play([wire.client(sent[i]!, piece, { ack: answered[i]! })]);
        sent[i]! += piece.length;
      });
    }
    wires.forEach((wire, i) => {
      player.play([wire.server(answered[i]!, answer, { ack: sent[i]! })]);
      answered[i]! += answer.length;
    });
  }
  const { exchanges } = player.finish();
  const seen = exchanges.map(({ host, status }) => `${host} ${status}`);
  const expected = [0, 1, 2].flatMap((i) => Array.from({ length: 4 }, () => `${i}.example 200`));
  assert.deepEqual(seen.sort(), expected.sort());
});

Deno.test("a gap between two messages is noticed, though there is no parser at that time", () => {
  const wire = new Wire();
  const first = request("a.example", "/1");
  const second = request("a.example", "/2");
  const third = request("a.example", "/3");
  const player = new Player();
  player.play([
    ...wire.open(),
    wire.client(0, first),
    wire.server(0, answer, { ack: first.length }),
    // The second request is lost; the response to it acknowledges it.
    wire.server(answer.length, answer, { ack: first.length + second.length }),
    wire.client(first.length + second.length, third, { ack: 2 * answer.length }),
    wire.server(2 * answer.length, answer, { ack: first.length + second.length + third.length }),
  ]);
  const { exchanges } = player.finish();
  assert.deepEqual(exchanges.map(({ status }) => status), [200, 200]);
});

Deno.test("after an upgrade to h2c, frames are read that come in small pieces", () => {
  const upgrade = httpRequest({ host: "a.example", headers: { Upgrade: "h2c" } });
  const agreed = text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
  const settings = hex("000000 04 00 00000000");
  const preface = concat(text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings);
  // :method GET, :scheme http, :path /, :authority b.example; then :status 404.
  const get = concat(hex("00000e 01 05 00000003 828684 4109"), text("b.example"));
  const notFound = hex("000001 01 05 00000003 8d");
  for (const size of [1, 5, 7, 1400]) {
    const wire = new Wire();
    const player = new Player();
    player.play([...wire.open(), wire.client(0, upgrade)]);
    const sent = [upgrade.length, 0];
    const say = (side: "client" | "server", bytes: Uint8Array) => {
      const [own, other] = side === "client" ? [0, 1] as const : [1, 0] as const;
      for (const piece of cut(bytes, size)) {
        player.play([wire[side](sent[own]!, piece, { ack: sent[other]! })]);
        sent[own]! += piece.length;
      }
    };
    say("server", concat(agreed, settings));
    say("client", concat(preface, get));
    say("server", notFound);
    const seen = player.finish().exchanges.map(({ host, status }) => `${host} ${status}`);
    assert.deepEqual(seen, ["a.example 101", "b.example 404"], `${size}`);
  }
});
