// Several workers take capture files from one list: whoever is free takes the next.

/** Says which file to read next, by its index; null where none is left. */
export type TakeFile = () => number | null;

/** All files, one after the other. */
export function inOrder(count: number): TakeFile {
  let next = 0;
  return () => next < count ? next++ : null;
}

/** What all workers see. */
export interface FileQueue {
  /** The files by index, in the order in which they are taken. */
  readonly order: readonly number[];
  /** How many are taken. */
  readonly taken: Int32Array;
}

/**
 * The largest first, so that no worker is left with a large one at the end. `sizes` are in bytes;
 * Infinity where it cannot be known.
 */
export function fileQueue(sizes: readonly number[]): FileQueue {
  const order = sizes.map((_, i) => i);
  order.sort((a, b) => sizes[a] === sizes[b] ? a - b : sizes[b]! > sizes[a]! ? 1 : -1);
  return { order, taken: new Int32Array(new SharedArrayBuffer(4)) };
}

/** One worker's way to take them; `begins` hears that one is taken. */
export function takeFrom({ order, taken }: FileQueue, begins: () => void): TakeFile {
  return () => {
    const file = order[Atomics.add(taken, 0, 1)] ?? null;
    if (file !== null) begins();
    return file;
  };
}
