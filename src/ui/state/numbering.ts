// The numbers in front of hosts and domains. A number is assigned when a name is first seen, does
// not depend on the order of the rows, and is never reused.

export interface Numbering {
  readonly next: number;
  readonly numbers: ReadonlyMap<string, number>;
}

export const NO_NUMBERS: Numbering = { next: 1, numbers: new Map() };

/** Numbers for exactly `names`: known names keep theirs, new ones get the next. */
export function number(numbering: Numbering, names: readonly string[]): Numbering {
  const { numbers } = numbering;
  const isSame = names.length === numbers.size && names.every((name) => numbers.has(name));
  if (isSame) return numbering;
  let { next } = numbering;
  return {
    numbers: new Map(names.map((name) => [name, numbers.get(name) ?? next++])),
    next,
  };
}

/** "3,5-7" -> [3, 5, 6, 7]; null if `text` is no such list. */
export function parseNumbers(text: string): number[] | null {
  const numbers: number[] = [];
  for (const part of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const [, first, last] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
    if (first === undefined) return null;
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    if (to < from || to - from > MAX_RANGE) return null;
    for (let number = from; number <= to; number++) numbers.push(number);
  }
  return numbers.length === 0 ? null : numbers;
}

const MAX_RANGE = 100_000;
