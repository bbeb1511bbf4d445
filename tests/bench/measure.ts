// Runs programs in turn and measures each run as a whole: time, processor time and memory.

/** One run of a program. */
export interface Run {
  readonly seconds: number;
  /** Processor time of all its threads, user and system. */
  readonly cpuSeconds: number;
  /** Most memory that it had resident at any time, in MB (10^6 bytes). */
  readonly megabytes: number;
}

export interface Summary {
  /** Medians. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly runs: number;
}

/** GNU time: it reads what the kernel counted for the process that has ended. */
const TIME = "/usr/bin/time";

/** Runs a command to its end; what it prints goes nowhere. Throws where it fails. */
export async function measure(command: readonly string[]): Promise<Run> {
  const notes = await Deno.makeTempFile({ prefix: "webstat-bench-" });
  try {
    const started = performance.now();
    const { code, stderr } = await new Deno.Command(TIME, {
      args: ["--quiet", "-o", notes, "-f", "%U %S %M", ...command],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    const seconds = (performance.now() - started) / 1000;
    if (code !== 0) {
      throw new Error(`${command.join(" ")}: status ${code}\n${new TextDecoder().decode(stderr)}`);
    }
    const [user, system, kibibytes] = (await Deno.readTextFile(notes)).trim().split(" ").map(
      Number,
    );
    return { seconds, cpuSeconds: user! + system!, megabytes: kibibytes! * 1024 / 1e6 };
  } finally {
    await Deno.remove(notes);
  }
}

/** Runs all commands one after the other, and all of that `rounds` times: A B C A B C. */
export async function takeTurns<Name extends string>(
  commands: Readonly<Record<Name, readonly string[]>>,
  rounds: number,
  say: (line: string) => void,
): Promise<Record<Name, Summary>> {
  const names = Object.keys(commands) as Name[];
  const runs = Object.fromEntries(names.map((name) => [name, [] as Run[]])) as Record<Name, Run[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      const run = await measure(commands[name]);
      runs[name].push(run);
      say(`  ${round}/${rounds} ${name}: ${run.seconds.toFixed(2)} s`);
    }
  }
  const summaries = names.map((name) => [name, summary(runs[name])]);
  return Object.fromEntries(summaries) as Record<Name, Summary>;
}

export function summary(runs: readonly Run[]): Summary {
  const seconds = runs.map((run) => run.seconds);
  return {
    seconds: median(seconds),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    megabytes: median(runs.map((run) => run.megabytes)),
    fastest: Math.min(...seconds),
    slowest: Math.max(...seconds),
    runs: runs.length,
  };
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What a running process has used so far. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Resident now, in MB (10^6 bytes). */
  readonly megabytes: number;
}

/** Linux counts processor time in hundredths of a second for all programs to see (USER_HZ). */
const TICKS_PER_SECOND = 100;

export function usageOf(pid: number): Usage {
  // The name in brackets may contain spaces; proc(5) counts the fields, of which utime is the 14th.
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kibibytes = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    megabytes: kibibytes * 1024 / 1e6,
  };
}
