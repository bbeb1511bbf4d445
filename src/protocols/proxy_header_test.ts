import assert from "node:assert/strict";
import { CLIENT, type Conversation, HAND_OVER, NEED_MORE, NOT_MINE } from "./analyser.ts";
import { looksLikeProxyHeader, ProxyHeader } from "./proxy_header.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const LINE = ascii("PROXY TCP4 192.0.2.1 192.0.2.2 51000 80\r\n");
const BINARY = Uint8Array.of(
  ...[13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10, 0x21, 0x11, 0, 12],
  ...[192, 0, 2, 1, 192, 0, 2, 2, 0xc7, 0x38, 0, 80],
);
const on = {} as Conversation;

for (const [name, header] of [["version 1", LINE], ["version 2", BINARY]] as const) {
  Deno.test(`ProxyHeader skips ${name} and hands over what follows`, () => {
    const bytes = Uint8Array.of(...header, ...ascii("GET / HTTP/1.1\r\n"));
    const proxy = new ProxyHeader();
    assert.equal(looksLikeProxyHeader(bytes, 0, bytes.length), 1);
    assert.equal(proxy.data(on, CLIENT, bytes, 0, bytes.length), header.length);
    assert.equal(proxy.data(on, CLIENT, bytes, header.length, bytes.length), HAND_OVER);
  });

  Deno.test(`ProxyHeader waits for the end of ${name}`, () => {
    for (let length = 1; length < header.length; length++) {
      assert.notEqual(looksLikeProxyHeader(header, 0, length), NOT_MINE);
      assert.equal(new ProxyHeader().data(on, CLIENT, header, 0, length), NEED_MORE);
    }
  });
}

Deno.test("ProxyHeader accepts nothing else, and no endless line", () => {
  assert.equal(looksLikeProxyHeader(ascii("PROXIES"), 0, 7), NOT_MINE);
  assert.equal(looksLikeProxyHeader(ascii("\r\nGET "), 0, 6), NOT_MINE);
  const endless = ascii(`PROXY ${"x".repeat(200)}`);
  assert.equal(new ProxyHeader().data(on, CLIENT, endless, 0, endless.length), NOT_MINE);
});
