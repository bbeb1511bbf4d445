// The width of texts on the terminal, in cells: 2 for a wide character, 0 for a combining one.

import { eastAsianWidth } from "get-east-asian-width";

export type Align = "left" | "right";

/** Characters one cell wide: printable ASCII, "µ", and those of charts and symbols. */
const PLAIN = /^[\x20-\x7eµ…›●◐▲▼░▁-█]*$/;

/** Marks above, below or around another character, and what is not shown at all. */
const WITHOUT_WIDTH = /^[\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Format}\p{Control}]$/u;

/** Character by character, as wcwidth(3) does and most terminals. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (!WITHOUT_WIDTH.test(character)) width += eastAsianWidth(character.codePointAt(0)!);
  }
  return width;
}

/** `text` in exactly `width` cells: padded with blanks, or cut and ended by "…". */
export function fit(text: string, width: number, align: Align = "left"): string {
  const cut = cutTo(text, width);
  const blanks = " ".repeat(Math.max(0, width - widthOf(cut)));
  return align === "left" ? cut + blanks : blanks + cut;
}

/** `text` in at most `width` cells. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  let cut = "";
  let used = 1;
  for (const character of characters(text)) {
    used += widthOf(character);
    if (used > width) break;
    cut += character;
  }
  return cut + "…";
}

/** The end of `text` in at most `width` cells, after "…" if it is cut. */
export function cutStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 1;
  for (const character of characters(text).reverse()) {
    used += widthOf(character);
    if (used > width) break;
    kept = character + kept;
  }
  return "…" + kept;
}

/** The words of `text` in lines of at most `width` cells; a longer word is cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last === undefined || widthOf(longer) > width) lines.push(cutTo(word, width));
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

let segmenter: Intl.Segmenter | null = null;

/** Grapheme clusters: letters together with their combining characters. */
export function characters(text: string): string[] {
  if (PLAIN.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), (it) => it.segment);
}
