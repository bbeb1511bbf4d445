// Part "start": how long until webstat does something, beside the smallest program of the same runtime.

import { type Summary, takeTurns } from "./measure.ts";
import type { Part } from "./part.ts";
import { atMost, significant, table } from "./results.ts";

const HERE = import.meta.dirname!;
const HELLO = `${HERE}/data/hello`;
const STARTS = 21;

export const start: Part = async (bench) => {
  if (!await compileHello()) {
    bench.say("Skipped: no hello-world could be compiled; DENORT_BIN names a runtime stub");
    return null;
  }
  bench.say("Starting ...");
  const commands = {
    hello: [HELLO],
    version: [bench.binary, "--version"],
    firstPacket: [bench.binary, "sniff", "-r", bench.input("small").path, "-c", "1", "--json"],
  };
  const { hello, version, firstPacket } = await takeTurns(commands, STARTS, () => {});
  const rows = [
    ["a compiled hello-world", ...cells(hello)],
    ["webstat --version", ...cells(version)],
    ["webstat sniff -r small.pcap -c 1 --json", ...cells(firstPacket)],
  ];
  return {
    title: "Start",
    text:
      `Whole runs, medians of ${STARTS} in turn. The first packet's is an upper bound: it includes the
report and the end.

${table(["program", "seconds", "CPU s", "peak MB"], rows)}`,
    bars: [
      atMost("`--version` / a compiled hello-world", 2, version.seconds / hello.seconds),
      atMost("first packet of a file counted within", 0.5, firstPacket.seconds, " s"),
    ],
  };
};

const cells = ({ seconds, cpuSeconds, megabytes }: Summary): string[] => [
  significant(seconds),
  significant(cpuSeconds),
  megabytes.toFixed(0),
];

/** With the same options as scripts/compile; false where there is no runtime to compile it with. */
async function compileHello(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "webstat-bench-" });
  try {
    const source = `${folder}/hello.ts`;
    await Deno.writeTextFile(source, `console.log("hello");\n`);
    const options = ["--quiet", "--no-check", "--no-config", "--no-code-cache", "--allow-all"];
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["compile", ...options, "--output", HELLO, source],
    }).output();
    return success;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
