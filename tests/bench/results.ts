// What the parts of the benchmark find. The newest result of each part is kept in tests/bench/results,
// so that one part can be measured again alone.

import { machine, versions } from "./machine.ts";

const KEPT = new URL("results/", import.meta.url);

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

export interface KeptSection extends Section {
  /** UTC. */
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

/** Keeps what a part found, with what it was measured on, in the place of what it found before. */
export async function keep(part: string, section: Section, binary: string): Promise<void> {
  const kept: KeptSection = {
    ...section,
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    machine: machine(),
    versions: await versions(binary),
    load: Deno.loadavg().map((each) => each.toFixed(1)).join(" "),
  };
  await Deno.mkdir(KEPT, { recursive: true });
  await Deno.writeTextFile(fileOf(part), `${JSON.stringify(kept, null, 2)}\n`);
}

/** What was kept of these parts, in their order; those that never ran are left out. */
export function keptSections(parts: readonly string[]): KeptSection[] {
  return parts.map(read).filter((each) => each !== null);
}

function read(part: string): KeptSection | null {
  try {
    return JSON.parse(Deno.readTextFileSync(fileOf(part)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const fileOf = (part: string): URL => new URL(`${part}.json`, KEPT);
