// Compressed data, piece by piece: what is kept of it does not grow with what is in it.

import { createGunzip, createZstdDecompress } from "node:zlib";
import type { Compression } from "./compression.ts";
import { zstdFrames } from "./zstd_frames.ts";

type Chunks = AsyncIterable<Uint8Array>;
type Decompressor = ReturnType<typeof createGunzip>;

/** Given out at a time; also what is lost at most before data that is damaged. */
const CHUNK_SIZE = 1 << 16;
/** Decompressed pieces that may wait to be taken. */
const MAX_WAITING = 16;

/** What is in `compressed`. Throws, once all that could be decompressed was given out, if it is damaged or cut off. */
export async function* decompress(
  compression: Compression,
  compressed: Chunks,
): AsyncGenerator<Uint8Array, void> {
  if (compression === "gzip") {
    yield* through(createGunzip({ chunkSize: CHUNK_SIZE }), compressed);
    return;
  }
  // One at a time: the runtime's decompressor stops at the end of the first frame.
  for await (const frame of zstdFrames(compressed)) {
    yield* through(createZstdDecompress({ chunkSize: CHUNK_SIZE }), frame);
  }
}

/**
 * What `stream` makes of `input`. An error is thrown behind all that came before it: as an iterator the
 * stream itself would drop what still waits.
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

/** Writes all of `input` to `stream`, and has it give out even what breaks off in the middle. */
async function feed(stream: Decompressor, input: Chunks): Promise<void> {
  for await (const chunk of input) {
    if (stream.destroyed) return;
    await new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
  }
  await new Promise<void>((resolve) => stream.flush(resolve));
  stream.end();
}
