// What the parts of the benchmark are given and what they answer.

import { isInstalled } from "./machine.ts";
import { defaultCaptures, type Input, input } from "./inputs.ts";
import type { Section } from "./results.ts";

export interface Bench {
  /** The compiled webstat. */
  readonly binary: string;
  readonly rounds: number;
  /** Whether only some inputs are wanted. */
  readonly partial: boolean;
  input(name: string): Input;
  /** Those of `names` that the user wants: all, unless told. */
  chosen<Name extends string>(names: readonly Name[]): Name[];
  say(line: string): void;
}

/** Null where it cannot run here, which it has said. */
export type Part = (bench: Bench) => Promise<Section | null>;

export function openBench(
  options: {
    readonly binary: string;
    readonly rounds: number;
    readonly captures: string | null;
    /** Names of inputs; null for all. */
    readonly inputs?: readonly string[] | null;
  },
): Bench {
  const captures = options.captures ?? defaultCaptures(say);
  return {
    binary: options.binary,
    rounds: options.rounds,
    partial: (options.inputs ?? null) !== null,
    input: (name) => input(name, captures, say),
    chosen: (names) => names.filter((name) => options.inputs?.includes(name) ?? true),
    say,
  };
}

export function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Says which of these programs are missing; true where none is. */
export function haveAll(bench: Bench, programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    bench.say(
      `Skipped: needs ${missing.join(", ")}: ./scripts/setup --dev installs what is missing`,
    );
  }
  return missing.length === 0;
}
