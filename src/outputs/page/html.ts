// HTML that is escaped where it is made: what is filled into a template is text, unless it is HTML.

import { printable } from "../../text.ts";

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** null is nothing. */
export type Part = Html | string | number | null | readonly Html[];

/** html`<b>${text}</b>`: only the template itself has tags; values may also be in quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const written = compactOf(strings);
  let text = written[0]!;
  for (let i = 0; i < parts.length; i++) text += textOf(parts[i]!) + written[i + 1]!;
  return new Html(text);
}

const compacted = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The template without its line breaks: none beside a tag, a blank for all others. */
function compactOf(strings: TemplateStringsArray): readonly string[] {
  const known = compacted.get(strings);
  if (known !== undefined) return known;
  const compact = strings.map((text) =>
    text.replace(
      /(>?)\s*\n\s*(?=(<?))/g,
      (_, before, after) => before + (before + after === "" ? " " : ""),
    )
  );
  compacted.set(strings, compact);
  return compact;
}

const NOTHING = new Html("");

export const when = (condition: boolean, then: () => Html): Html => condition ? then() : NOTHING;

function textOf(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (found) => ENTITIES[found]!);
