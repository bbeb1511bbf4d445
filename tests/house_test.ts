// The size of things: short files, short functions, and nothing written twice. The names of the tests
// tell the figures of today.

import assert from "node:assert/strict";
import { code, programSources } from "./sources.ts";

/** Lines; tests are not counted. */
const FILES = { median: 90, most: 400 };
const FUNCTIONS = { median: 8, most: 60 };
/** So many lines in a row, without comments and lists, may not stand in two places. */
const SAME = 8;

interface Sized {
  readonly name: string;
  readonly lines: number;
}

const sources = programSources();
const files: Sized[] = sources.map(({ path, text }) => ({
  name: path,
  lines: text.trimEnd().split("\n").length,
}));
const functions: Sized[] = sources.flatMap(({ path, text }) => functionsOf(path, text));

/** As much of a node of Deno's syntax trees as is looked at. */
interface Node {
  readonly type: string;
  readonly range: readonly [start: number, end: number];
  readonly id?: { readonly name?: string } | null;
  readonly key?: { readonly name?: string };
  readonly init?: { readonly type: string } | null;
  readonly value?: { readonly type: string } | null;
}

/** Deno's interface to its linter, as far as it is used; its types count as unstable. */
interface Linter {
  runPlugin(plugin: object, path: string, text: string): unknown;
}

/** Functions, methods, and arrow functions that have a name. */
function functionsOf(path: string, text: string): Sized[] {
  const sized: Sized[] = [];
  const lineOf = (at: number) => text.slice(0, at).split("\n").length;
  const note = (node: Node) => {
    const { type } = node.init ?? node.value ?? node;
    if (!type.includes("Function")) return;
    const [start, end] = node.range.map(lineOf) as [number, number];
    const name = `${node.id?.name ?? node.key?.name ?? "a function"} in ${path}`;
    sized.push({ name, lines: end - start + 1 });
  };
  const kinds = [
    "FunctionDeclaration",
    "MethodDefinition",
    "VariableDeclarator",
    "PropertyDefinition",
  ];
  const size = { create: () => Object.fromEntries(kinds.map((kind) => [kind, note])) };
  const { lint } = Deno as unknown as { lint: Linter };
  lint.runPlugin({ name: "house", rules: { size } }, path, text);
  return sized;
}

function median(all: readonly Sized[]): number {
  return all.map(({ lines }) => lines).sort((a, b) => a - b)[all.length >> 1]!;
}

function judge(what: string, all: readonly Sized[], limits: typeof FILES): void {
  const [middle, most] = [median(all), Math.max(...all.map(({ lines }) => lines))];
  const title =
    `${what}: median ${middle} lines (at most ${limits.median}), longest ${most} (${limits.most})`;
  Deno.test(title, () => {
    assert.ok(middle <= limits.median);
    const long = all.filter(({ lines }) => lines > limits.most);
    assert.deepEqual(long, []);
  });
}

judge("files", files, FILES);
judge("functions", functions, FUNCTIONS);

Deno.test(`no ${SAME} lines of code stand in two places`, () => {
  const seen = new Map<string, string>();
  const twice = new Map<string, string>();
  for (const { path, text } of sources) {
    const lines = code(text).split("\n").map((line) => line.trim())
      .filter((line) =>
        line !== "" && !/^(import |export \* |\} from |(type )?\w+(: [\w<>[\]| ]+)?,$)/.test(line)
      );
    for (let i = 0; i + SAME <= lines.length; i++) {
      const part = lines.slice(i, i + SAME).join("\n");
      // Closing braces alone say nothing.
      if (part.replaceAll(/\W/g, "").length < 80) continue;
      const before = seen.get(part);
      if (before !== undefined) twice.set(`${before} and ${path}`, part);
      seen.set(part, path);
    }
  }
  assert.deepEqual([...twice].map(([files, lines]) => `${files}:\n${lines}`), []);
});
