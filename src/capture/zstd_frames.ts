// Finds the frames of a zstd file, as each has to be decompressed by itself. RFC 8878 section 3.

type Chunks = AsyncIterable<Uint8Array>;

const MAGIC = 0xfd2fb528;
/** Magic number of frames to be skipped; their lowest four bits may have any value. */
const SKIPPABLE = 0x184d2a50;
const MAGIC_LENGTH = 4;

const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;
const CHECKSUM_LENGTH = 4;
/** Lengths of the fields for dictionary and content size, indexed by their bits in the descriptor. */
const DICTIONARY_LENGTHS = [0, 1, 2, 4];
const SIZE_LENGTHS = [0, 2, 4, 8];

const BLOCK_HEADER = 3;
const REPEATED_BYTE = 1;

/** The frames of `compressed`. Each must be read to its end before the next. Throws if there is no frame. */
export async function* zstdFrames(compressed: Chunks): AsyncGenerator<Chunks, void> {
  const reader = new Reader(compressed);
  while (await reader.hasMore()) {
    const magic = await reader.exactly(MAGIC_LENGTH);
    const number = u32(magic);
    if ((number & ~0x0f) >>> 0 === SKIPPABLE) {
      for await (const _ of reader.upTo(u32(await reader.exactly(4))));
    } else if (number === MAGIC) yield frame(magic, reader);
    else throw new Error("no zstd frame where one should begin");
  }
}

/** The bytes of one frame, of which `magic` was read already: header, blocks, checksum. */
async function* frame(magic: Uint8Array, reader: Reader): AsyncGenerator<Uint8Array, void> {
  const descriptor = await reader.exactly(1);
  const flags = descriptor[0]!;
  yield magic;
  yield descriptor;
  yield await reader.exactly(headerLength(flags));
  for (let isLast = false; !isLast;) {
    const header = await reader.exactly(BLOCK_HEADER);
    yield header;
    isLast = (header[0]! & 1) !== 0;
    const size = (header[0]! | (header[1]! << 8) | (header[2]! << 16)) >> 3;
    yield* reader.upTo(((header[0]! >> 1) & 3) === REPEATED_BYTE ? 1 : size);
  }
  if (flags & CHECKSUM) yield await reader.exactly(CHECKSUM_LENGTH);
}

/** Length of the header behind the descriptor: window, dictionary, content size. */
function headerLength(flags: number): number {
  const isSingle = (flags & SINGLE_SEGMENT) !== 0;
  const size = flags >> 6;
  const sizeLength = size === 0 && isSingle ? 1 : SIZE_LENGTHS[size]!;
  return (isSingle ? 0 : 1) + DICTIONARY_LENGTHS[flags & 3]! + sizeLength;
}

const u32 = (bytes: Uint8Array): number =>
  (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;

/** Reads any number of bytes from chunks of any size. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: Chunks) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async hasMore(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return false;
      this.#chunk = value;
    }
    return true;
  }

  /** The next `length` bytes, piece by piece. Throws if there are fewer. */
  async *upTo(length: number): AsyncGenerator<Uint8Array, void> {
    for (let left = length; left > 0;) {
      if (!await this.hasMore()) throw new Error("unexpected end of file");
      const piece = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** The next `length` bytes in one piece; only for short ones. */
  async exactly(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let at = 0;
    for await (const piece of this.upTo(length)) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}
