// Internationalized domain names: what an "xn--" name says, if it is safe to show.

import { domainToASCII, domainToUnicode } from "node:url";

/**
 * The scripts of which a label may be, one of them only: mixed ones are how a name imitates
 * another. Japanese, Chinese and Korean are written in several (UTS #39, section 5.2). Not among
 * them are scripts that are written from right to left, as terminals would reorder the line.
 */
const SCRIPTS = [
  ...["Latin", "Greek", "Cyrillic", "Armenian", "Georgian", "Ethiopic"],
  ...["Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada"],
  ...["Malayalam", "Sinhala", "Thai", "Lao", "Tibetan", "Myanmar", "Khmer"],
].map((script) => [script]).concat([
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Bopomofo"],
  ["Han", "Hangul"],
]);

const ONE_SCRIPT = new RegExp(
  SCRIPTS.map((scripts) => {
    const letters = scripts.map((script) => `\\p{scx=${script}}`).join("");
    return `^[0-9${letters}-]+$`;
  }).join("|"),
  "u",
);

const LETTERS = /^[\p{L}\p{M}\p{N}\u{b7}\u{30fb}-]+$/u;

/** A-labels (RFC 5890 section 2.3.2.1). */
const A_LABEL = /^xn--[a-z0-9-]{1,59}$/;

/**
 * "xn--mnchen-3ya.de" -> "münchen.de". Null for other names, for invalid ones, and if a label mixes
 * scripts.
 */
export function unicodeName(name: string): string | null {
  if (!name.includes("xn--")) return null;
  const labels = name.split(".").map((label) => A_LABEL.test(label) ? unicodeLabel(label) : label);
  const shown = labels.join(".");
  return labels.includes(null) || shown === name ? null : shown;
}

function unicodeLabel(label: string): string | null {
  const text = domainToUnicode(label);
  const isSafe = LETTERS.test(text) && ONE_SCRIPT.test(text) && domainToASCII(text) === label;
  return isSafe ? text : null;
}
