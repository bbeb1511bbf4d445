// Part "workers": two files read by one worker and by two.

import { SOURCES } from "../../src/protocols/analyser.ts";
import { takeTurns } from "./measure.ts";
import { type Bench, haveAll, type Part } from "./part.ts";
import { reportOf } from "./report.ts";
import { type Bar, significant, table } from "./results.ts";

/** Short connections of every kind, and ten thousand that stay open. */
const INPUTS = ["mixed", "flows-10k"];
/** How much less time two workers take, on two cores or more. */
const LEAST_GAIN = 1.7;

export const workers: Part = async (bench) => {
  if (!haveAll(bench, ["time"])) return null;
  const found = [];
  for (const name of INPUTS) found.push(await readTwice(bench, name));
  return {
    title: "Two workers",
    text: `A file twice, by one worker, by two, and by two processes that have nothing to do with \
each other: what the machine gives at most. Two workers count what two runs do: \
${found.map(({ checked }) => checked).join("; ")}.

${found.map(({ text }) => text).join("\n\n")}`,
    bars: found.map(({ bar }) => bar),
  };
};

async function readTwice(bench: Bench, input: string) {
  const { path, packets } = bench.input(input);
  const checked = await checkSum(bench, path);
  bench.say(`Reading ${input} twice ...`);
  const sniff = [bench.binary, "sniff", "--json", "-r", path];
  const names = {
    one: "one worker",
    two: "`--workers 2`",
    apart: "two webstats, a file each",
  };
  const results = await takeTurns(
    {
      one: [...sniff, path],
      two: [...sniff, path, "--workers", "2"],
      apart: ["sh", "-c", '"$@" >/dev/null & "$@" >/dev/null & wait', "sh", ...sniff],
    },
    bench.rounds,
    bench.say,
  );
  const rows = (["one", "two", "apart"] as const).map((name) => {
    const { seconds, fastest, slowest, cpuSeconds, megabytes } = results[name];
    return [
      names[name],
      `${significant(seconds)} (${significant(fastest)} to ${significant(slowest)})`,
      significant(cpuSeconds),
      // GNU time tells the largest process, not the sum.
      name === "apart" ? "" : megabytes.toFixed(0),
      significant(2 * packets / seconds / 1e6),
    ];
  });
  const head = ["seconds (fastest to slowest)", "CPU s", "MB", "M packets/s"];
  return {
    checked: `*${input}*: ${checked}`,
    text: table([`*${input}* twice, ${results.one.runs} runs`, ...head], rows),
    bar: gain(input, results.one.seconds / results.two.seconds),
  };
}

function gain(input: string, value: number): Bar {
  return {
    what: `*${input}* twice: one worker's time / that of two`,
    bar: `at least ${significant(LEAST_GAIN)}`,
    measured: significant(value),
    met: value >= LEAST_GAIN,
  };
}

/** Throws where two workers do not count twice what is in one file. */
async function checkSum(bench: Bench, path: string): Promise<string> {
  bench.say("Checking the answers of two workers ...");
  const single = await reportOf(bench.binary, path);
  const both = await reportOf(bench.binary, [path, path], ["--workers", "2"]);
  const isTwice = both.packets === 2 * single.packets && both.hosts === single.hosts &&
    SOURCES.every((source) => both.hits[source] === 2 * single.hits[source]);
  if (!isTwice) {
    throw new Error(`two workers count ${JSON.stringify(both)}, one ${JSON.stringify(single)}`);
  }
  const hits = SOURCES.reduce((sum, source) => sum + both.hits[source], 0);
  return `${both.packets} packets, ${hits} hits, ${both.hosts} names`;
}
