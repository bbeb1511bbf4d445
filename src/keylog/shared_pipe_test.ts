import assert from "node:assert/strict";
import { pipeMemory, SharedPipe } from "./shared_pipe.ts";

Deno.test("each worker reads all bytes, in order; the writer waits for the slowest", () => {
  const memory = pipeMemory(3);
  const [writer, fast, slow] = [0, 1, 2].map((worker) => new SharedPipe(memory, worker)) as [
    SharedPipe,
    SharedPipe,
    SharedPipe,
  ];
  const got = { fast: [] as number[], slow: [] as number[] };
  const read = (pipe: SharedPipe, into: number[]) =>
    pipe.read((bytes, at, end) => into.push(...bytes.subarray(at, end)));
  const sent: number[] = [];
  for (let round = 0; round < 300; round++) {
    const piece = Uint8Array.from({ length: Math.min(997, writer.room) }, (_, i) => round + i);
    writer.write(piece, piece.length);
    sent.push(...piece);
    assert.equal(read(fast, got.fast), false);
    if (round % 90 === 89) read(slow, got.slow);
  }
  assert.ok(sent.length < 300 * 997, "there was no room at times");
  writer.end();
  assert.equal(read(slow, got.slow), true);
  assert.deepEqual(got.fast, sent);
  assert.deepEqual(got.slow, sent);
});
