// The results, part by part: kept in tests/bench/data, and together written as RESULTS.md, so that one
// part can be measured again alone.

import { machine, versions } from "./machine.ts";

const HERE = import.meta.dirname!;
const KEPT = `${HERE}/data/results`;
const PAGE = `${HERE}/RESULTS.md`;

/** A bar that webstat has to clear, and what was measured. */
export interface Bar {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  readonly met: boolean;
}

/** What a part of the benchmark found. */
export interface Section {
  readonly title: string;
  /** Markdown. */
  readonly text: string;
  readonly bars: readonly Bar[];
}

interface KeptSection extends Section {
  readonly date: string;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly load: string;
}

/** A bar of "at most so much". */
export function atMost(what: string, limit: number, value: number, unit = ""): Bar {
  const shown = (number: number) => `${significant(number)}${unit}`;
  return { what, bar: `at most ${shown(limit)}`, measured: shown(value), met: value <= limit };
}

/** Three digits that matter. */
export function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}

/** Columns of a Markdown table; the first is text, the others are numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, i) => i === 0 ? "---" : "---:");
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Keeps a part's section, and writes the page anew with the newest of each part. */
export async function record(part: string, section: Section, parts: readonly string[]) {
  await Deno.mkdir(KEPT, { recursive: true });
  const kept: KeptSection = {
    ...section,
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    machine: machine(),
    versions: await versions(),
    load: Deno.loadavg().map((each) => each.toFixed(1)).join(" "),
  };
  await Deno.writeTextFile(`${KEPT}/${part}.json`, JSON.stringify(kept, null, 2));
  await Deno.writeTextFile(PAGE, page(parts.map(read).filter((each) => each !== null)));
}

function read(part: string): KeptSection | null {
  try {
    return JSON.parse(Deno.readTextFileSync(`${KEPT}/${part}.json`));
  } catch {
    return null;
  }
}

function page(sections: readonly KeptSection[]): string {
  const newest = sections.toSorted((a, b) => a.date.localeCompare(b.date)).at(-1)!;
  const bars = sections.flatMap((section) => section.bars);
  return `# How fast webstat is

Made by \`deno task bench\`; do not edit. Whole processes, medians of runs in turn, webstat compiled.

Machine: ${newest.machine}.
${newest.versions.map((line) => `- ${line}`).join("\n")}

## The bars

${barTable(bars)}

${sections.map(sectionText).join("\n\n")}
`;
}

export function barTable(bars: readonly Bar[]): string {
  return table(
    ["what", "bar", "measured", "met"],
    bars.map(({ what, bar, measured, met }) => [what, bar, measured, met ? "yes" : "**no**"]),
  );
}

const sectionText = ({ title, text, date, load }: KeptSection): string =>
  `## ${title}\n\n${text}\n\n(${date} UTC; load of the machine at the end: ${load})`;
