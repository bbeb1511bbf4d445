// deno task fuzz [--seconds N] [--seed S] [--packets N]: conversations and files made by chance go the whole
// way through the program. An exception, a packet that takes too long and memory beyond the budget are
// failures; the seed that is printed finds them again.

import { parseArgs } from "node:util";
import { fuzzFile } from "./files.ts";
import { type Failed, Rounds } from "./rounds.ts";

const HELP = `deno task fuzz [options]

  --seconds <n>   stop after n seconds (60)
  --packets <n>   stop after n packets instead
  --seed <n>      begin with this round; a failure names its own
  --rounds <n>    stop after n rounds: --seed S --rounds 1 is one failure again
`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    packets: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

async function main(): Promise<number> {
  if (values.help) return say(HELP), 0;
  const end = performance.now() + Number(values.seconds) * 1000;
  const most = Number(values.packets ?? Infinity);
  const last = Number(values.seed) + Number(values.rounds ?? Infinity);
  const rounds = new Rounds();
  let seed = Number(values.seed);
  rounds.prepare(seed);
  const isDue = () =>
    seed < last && rounds.packets < most && (most < Infinity || performance.now() < end);
  for (; isDue(); seed++) {
    const failed: Failed | null = rounds.run(seed) ?? await fuzzFile(seed);
    if (failed === null) continue;
    say(`${failed.what}\nTo see it again: deno task fuzz --seed ${seed} --rounds 1`);
    return 1;
  }
  const slowest = rounds.slowest.toFixed(1);
  say(
    `${rounds.packets} packets in ${
      seed - Number(values.seed)
    } rounds: no failure; slowest ${slowest} ms`,
  );
  return 0;
}

Deno.exit(await main());
