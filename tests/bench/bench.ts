// Compares webstat with other programs, side by side, and writes docs/measured.md; --help tells how.

import { parseArgs } from "node:util";
import { UserError } from "../../src/errors.ts";
import { browsing } from "./browsing.ts";
import { concurrency } from "./concurrency.ts";
import { files } from "./files.ts";
import { INPUT_NAMES } from "./inputs.ts";
import { live } from "./live.ts";
import { isInstalled } from "./machine.ts";
import { memory } from "./memory.ts";
import { allBars, barsText, page, parseReasons } from "./page.ts";
import { type Bench, openBench, type Part, say } from "./part.ts";
import { profile } from "./profile.ts";
import { keep, keptSections } from "./results.ts";
import { scrape } from "./scrape.ts";
import { start } from "./start.ts";
import { workers } from "./workers.ts";

/** In the order in which they run and stand on the page. */
const PARTS: Readonly<Record<string, { readonly run: Part; readonly about: string }>> = {
  files: { run: files, about: "files read by webstat and by other programs" },
  flows: { run: concurrency, about: "cost of a packet, 1,000 to 1,000,000 connections open" },
  live: { run: live, about: "capture at top speed beside tcpdump (root)" },
  memory: { run: memory, about: "memory with 100,000 and 1,000,000 connections open" },
  metrics: { run: scrape, about: "time of a page of /metrics with 1000 hosts" },
  page: { run: browsing, about: "size and time of the page for people" },
  start: { run: start, about: "time until something is done" },
  workers: { run: workers, about: "two files read by one worker and by two" },
  profile: { run: profile, about: "where the nanoseconds of a packet go" },
};
const PART_NAMES = Object.keys(PARTS);

const PAGE = new URL("../../docs/measured.md", import.meta.url);
const REASONS = new URL("reasons.md", import.meta.url);
const DEFAULT_BINARY = decodeURIComponent(new URL("../../webstat", import.meta.url).pathname);
const DEFAULT_ROUNDS = 5;

const USAGE = `Usage: deno task bench [options] [part...]

Compares webstat with other programs in turn (A B A B) and writes docs/measured.md, with the
newest tables of all parts. Without a part all of them run: about 40 minutes. Inputs are
made once, of 7 GB in all, in tests/bench/data. The other programs come with scripts/setup --dev.

Parts:
${PART_NAMES.map((name) => `  ${name.padEnd(9)} ${PARTS[name]!.about}`).join("\n")}

Options:
  --binary FILE         the webstat to measure (default: ./webstat)
  --rounds N            how often each program runs (default: ${DEFAULT_ROUNDS})
  --inputs NAME,...     only these inputs, and docs/measured.md stays as it is:
    ${INPUT_NAMES.join(", ")}
  --captures FOLDER     the captures that mixed is made of (default: ../shared/pcaps)
  --page                only write the page anew, after an edit of tests/bench/reasons.md
  -h, --help            show this help
`;

/** Returns the exit status. Throws UserError for what cannot be meant. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    await print(USAGE);
    return 0;
  }
  const parts = known("part", positionals, PART_NAMES);
  if (values.page) {
    writePage();
    return 0;
  }
  const bench = open(values);
  let status = 0;
  const names = parts.length > 0 ? parts : PART_NAMES;
  for (const name of names) {
    if (!await runPart(name, bench)) status = 1;
  }
  if (names.length > 1 && !bench.partial) {
    await print(`\n## The bars\n\n${allBars(keptSections(PART_NAMES), reasons())}\n`);
  }
  return status;
}

/** False where the part failed, which it has said: the others go on. */
async function runPart(name: string, bench: Bench): Promise<boolean> {
  const began = performance.now();
  try {
    const section = await PARTS[name]!.run(bench);
    if (section === null) return true;
    // Of some inputs alone a part's tables are not whole.
    if (!bench.partial) {
      await keep(name, section, bench.binary);
      writePage();
    }
    const bars = section.bars.length > 0 ? `\n\n${barsText(section.bars, reasons())}` : "";
    await print(`\n## ${section.title}\n\n${section.text}${bars}\n\n`);
  } catch (error) {
    say(`bench: ${name}: ${error instanceof Error ? error.message : error}`);
    return false;
  } finally {
    say(`${name}: ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  }
  return true;
}

function writePage(): void {
  const sections = keptSections(PART_NAMES);
  if (sections.length === 0) throw new UserError("nothing was measured yet: run a part first");
  Deno.writeTextFileSync(PAGE, page(sections, reasons()));
}

const reasons = () => parseReasons(Deno.readTextFileSync(REASONS));

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        binary: { type: "string", default: DEFAULT_BINARY },
        rounds: { type: "string", default: `${DEFAULT_ROUNDS}` },
        captures: { type: "string" },
        inputs: { type: "string" },
        page: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    // Its first sentence says what is wrong; what follows is about positional arguments.
    const [message] = (error as Error).message.split(". ");
    throw new UserError(`${message}: --help tells how`, { usage: true });
  }
}

/** Throws UserError where one of the names is none of `all`. */
function known(what: string, names: readonly string[], all: readonly string[]): readonly string[] {
  const strange = names.find((name) => !all.includes(name));
  if (strange === undefined) return names;
  throw new UserError(`no ${what} "${strange}": there are ${all.join(", ")}`, { usage: true });
}

interface Given {
  readonly binary: string;
  readonly rounds: string;
  readonly captures?: string | undefined;
  readonly inputs?: string | undefined;
}

function open({ binary, rounds, captures, inputs }: Given): Bench {
  const usage = { usage: true };
  if (!/^[1-9]\d{0,3}$/.test(rounds)) {
    throw new UserError(`--rounds "${rounds}": give a whole number from 1`, usage);
  }
  if (!statOf(binary)?.isFile) {
    throw new UserError(`no file "${binary}": deno task compile makes ./webstat`, usage);
  }
  if (captures !== undefined && !statOf(captures)?.isDirectory) {
    throw new UserError(`--captures "${captures}": no such folder`, usage);
  }
  if (!isInstalled("time")) {
    throw new UserError("needs GNU time: ./scripts/setup --dev installs it");
  }
  return openBench({
    binary,
    rounds: Number(rounds),
    captures: captures ?? null,
    inputs: inputs === undefined ? null : known("input", inputs.split(","), INPUT_NAMES),
  });
}

function statOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}

async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(`bench: ${error.message}`);
  Deno.exit(error.usage ? 2 : 1);
}
