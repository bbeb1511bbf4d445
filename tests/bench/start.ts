// Part "start": how long until webstat does something, beside the smallest program of the same runtime.

import { measure, median } from "./measure.ts";
import type { Bench, Part } from "./part.ts";
import { atMost, significant, table } from "./results.ts";

const HERE = import.meta.dirname!;
const HELLO = `${HERE}/data/hello`;
const STARTS = 21;

export const start: Part = async (bench) => {
  await compileHello();
  bench.say("Starting ...");
  const commands = {
    "hello-world": [HELLO],
    "webstat --version": [bench.binary, "--version"],
    "webstat sniff -r small -c 1": firstPacket(bench),
  };
  const names = Object.keys(commands) as (keyof typeof commands)[];
  const seconds: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = 0; i < STARTS; i++) {
    for (const name of names) seconds[name]!.push((await measure(commands[name])).seconds);
  }
  const [hello, version, packet] = names.map((name) => median(seconds[name]!));
  return {
    title: "Start",
    text:
      `Whole runs, medians of ${STARTS} in turn. The first packet's is an upper bound: it includes the
report and the end.

${table(["program", "seconds"], names.map((name) => [name, significant(median(seconds[name]!))]))}`,
    bars: [
      atMost("`--version` / a compiled hello-world", 2, version! / hello!),
      atMost("first packet of a file counted within", 0.5, packet!, " s"),
    ],
  };
};

const firstPacket = (bench: Bench): string[] => [
  ...[bench.binary, "sniff", "-r", bench.input("small").path, "-c", "1", "--json"],
];

/** With the same options as scripts/compile. */
async function compileHello(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "webstat-bench-" });
  try {
    const source = `${folder}/hello.ts`;
    await Deno.writeTextFile(source, `console.log("hello");\n`);
    const options = ["--quiet", "--no-check", "--no-config", "--no-code-cache", "--allow-all"];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["compile", ...options, "--output", HELLO, source],
    }).output();
    if (!success) throw new Error(`deno compile: ${new TextDecoder().decode(stderr)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
