// Text of others within a message for the user.

/** `text` without line breaks: every error of webstat's is one line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
