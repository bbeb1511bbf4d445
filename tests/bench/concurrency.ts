// Part "flows": what a packet costs with 1,000 to 1,000,000 connections open at once.

import { takeTurns } from "./measure.ts";
import { flowsName } from "./inputs.ts";
import { FLOW_COUNTS } from "./inputs/flows.ts";
import type { Part } from "./part.ts";
import { checkAnswers } from "./report.ts";
import { atMost, significant, table } from "./results.ts";

const MAX_GROWTH = 1.5;

export const concurrency: Part = async (bench) => {
  const inputs = bench.chosen(FLOW_COUNTS.map(flowsName)).map(bench.input);
  if (inputs.length === 0) return null;
  const checked: string[] = [];
  for (const input of inputs) checked.push(await checkAnswers(bench, input));
  bench.say("Reading flows ...");
  const commands = Object.fromEntries(
    inputs.map(({ name, path }) => [name, [bench.binary, "sniff", "-r", path, "--json"]]),
  );
  const results = await takeTurns(commands, bench.rounds, bench.say);
  const costs = inputs.map(({ name, packets }) => results[name]!.seconds / packets * 1e9);
  const rows = inputs.map(({ name, packets }, i) => [
    name,
    packets,
    significant(results[name]!.seconds),
    significant(costs[i]!),
    significant(results[name]!.cpuSeconds / packets * 1e9),
    results[name]!.megabytes.toFixed(0),
  ]);
  const growth = Math.max(...costs) / costs[0]!;
  const [fewest, most] = [inputs[0]!.name, inputs.at(-1)!.name];
  // Of some inputs alone the bar says nothing.
  const bars = inputs.length === FLOW_COUNTS.length
    ? [atMost(`cost a packet, ${fewest} to ${most}: grows by`, MAX_GROWTH, growth)]
    : [];
  return {
    title: "Many connections at once",
    text:
      `Connections of HTTP, TLS, QUIC and DNS in turn, to up to 100,000 hosts (of which webstat keeps
1000); the packets are the same, only more or fewer connections are open at once.

${table(["input", "packets", "seconds", "ns a packet", "CPU ns a packet", "peak MB"], rows)}

Answers, as they should be: ${checked.join("; ")}.`,
    bars,
  };
};
