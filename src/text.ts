// Makes texts from the wire safe for JSON and for terminals.

/**
 * Characters that JSON.stringify does not escape, but that a terminal acts on or that some programs
 * take for the end of a line: DEL and the C1 controls, the soft hyphen, marks and overrides of writing
 * direction (bidi), zero-width and other invisible characters, line and paragraph separators.
 */
const UNSAFE =
  /[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** As UNSAFE, with all control characters, and surrogates without their pair. */
const UNPRINTABLE = new RegExp(`[\\x00-\\x1f\\p{Surrogate}]|${UNSAFE.source}`, "gu");

/** Printable ASCII without anything to escape, as nearly all texts are. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** `text` as a JSON string, quotes included, in which every unsafe character is an escape. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return '"' + text + '"';
  return JSON.stringify(text).replace(UNSAFE, escapeUnits);
}

/** `value` as JSON that is safe to print. */
export function safeJson(value: unknown, indent?: number): string {
  // Unsafe characters are always within strings: outside of them JSON is ASCII.
  return JSON.stringify(value, null, indent).replace(UNSAFE, escapeUnits);
}

/** `text` for a terminal: every character that is not printable becomes "\u{..}" in plain letters. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNPRINTABLE, (found) => `\\u{${found.codePointAt(0)!.toString(16)}}`);
}

/** The \uXXXX escapes of a text, one for each UTF-16 unit. */
function escapeUnits(text: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    escaped += "\\u" + text.charCodeAt(i).toString(16).padStart(4, "0");
  }
  return escaped;
}

/** "1 host", "2 hosts". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The same text in memory of its own: a slice keeps the whole text that it is of. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text));
}
