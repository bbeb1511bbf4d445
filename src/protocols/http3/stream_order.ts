// Puts the pieces of a QUIC stream in order (RFC 9000 section 2.2). Pieces that nobody wants are counted, but
// not kept.

/** Pieces past a hole that are kept of a stream. */
const MAX_PIECES = 256;
/** Bytes of memory that a piece takes, beside its bytes. */
const PIECE_BYTES = 200;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class StreamOrder {
  /** Offset of the next byte. */
  next = 0;
  /** How many of the next bytes are to be passed over. */
  skip = 0;
  /** Length of the stream, once that is known. */
  length = Infinity;
  #pieces: Piece[] = [];
  /** Bytes of memory of the pieces. */
  held = 0;

  get isWhole(): boolean {
    return this.next >= this.length;
  }

  /** Whether none of these bytes is wanted, so that they need not be decrypted. */
  isPassed(offset: number, length: number): boolean {
    return offset + length <= this.next + this.skip && offset + length > this.next;
  }

  /**
   * Passes over bytes for which `isPassed`. Those before them, if they have not come, are not wanted either.
   * Returns how many are passed.
   */
  pass(offset: number, length: number): number {
    const passed = offset + length - this.next;
    this.next += passed;
    this.skip -= passed;
    return passed;
  }

  /** Keeps a piece whose turn has not come. False if there is no room. */
  keep(offset: number, bytes: Uint8Array, at: number, end: number): boolean {
    if (this.#pieces.length >= MAX_PIECES) return false;
    this.#pieces.push({ offset, bytes: bytes.slice(at, end) });
    this.held += PIECE_BYTES + end - at;
    return true;
  }

  /** Removes a piece whose turn has come; undefined if there is none. */
  take(): Piece | undefined {
    if (this.#pieces.length === 0) return undefined;
    const found = this.#pieces.findIndex(({ offset }) => offset <= this.next + this.skip);
    if (found < 0) return undefined;
    const [piece] = this.#pieces.splice(found, 1);
    this.held -= PIECE_BYTES + piece!.bytes.length;
    return piece;
  }
}
