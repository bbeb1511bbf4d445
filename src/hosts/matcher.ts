// Which names a text stands for: those that contain it, or, after "~", those that a regular
// expression matches. The same for what is shown and for what is exported.

import { UserError } from "../errors.ts";

export interface Matcher {
  /** As the user wrote it. */
  readonly text: string;
  matches(name: string): boolean;
}

/** Names have lower case letters; whoever asks for "Example" means them too. Throws UserError. */
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
