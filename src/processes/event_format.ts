// Where an event's fields lie in its bytes, as the kernel tells it in events/*/*/format.

export interface EventFormat {
  readonly id: number;
  /** The offset of each field. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Null if the text is none. */
export function parseFormat(text: string): EventFormat | null {
  const id = /^ID: (\d+)$/m.exec(text)?.[1];
  if (id === undefined) return null;
  const fields = text.matchAll(/^\s*field:[^;]*?(\w+)(?:\[\w*\])?;\s+offset:(\d+);/gm);
  return { id: Number(id), offsets: new Map(Array.from(fields, (each) => [each[1]!, +each[2]!])) };
}

/** The offsets of these fields, in their order; null if one is missing. */
export function offsetsOf(format: EventFormat, names: readonly string[]): number[] | null {
  const offsets = names.map((name) => format.offsets.get(name));
  return offsets.every((offset) => offset !== undefined) ? offsets : null;
}
