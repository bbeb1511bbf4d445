// What has to be right of the process itself before the work begins.

import { raiseDescriptorLimit } from "../../ffi/descriptor_limit.ts";
import { restart } from "../../ffi/restart.ts";
import { outputOnTerminal } from "../../ffi/terminal_output.ts";
import { UserError } from "../errors.ts";
import { availableMemory } from "../memory_budget.ts";

/** Variables that Deno's runtime reads: some make it write logs, one makes servers listen elsewhere. */
const OF_THE_RUNTIME = /^(?:DENO_|OTEL_DENO)/;

/** Where they are kept for the commands of `webstat run`, as JSON. */
const DROPPED = "WEBSTAT_DROPPED_VARIABLES";

/** Restarts a compiled program without these variables. From source they are the developer's choice. */
export function dropRuntimeVariables(): void {
  if (!Deno.build.standalone) return;
  const dropped = Object.entries(Deno.env.toObject())
    .filter(([name]) => OF_THE_RUNTIME.test(name));
  if (dropped.length === 0) return;
  for (const [name] of dropped) Deno.env.delete(name);
  Deno.env.set(DROPPED, JSON.stringify(Object.fromEntries(dropped)));
  restart(Deno.execPath(), Deno.args);
}

/** The environment as it was before variables were dropped. */
export function withDroppedVariables(
  { [DROPPED]: dropped, ...others }: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...others, ...JSON.parse(dropped ?? "{}") };
}

/** Names the descriptor that results are written to, if a screen has standard output. */
const RESULTS = "WEBSTAT_RESULTS_DESCRIPTOR";

/**
 * Restarts a compiled program with its screen on the terminal, if standard output is a file or a pipe.
 * Does nothing if there is no terminal.
 */
export function putOutputAside(): void {
  if (!Deno.build.standalone || Deno.stdout.isTerminal() || !Deno.stdin.isTerminal()) return;
  const results = outputOnTerminal();
  if (results === null) return;
  Deno.env.set(RESULTS, String(results));
  restart(Deno.execPath(), Deno.args);
}

/** Where results go, if not to standard output. */
export function resultsDescriptor(): number | null {
  const descriptor = Number(Deno.env.get(RESULTS));
  return Number.isInteger(descriptor) && descriptor > 2 ? descriptor : null;
}

/** Throws UserError if so many workers cannot run with what the system gives to this process. */
export function checkResources(workers: number): void {
  checkDescriptors(workers);
  checkMemory();
}

/** File descriptors that are needed in any case, and for each worker: the runtime takes about 15. */
const DESCRIPTORS = { fixed: 48, worker: 16 };

/**
 * Has this process open as many files as it may. Throws UserError if that is too few: the runtime would
 * end the process with a stack trace.
 */
export function checkDescriptors(workers: number, limit = raiseDescriptorLimit()): void {
  const needed = DESCRIPTORS.fixed + workers * DESCRIPTORS.worker;
  if (limit >= needed) return;
  throw new UserError(
    `Only ${limit} files may be open at a time, ${needed} are needed: raise the limit (ulimit -n ${needed})`,
  );
}

/** Bytes: with less, the kernel ends the process soon after its start, and nobody is told why. */
const LEAST_MEMORY = 64 << 20;

/** Throws UserError if the machine, or the control group of this process, has too little memory. */
export function checkMemory(available = availableMemory()): void {
  if (available >= LEAST_MEMORY) return;
  const [has, needs] = [available, LEAST_MEMORY].map((bytes) => Math.floor(bytes / 2 ** 20));
  throw new UserError(
    `Only ${has} MiB of memory may be used, ${needs} are needed: free some, or raise the limit`,
  );
}
