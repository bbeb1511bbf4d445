// The list of capture files that several workers share: whichever is free takes the next one.

/** Returns the index of the file to read next; null if none is left. */
export type TakeFile = () => number | null;

/** For one worker: all files in order. */
export function inOrder(count: number): TakeFile {
  let next = 0;
  return () => next < count ? next++ : null;
}

/** Shared by all workers. */
export interface FileQueue {
  /** Indices of the files, in the order in which they are taken. */
  readonly order: readonly number[];
  /** How many are taken. */
  readonly taken: Int32Array;
}

/**
 * Takes the largest file first, so that none is still being read when all others are done. `sizes` are in
 * bytes, Infinity if not known.
 */
export function fileQueue(sizes: readonly number[]): FileQueue {
  const order = sizes.map((_, i) => i);
  order.sort((a, b) => sizes[a] === sizes[b] ? a - b : sizes[b]! > sizes[a]! ? 1 : -1);
  return { order, taken: new Int32Array(new SharedArrayBuffer(4)) };
}

/** For one of several workers. `begins` is called when it has taken a file. */
export function takeFrom({ order, taken }: FileQueue, begins: () => void): TakeFile {
  return () => {
    const file = order[Atomics.add(taken, 0, 1)] ?? null;
    if (file !== null) begins();
    return file;
  };
}
