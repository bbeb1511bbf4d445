// Decompresses piece by piece, with memory that does not depend on how much there is.

import { createGunzip, createZstdDecompress } from "node:zlib";
import type { Compression } from "./compression.ts";
import { zstdFrames } from "./zstd_frames.ts";

type Chunks = AsyncIterable<Uint8Array>;
type Decompressor = ReturnType<typeof createGunzip>;

/** Bytes that come out at a time. So many are lost at most before damaged data. */
const CHUNK_SIZE = 1 << 16;
/** Decompressed pieces that wait to be read; decompression waits if there are more. */
const MAX_WAITING = 16;

/** Decompresses `compressed`. If it is damaged or cut off, throws behind all that could be decompressed. */
export async function* decompress(
  compression: Compression,
  compressed: Chunks,
): AsyncGenerator<Uint8Array, void> {
  if (compression === "gzip") {
    yield* through(createGunzip({ chunkSize: CHUNK_SIZE }), compressed);
    return;
  }
  // One frame at a time, as the runtime's decompressor stops at the end of the first one.
  for await (const frame of zstdFrames(compressed)) {
    yield* through(createZstdDecompress({ chunkSize: CHUNK_SIZE }), frame);
  }
}

/**
 * The output of `stream` for `input`. An error is thrown behind all output before it. The stream's own
 * iterator would drop output that was not read yet.
 */
async function* through(stream: Decompressor, input: Chunks): AsyncGenerator<Uint8Array, void> {
  const waiting: Uint8Array[] = [];
  let error: Error | null = null;
  let isOver = false;
  let wake = () => {};
  stream.on("data", (chunk: Uint8Array) => {
    waiting.push(chunk);
    if (waiting.length >= MAX_WAITING) stream.pause();
    wake();
  });
  stream.on("error", (cause: Error) => {
    error = cause;
    wake();
  });
  stream.on("end", () => {
    isOver = true;
    wake();
  });
  feed(stream, input).catch((cause: Error) => stream.destroy(cause));
  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) {
        if (waiting.length === 0) stream.resume();
        yield chunk;
      } else if (error !== null) throw error;
      else if (isOver) return;
      else await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    stream.destroy();
  }
}

/** Writes `input` to `stream`. The flush makes it give out all it can, also if `input` is cut off. */
async function feed(stream: Decompressor, input: Chunks): Promise<void> {
  for await (const chunk of input) {
    if (stream.destroyed) return;
    await new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
  }
  await new Promise<void>((resolve) => stream.flush(resolve));
  stream.end();
}
