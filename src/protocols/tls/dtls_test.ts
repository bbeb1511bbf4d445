import assert from "node:assert/strict";
import { CLIENT, type Conversation } from "../analyser.ts";
import { DtlsHello, looksLikeDtls } from "./dtls.ts";

/** A record with a ClientHello of `body` bytes, all of it in this datagram. */
function hello(version: number, body = 60): Uint8Array {
  const length = 12 + body;
  return Uint8Array.of(
    ...[22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, length >> 8, length & 255],
    ...[1, 0, 0, body, 0, 0, 0, 0, 0, 0, 0, body],
    ...[version >> 8, version & 255],
    ...new Uint8Array(body - 2),
  );
}

function counted(bytes: Uint8Array): string[] {
  const seen: string[] = [];
  const unnamedHello = (protocol: string, version: string) => seen.push(`${protocol} ${version}`);
  const on = { sink: { unnamedHello } };
  assert.equal(
    new DtlsHello().datagram(on as unknown as Conversation, CLIENT, bytes, 0),
    false,
    "one look is enough",
  );
  return seen;
}

Deno.test("a DTLS ClientHello is recognised and counted by its version", () => {
  assert.equal(looksLikeDtls(hello(0xfefd), 0, 85), true);
  assert.deepEqual(counted(hello(0xfefd)), ["dtls 1.2"]);
  assert.deepEqual(counted(hello(0xfeff)), ["dtls 1.0"]);
  assert.deepEqual(counted(hello(0x1234)), ["dtls other"]);
});

Deno.test("prefixes of DTLS, TLS and other records are not DTLS", () => {
  const bytes = hello(0xfefd);
  for (let end = 0; end < bytes.length; end++) assert.equal(looksLikeDtls(bytes, 0, end), false);
  const changed = (at: number, to: number) => bytes.with(at, to);
  assert.equal(looksLikeDtls(changed(0, 23), 0, bytes.length), false, "application data");
  assert.equal(looksLikeDtls(changed(1, 3), 0, bytes.length), false, "TLS");
  assert.equal(looksLikeDtls(changed(13, 2), 0, bytes.length), false, "ServerHello");
});
