import assert from "node:assert/strict";
import { CLIENT, type Conversation, SERVER } from "../analyser.ts";
import { Http3 } from "./http3.ts";

/** Control streams need nothing of it. */
const on = {} as Conversation;

Deno.test("SETTINGS of any length take no time", () => {
  // A control stream, SETTINGS, and the largest length.
  const hostile = Uint8Array.of(0, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x40);
  const http3 = new Http3();
  const begun = performance.now();
  http3.stream(on, SERVER, 3, 0, hostile, 0, hostile.length, false);
  http3.stream(on, CLIENT, 2, 0, hostile, 0, hostile.length, false);
  assert.ok(performance.now() - begun < 1000);
});
