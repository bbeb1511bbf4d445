import assert from "node:assert/strict";
import { type Delay, DelayedFile } from "./delayed_file.ts";
import type { OpenFile } from "./open_file.ts";

/** A pipe that is written to by `write`; null is its end. */
function pipe(): { file: OpenFile; write(bytes: Uint8Array | null): void; readonly read: number } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    { highWaterMark: 1e6 },
    { highWaterMark: 1e6 },
  );
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  let read = 0;
  const file = {
    path: "pipe",
    waits: true,
    position: 0,
    readSync: () => assert.fail("waits"),
    async read(into: Uint8Array) {
      const { value } = await reader.read();
      if (value !== undefined) into.set(value);
      read += value?.length ?? 0;
      return value?.length ?? null;
    },
    close() {},
  };
  return {
    file,
    write: (bytes) => bytes === null ? writer.close() : writer.write(bytes),
    get read() {
      return read;
    },
  };
}

const fixed = (least: number): Delay => ({ least, most: least, isTooEarly: () => false });

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("bytes are given when they are so old, in order, in pieces as asked for", async () => {
  const { file, write } = pipe();
  const delayed = new DelayedFile(file, fixed(80));
  const into = new Uint8Array(2);
  const began = performance.now();
  write(Uint8Array.of(1, 2, 3));
  assert.equal(await delayed.read(into), 2);
  assert.deepEqual([...into], [1, 2]);
  assert.ok(performance.now() - began >= 78);
  assert.equal(await delayed.read(into), 1);
  assert.equal(into[0], 3);
  write(null);
  assert.equal(await delayed.read(into), null);
});

Deno.test("whoever writes does not wait, and the end gives what is left at once", async () => {
  const writing = pipe();
  const delayed = new DelayedFile(writing.file, fixed(60_000));
  for (let i = 0; i < 100; i++) writing.write(new Uint8Array(1000).fill(i));
  const first = delayed.read(new Uint8Array(1000));
  await pause(50);
  assert.equal(writing.read, 100_000);
  writing.write(null);
  assert.equal(await first, 1000);
  let rest = 0;
  for (let count; (count = await delayed.read(new Uint8Array(5000))) !== null;) rest += count;
  assert.equal(rest, 99_000);
});

Deno.test("more than 64 MiB are given before their time, and reading waits", async () => {
  const writing = pipe();
  const delayed = new DelayedFile(writing.file, fixed(60_000));
  const block = new Uint8Array(1 << 16);
  for (let i = 0; i < 1100; i++) writing.write(block);
  const into = new Uint8Array(1 << 16);
  assert.equal(await delayed.read(into), block.length);
  await pause(50);
  assert.ok(writing.read <= (64 << 20) + 2 * block.length, `${writing.read}`);
  for (let i = 0; i < 20; i++) assert.equal(await delayed.read(into), block.length);
  writing.write(null);
});

Deno.test("bytes that come too early wait longer, but not for ever", async () => {
  let isTooEarly = true;
  const { file, write } = pipe();
  const delayed = new DelayedFile(file, { least: 20, most: 400, isTooEarly: () => isTooEarly });
  const into = new Uint8Array(10);
  const began = performance.now();
  await write(Uint8Array.of(1));
  setTimeout(() => isTooEarly = false, 100);
  assert.equal(await delayed.read(into), 1);
  assert.ok(performance.now() - began >= 95);
  isTooEarly = true;
  const again = performance.now();
  await write(Uint8Array.of(2));
  assert.equal(await delayed.read(into), 1);
  assert.ok(performance.now() - again >= 390);
  delayed.close();
});
