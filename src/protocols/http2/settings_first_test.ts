// Servers of HTTP/2 without TLS send their SETTINGS as soon as somebody connects: before the client has
// said what it speaks.

import assert from "node:assert/strict";
import {
  type Bytes,
  clientHello,
  concat,
  cut,
  hex,
  httpRequest,
  httpResponse,
  text,
  tlsRecords,
} from "../../../tests/packet_builder.ts";
import { type Heard, Player } from "../../../tests/packets/play.ts";
import { Wire } from "../../../tests/packets/wire.ts";

const SETTINGS = hex("000006 04 00 00000000 0003 00000064");
const ACKNOWLEDGED = hex("000000 04 01 00000000");
const PREFACE = concat(text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), SETTINGS);
/** :method GET, :scheme http, :path /, :authority a.example. */
const GET = concat(hex("00000e 01 05 00000001 828684 4109"), text("a.example"));
const OK = hex("000001 01 05 00000001 88");

/** The server's SETTINGS, what the client sends then, one piece after the other, and what it gets for it. */
function answered(pieces: readonly Uint8Array[], answer: Bytes, isWhole = true): Heard {
  const wire = new Wire();
  const player = new Player();
  if (isWhole) player.play(wire.open());
  player.play([wire.server(0, SETTINGS)]);
  let sent = 0;
  for (const piece of pieces) {
    player.play([wire.client(sent, piece, { ack: SETTINGS.length })]);
    sent += piece.length;
  }
  player.play([wire.server(SETTINGS.length, answer, { ack: sent })]);
  return player.finish();
}

const found = ({ exchanges }: Heard): string[] =>
  exchanges.map(({ host, version, status }) => `${host} ${version} ${status}`);

Deno.test("an HTTP/1 request is read though the server began with HTTP/2", () => {
  const request = httpRequest({ host: "a.example" });
  for (const size of [1, 3, 10, 1400]) {
    const heard = answered(cut(request, size), httpResponse({ status: 400 }));
    assert.deepEqual(found(heard), ["a.example 1.1 400"], `${size}`);
  }
});

Deno.test("a ClientHello is read though the server began with HTTP/2", () => {
  const hello = tlsRecords(clientHello({ serverName: "a.example" }));
  const { hits } = answered([hello], ACKNOWLEDGED);
  assert.deepEqual(hits, ["tls a.example"]);
});

Deno.test("HTTP/2 is read behind a PROXY header that comes after the server's SETTINGS", () => {
  const header = text("PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\n");
  for (const pieces of [[header, PREFACE, GET], [concat(header, PREFACE, GET)]]) {
    assert.deepEqual(found(answered(pieces, concat(ACKNOWLEDGED, OK))), ["a.example 2 200"]);
  }
});

Deno.test("frames are searched for behind a body of which the capture has only the end", () => {
  const pieces = [text("POST is in this body"), concat(text("to its end"), GET)];
  assert.deepEqual(found(answered(pieces, OK, false)), ["a.example 2 200"]);
});
