// Which hosts a text of the user selects: those whose names contain it, or, after "~", match it as
// a regular expression. Used for filtering and for exporting.

import { UserError } from "../errors.ts";

export interface Matcher {
  /** As the user wrote it. */
  readonly text: string;
  matches(name: string): boolean;
}

/** Case does not matter. Throws a UserError if the regular expression is wrong. */
export function matcher(text: string): Matcher {
  if (!text.startsWith("~")) {
    const part = text.toLowerCase();
    return { text, matches: (name) => name.toLowerCase().includes(part) };
  }
  const expression = compile(text.slice(1));
  return { text, matches: (name) => expression.test(name) };
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source, "i");
  } catch {
    throw new UserError(`"~${source}" is not a regular expression`, { usage: true });
  }
}
