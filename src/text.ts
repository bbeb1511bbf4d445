// Texts for whoever reads them (a JSON parser, a terminal, a person); those from the wire made safe.

/**
 * What JSON.stringify leaves as it is, though a terminal acts on it or a reader of lines takes it
 * for a line's end: DEL and the C1 controls, the soft hyphen, marks and overrides of writing
 * direction (bidi), zero-width and other invisible characters, line and paragraph separators.
 */
const UNSAFE =
  /[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Control characters too, and halves of surrogate pairs. */
const UNPRINTABLE = new RegExp(`[\\x00-\\x1f\\p{Surrogate}]|${UNSAFE.source}`, "gu");

/** Whether a text is plain ASCII without anything to escape: nearly all are. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** `text` as a JSON string, quotes included, in which every unsafe character is an escape. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return '"' + text + '"';
  return JSON.stringify(text).replace(UNSAFE, escapeUnits);
}

/** `value` as JSON that is safe to print. */
export function safeJson(value: unknown, indent?: number): string {
  // Outside strings JSON is ASCII, so that all which is replaced here is within strings.
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
