// The kinds of values that options take: how their text is checked and parsed.

import { UserError } from "../errors.ts";
import { type Matcher, matcher } from "../hosts/matcher.ts";
import { isNatsUrl, parseHttpUrl, parseNatsUrl } from "../push/push_url.ts";
import type { ListenAddress } from "../server/server.ts";
import {
  booleanOf,
  parseBoolean,
  parseBuckets,
  parseChoice,
  parseDuration,
  parseInteger,
  parseList,
  parseListen,
} from "./values.ts";

export interface OptionKind<Value> {
  /** For completions and the manual. */
  readonly type: "flag" | "list" | "text" | "file" | "number" | "duration" | "address" | "choice";
  /**
   * `texts`: at least one; only lists take more. `name`: how the user gave the option, for messages.
   * Throws UserError.
   */
  parse(name: string, texts: readonly string[]): Value;
  /** Of a choice: all that may be given. */
  readonly choices?: readonly string[];
}

function single<Value>(
  type: OptionKind<Value>["type"],
  parse: (name: string, text: string) => Value,
): OptionKind<Value> {
  return { type, parse: (name, texts) => parse(name, texts.at(-1)!) };
}

function list<Value>(parse: (name: string, text: string) => Value): OptionKind<readonly Value[]> {
  return { type: "list", parse: (name, texts) => texts.map((text) => parse(name, text)) };
}

/** On or off. */
export const FLAG: OptionKind<boolean> = single("flag", parseBoolean);

/** The same for an option that takes a value: "--x false". */
export const SWITCH: OptionKind<boolean> = {
  ...single("choice", parseBoolean),
  choices: ["true", "false"],
};

export const TEXT: OptionKind<string> = single("text", (_, text) => text);

export const FILE: OptionKind<string> = single("file", (_, text) => text);

/** Upper bounds of buckets in seconds. */
export const BUCKETS: OptionKind<readonly number[]> = single("text", parseBuckets);

/** "30s", in milliseconds. */
export const DURATION: OptionKind<number> = single("duration", parseDuration);

export const HTTP_URL: OptionKind<URL> = single("text", parseHttpUrl);

/** Where events go: a file, "-", or a server of NATS. */
export const EVENTS: OptionKind<string> = single("file", (name, text) => {
  if (isNatsUrl(text)) parseNatsUrl(name, text);
  return text;
});

export const LISTEN_ADDRESS: OptionKind<ListenAddress> = single("address", parseListen);

/** Texts, or several in one: "a,b". */
export const ITEMS: OptionKind<readonly string[]> = {
  type: "list",
  parse: (_, texts) => texts.flatMap(parseList),
};

export const TEXTS: OptionKind<readonly string[]> = list((_, text) => text);

/** Which hosts: parts of names and regular expressions. */
export const MATCHERS: OptionKind<readonly Matcher[]> = list(parseMatcher);

/** The same as texts, for the worker. */
export const PATTERNS: OptionKind<readonly string[]> = list((name, text) =>
  parseMatcher(name, text).text
);

function parseMatcher(name: string, text: string): Matcher {
  if (text === "") throw new UserError(`${name} needs a text`, { usage: true });
  try {
    return matcher(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${name}: ${error.message}`, { usage: true });
  }
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): OptionKind<number> {
  return single("number", (name, text) => parseInteger(name, text, min, max));
}

/** MiB from `min` to `max`; its value is in bytes. */
export function mebibytes(min: number, max: number): OptionKind<number> {
  return single("number", (name, text) => parseInteger(name, text, min, max) * 2 ** 20);
}

/** "name" or "cmdline"; null for a "no". Without a value it is "name". */
export const PROCESS: OptionKind<"name" | "cmdline" | null> = {
  ...single("choice", (name, text) => {
    if (text === "name" || text === "cmdline") return text;
    const isWanted = booleanOf(text);
    if (isWanted !== null) return isWanted ? "name" : null;
    const help = "give name, cmdline, true or false";
    throw new UserError(`${name} "${text}": ${help}`, { usage: true });
  }),
  choices: ["name", "cmdline"],
};

/**
 * Where a report goes: a file, or "-" for standard output, which is meant without a value; null for a
 * "no".
 */
export const REPORT: OptionKind<string | null> = single("file", (_, text) => {
  const isWanted = booleanOf(text);
  if (isWanted === null) return text;
  return isWanted ? "-" : null;
});

/** One of `choices`. */
export function choice<Choice extends string>(...choices: readonly Choice[]): OptionKind<Choice> {
  const parse = (name: string, text: string) => parseChoice(name, text, choices);
  return { ...single("choice", parse), choices };
}
