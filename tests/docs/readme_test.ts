// The README: short enough to be finished, its tables as the code has them, and every block of
// commands does in a fresh checkout what the README shows.

import assert from "node:assert/strict";
import { HOW_TO_GET_THE_RIGHT } from "../../src/capture/open_handle.ts";
import { type OptionDefinition, variableName } from "../../src/cli/option_definition.ts";
import {
  ANALYZE_OPTIONS,
  INTERFACES_OPTIONS,
  RUN_OPTIONS,
  SNIFF_OPTIONS,
} from "../../src/cli/options.ts";
import { code, programSources } from "../sources.ts";
import { PAGES, read, ROOT, type Row, sectionOf, tableDifference, tablesOf } from "./markdown.ts";

const README = read("README.md");
const ALL_PAGES = PAGES.filter((page) => page !== "CHANGELOG.md").map(read).join("\n");
const OPTIONS = { ...SNIFF_OPTIONS, ...ANALYZE_OPTIONS, listen: SNIFF_OPTIONS.listen };

Deno.test("README: at most 200 lines, and no line of a table over 160 characters", () => {
  const lines = README.trimEnd().split("\n");
  assert.ok(lines.length <= 200, `${lines.length} lines`);
  assert.deepEqual(lines.filter((line) => line.startsWith("|") && line.length > 160), []);
});

Deno.test("README: its pictures are there, and soon loaded", () => {
  const pictures = [...README.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path!);
  assert.ok(pictures.length >= 2);
  for (const path of pictures) assert.ok(Deno.statSync(ROOT + path).size < 200_000, path);
});

Deno.test("README: one table has every option, as the help says it", () => {
  const [options] = tablesOf(sectionOf(README, 2, "Use"));
  const expected = Object.values<OptionDefinition>(OPTIONS).map(optionRow);
  assert.equal(tableDifference("README's table of options", options!, expected), "");
});

Deno.test("docs/run.md: its table has every option of run, as the help says it", () => {
  const [options] = tablesOf(sectionOf(read("docs/run.md"), 2, "Options"));
  const expected = Object.values<OptionDefinition>(RUN_OPTIONS).map(optionRow);
  assert.equal(tableDifference("the table of docs/run.md", options!, expected), "");
});

Deno.test("README: it says which options are for analyze only", () => {
  const [first] = Object.entries(ANALYZE_OPTIONS).find(([key]) => !(key in SNIFF_OPTIONS))!;
  const { flags } = ANALYZE_OPTIONS[first as keyof typeof ANALYZE_OPTIONS];
  assert.match(
    README,
    new RegExp(`Those from \`${flags.split(" ")[0]}\` on are for \`analyze\` only`),
  );
});

function optionRow({ flags, help, default: value }: OptionDefinition): Row {
  return [`\`${flags}\``, help, value === undefined ? "" : `\`${value}\``];
}

Deno.test("README: the rule for environment variables is that of the code", () => {
  assert.match(README, /`WEBSTAT_` and its long name in capitals, with `_` for\s+`-`/);
  for (const option of Object.values<OptionDefinition>({ ...OPTIONS, ...INTERFACES_OPTIONS })) {
    const long = /--([\w-]+)/.exec(option.flags)![1]!;
    assert.equal(variableName(option), `WEBSTAT_${long.replaceAll("-", "_").toUpperCase()}`);
  }
});

Deno.test("README: the right of the executable is the one that the program asks for", () => {
  const [given] = HOW_TO_GET_THE_RIGHT.match(/sudo setcap \S+/)!;
  assert.equal(README.match(/sudo setcap \S+/)?.[0], given);
});

Deno.test("every other variable that the program reads is on a page", () => {
  const options = Object.values<OptionDefinition>({ ...OPTIONS, ...INTERFACES_OPTIONS });
  const known = new Set(options.map(variableName));
  const read = programSources().flatMap(({ text }) =>
    code(text).match(/\bWEBSTAT_[A-Z_]+\b/g) ?? []
  );
  assert.deepEqual(read.filter((name) => !known.has(name) && !ALL_PAGES.includes(name)), []);
});
