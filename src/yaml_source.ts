// Reads YAML files of users: errors have their line and column.

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { UserError } from "./errors.ts";

/** A value in the file. */
export type YamlNode = Node;

export class YamlSource {
  readonly #name: string;
  readonly #lines = new LineCounter();
  /** Null if the text is empty. */
  readonly root: YamlNode | null;

  /** `name`: of the file, for messages. Throws UserError if it is not YAML. */
  constructor(name: string, text: string) {
    this.#name = name;
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      this.#refuse(this.#place(error.pos[0]), error.message.split("\n")[0]!);
    }
    this.root = document.contents;
  }

  /** "web.yml, line 3, column 14". */
  at(node: YamlNode): string {
    return this.#place(node.range?.[0] ?? 0);
  }

  /** Throws UserError. */
  fail(node: YamlNode, message: string): never {
    this.#refuse(this.at(node), message);
  }

  /** The entries of a map. `known`: the allowed keys, null for any. Throws UserError. */
  entries(node: YamlNode | null, known: readonly string[] | null): Map<string, YamlNode> {
    const entries = new Map<string, YamlNode>();
    if (node === null || isEmpty(node)) return entries;
    if (!isMap(node)) this.fail(node, "a map is expected, with lines of the form key: value");
    for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
      const name = this.string(key);
      if (known !== null && !known.includes(name)) {
        this.fail(key, `unknown key "${name}": ${helpFor(name, known)}`);
      }
      // A key without a value counts as missing.
      if (value !== null && !isEmpty(value)) entries.set(name, value);
    }
    return entries;
  }

  /** Throws UserError. */
  string(node: YamlNode): string {
    const value = this.#scalar(node);
    return typeof value === "string" ? value : this.fail(node, "a text is expected");
  }

  /** Throws UserError. */
  boolean(node: YamlNode): boolean {
    const value = this.#scalar(node);
    return typeof value === "boolean" ? value : this.fail(node, "true or false is expected");
  }

  /** A whole number, not below 0. Throws UserError. */
  integer(node: YamlNode): number {
    const value = this.#scalar(node);
    const isRight = Number.isSafeInteger(value) && (value as number) >= 0;
    return isRight ? value as number : this.fail(node, "a whole number is expected");
  }

  /** Throws UserError. */
  strings(node: YamlNode): string[] {
    if (!isSeq<Node>(node)) this.fail(node, "a list is expected");
    return node.items.map((item) => this.string(item));
  }

  /** A value as it is written: "on", "0.10", "8000". Throws UserError. */
  text(node: YamlNode): string {
    const value = this.#scalar(node);
    if (typeof value === "string") return value;
    return isScalar(node) && node.source !== undefined ? node.source : String(value);
  }

  /** The same of a list; a single value is a list of one. Throws UserError. */
  texts(node: YamlNode): string[] {
    return isSeq<Node>(node) ? node.items.map((item) => this.text(item)) : [this.text(node)];
  }

  /** One of `choices`. Throws UserError. */
  choice<Choice extends string>(node: YamlNode, choices: readonly Choice[]): Choice {
    const value = this.string(node);
    const choice = choices.find((each) => each === value);
    return choice ?? this.fail(node, `"${value}" is none of ${choices.join(", ")}`);
  }

  /** A file that is wrong does not get better by another try: it is wrong usage. */
  #refuse(place: string, message: string): never {
    throw new UserError(`${place}: ${message}`, { usage: true });
  }

  #scalar(node: YamlNode): unknown {
    if (isAlias(node)) this.fail(node, "aliases are not read");
    return isScalar(node) ? node.value : this.fail(node, "one value is expected");
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#name}, line ${line}, column ${col}`;
  }
}

const isEmpty = (node: YamlNode): boolean => isScalar(node) && node.value === null;

/** More keys than this are not all told. */
const MANY_KEYS = 24;

/** What could have been meant by a key that is none of `known`. */
function helpFor(name: string, known: readonly string[]): string {
  if (known.length <= MANY_KEYS) return `there are ${known.join(", ")}`;
  const [nearest] = known.map((key) => ({ key, shared: sharedPairs(name, key) }))
    .sort((a, b) => b.shared - a.shared);
  return nearest!.shared >= 0.5
    ? `did you mean ${nearest!.key}?`
    : "keys are the long names of options, without the dashes";
}

/** The share of pairs of letters that two words have in common (Dice's coefficient), 0 to 1. */
function sharedPairs(one: string, other: string): number {
  const pairsOf = (word: string) => new Set([...word].map((_, i) => ` ${word} `.slice(i, i + 2)));
  const [ours, theirs] = [pairsOf(one), pairsOf(other)];
  return 2 * ours.intersection(theirs).size / (ours.size + theirs.size);
}
