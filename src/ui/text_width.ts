// Texts of a given width on the terminal. Widths are places: 2 for a wide character, none for a
// combining one.

import stringWidth from "string-width";

export type Align = "left" | "right";

/** ASCII without controls, "µ", and what charts and marks are made of: a place for each character. */
const PLAIN = /^[\x20-\x7eµ…›●◐▲▼░▁-█]*$/;

export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** `text` in exactly `width` places: filled up with blanks, or cut, which "…" tells. */
export function fit(text: string, width: number, align: Align = "left"): string {
  const cut = cutTo(text, width);
  const blanks = " ".repeat(Math.max(0, width - widthOf(cut)));
  return align === "left" ? cut + blanks : blanks + cut;
}

/** `text` in at most `width` places. */
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

const segmenter = new Intl.Segmenter();

/** What a reader takes for characters: letters with their marks. */
export function characters(text: string): string[] {
  return PLAIN.test(text) ? [...text] : Array.from(segmenter.segment(text), (it) => it.segment);
}
