// Applies diffs of pages to the code as it is by now: the line before or after a change may be another
// one since, but not both.

/** One place of a change. */
interface Hunk {
  readonly path: string;
  /** Where it was when the diff was made, from 0. */
  readonly line: number;
  /** Lines with " ", "-" or "+" before them. */
  readonly lines: readonly string[];
}

/** The places that a diff in the unified format changes; those of new files have no lines before. */
export function hunksOf(diff: string): Hunk[] {
  let path = "";
  return diff.split(/^(?=--- |@@ )/m).flatMap((part) => {
    const [head = "", ...lines] = part.split("\n");
    if (head.startsWith("--- ")) path = lines[0]!.replace(/^\+\+\+ b\//, "");
    const [, line] = /^@@ -(\d+)/.exec(head) ?? [];
    if (line === undefined) return [];
    const own = lines.at(-1) === "" ? lines.slice(0, -1) : lines;
    return [{ path, line: Math.max(0, Number(line) - 1), lines: own }];
  });
}

/** The text with the change; null if it has no place for it. */
export function applied(text: string, { line, lines }: Hunk): string | null {
  const all = text.split("\n");
  for (const some of [lines, lines.slice(0, lastChange(lines)), lines.slice(firstChange(lines))]) {
    const before = some.filter((each) => !each.startsWith("+")).map((each) => each.slice(1));
    const after = some.filter((each) => !each.startsWith("-")).map((each) => each.slice(1));
    const at = nearest(all, before, line);
    if (at !== null) return all.toSpliced(at, before.length, ...after).join("\n");
  }
  return null;
}

const isChange = (line: string): boolean => /^[+-]/.test(line);
const firstChange = (lines: readonly string[]): number => lines.findIndex(isChange);
const lastChange = (lines: readonly string[]): number => lines.findLastIndex(isChange) + 1;

/** Where `part` is in `all`, as near to `line` as can be. Nothing is nowhere, but in nothing. */
function nearest(all: readonly string[], part: readonly string[], line: number): number | null {
  if (part.length === 0) return all.join("") === "" ? 0 : null;
  const places = all.flatMap((_, at) => part.every((each, i) => all[at + i] === each) ? [at] : []);
  return places.sort((a, b) => Math.abs(a - line) - Math.abs(b - line))[0] ?? null;
}
