// Texts of libraries in messages to the user.

/** `text` as one line, as all errors are. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
