import assert from "node:assert/strict";
import { EventBuffer } from "./event_buffer.ts";

const LINE = `${JSON.stringify({ text: "ü".repeat(500) })}\n`;

function collect(mayDrop: boolean) {
  const blocks: Uint8Array[] = [];
  const buffer = new EventBuffer(mayDrop, (lines) => void blocks.push(lines));
  const text = () => blocks.map((block) => new TextDecoder().decode(block)).join("");
  return { blocks, buffer, text };
}

Deno.test("lines are sent whole, in order, in blocks", () => {
  const { blocks, buffer, text } = collect(false);
  for (let i = 0; i < 1000; i++) buffer.add(LINE);
  buffer.flush();
  assert.equal(text(), LINE.repeat(1000));
  assert.ok(blocks.length > 3 && blocks.length < 20, `${blocks.length}`);
  for (const block of blocks) assert.equal(block.at(-1), 10);
});

Deno.test("without lines nothing is sent", () => {
  const { blocks, buffer } = collect(true);
  buffer.flush();
  assert.deepEqual(blocks, []);
});

Deno.test("live, lines are dropped and counted if they are written too slowly", () => {
  const { blocks, buffer } = collect(true);
  const size = new TextEncoder().encode(LINE).length;
  const count = Math.ceil((40 << 20) / size);
  for (let i = 0; i < count; i++) buffer.add(LINE);
  buffer.flush();
  const sent = blocks.reduce((sum, block) => sum + block.length, 0);
  assert.ok(sent < 17 << 20, `${sent} bytes under way`);
  assert.equal(buffer.dropped, count - sent / size);
  buffer.written(sent);
  const before = buffer.dropped;
  buffer.add(LINE);
  assert.equal(buffer.dropped, before);
});

Deno.test("reading files waits until enough lines are written: none is dropped", async () => {
  const { blocks, buffer } = collect(false);
  await buffer.ready();
  for (let i = 0; i < 20_000; i++) buffer.add(LINE);
  buffer.flush();
  assert.equal(buffer.dropped, 0);
  let isReady = false;
  const ready = buffer.ready().then(() => isReady = true);
  buffer.written(blocks[0]!.length);
  await Promise.resolve();
  assert.equal(isReady, false);
  for (const block of blocks.slice(1)) buffer.written(block.length);
  await ready;
});

Deno.test("several workers share the limit of bytes in flight", () => {
  const size = new TextEncoder().encode(LINE).length;
  const sentBy = (workers?: number) => {
    let sent = 0;
    const buffer = new EventBuffer(true, (lines) => sent += lines.length, workers);
    for (let bytes = 0; bytes < 32 << 20; bytes += size) buffer.add(LINE);
    buffer.flush();
    return sent;
  };
  const ratio = sentBy() / sentBy(4);
  assert.ok(ratio > 3.9 && ratio < 4.1, `${ratio}`);
});
