// Compares webstat with other programs, side by side, and writes RESULTS.md.
//
//   deno task bench [--binary FILE] [--rounds N] [--captures FOLDER] [--inputs NAME,...] [part...]

import { parseArgs } from "node:util";
import { concurrency } from "./concurrency.ts";
import { files } from "./files.ts";
import { INPUT_NAMES } from "./inputs.ts";
import { live } from "./live.ts";
import { memory } from "./memory.ts";
import { openBench, type Part, say } from "./part.ts";
import { profile } from "./profile.ts";
import { barTable, record } from "./results.ts";
import { scrape } from "./scrape.ts";
import { start } from "./start.ts";

const PARTS: Readonly<Record<string, Part>> = {
  files,
  flows: concurrency,
  live,
  memory,
  metrics: scrape,
  start,
  profile,
};

const DEFAULT_BINARY = decodeURIComponent(new URL("../../webstat", import.meta.url).pathname);

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    binary: { type: "string", default: DEFAULT_BINARY },
    rounds: { type: "string", default: "5" },
    captures: { type: "string" },
    inputs: { type: "string" },
  },
});

const rounds = Number(values.rounds);
const unknown = positionals.filter((name) => !(name in PARTS));
if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds ${values.rounds}: a number from 1 on`);
if (unknown.length > 0) fail(`no part ${unknown.join(", ")}: ${Object.keys(PARTS).join(", ")}`);
const inputs = values.inputs?.split(",") ?? null;
const strange = (inputs ?? []).filter((name) => !INPUT_NAMES.includes(name));
if (strange.length > 0) fail(`no input ${strange.join(", ")}: ${INPUT_NAMES.join(", ")}`);
if (!exists(values.binary)) fail(`no ${values.binary}: deno task compile makes ./webstat`);

const captures = values.captures ?? null;
const bench = openBench({ binary: values.binary, rounds, captures, inputs });
for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
  const section = await PARTS[name]!(bench);
  if (section === null) continue;
  await record(name, section, Object.keys(PARTS));
  const bars = section.bars.length > 0 ? `\n\n${barTable(section.bars)}` : "";
  const text = `\n## ${section.title}\n\n${section.text}${bars}\n`;
  await Deno.stdout.write(new TextEncoder().encode(text));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function fail(message: string): never {
  say(`bench: ${message}`);
  Deno.exit(2);
}
