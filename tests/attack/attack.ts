// deno task attack [name...]: makes each attack and runs it against ./webstat, from a file and live in
// network namespaces of its own. Needs root for the second. The table that it prints is that of
// SECURITY.md.

import { parseArgs } from "node:util";
import { WEBSTAT } from "../e2e/webstat.ts";
import {
  attackEndpoint,
  ENDPOINT_ATTACKS,
  type EndpointAttack,
  endpointFaults,
  LargePage,
} from "./endpoint.ts";
import type { Flood } from "./flood.ts";
import { FLOODS } from "./floods.ts";
import { KEY_FLOODS } from "./key_floods.ts";
import { fromFile, live, type Outcome, type Program } from "./measure.ts";
import { writeAttack } from "./traffic.ts";

const HELP = `deno task attack [options] [name...]

Makes attacks and runs them against ./webstat (deno task compile makes it): what did they cost,
and were the ordinary requests beside them counted in full, or ordinary scrapes
answered?

  --binary <file>    another program than ./webstat
  --only file|live   one way only
  --scale <factor>   so much of each attack's size (1)
  --rate <packets>   packets a second of the attacker, instead of each attack's own
  --ordinary <n>     ordinary requests a second, three packets each (2000)
  --memory <MiB>     webstat's memory budget
  --list             the names

Exit status 1 if one did not end well, lost ordinary requests or took more memory than allowed.
`;

/** MB resident that are allowed with the default budget, and with --memory 128. */
const LIMITS = { file: 700, live: 1200, small: 300 };
const SLOWEST_SCRAPE = 1;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    binary: { type: "string", default: WEBSTAT },
    only: { type: "string" },
    scale: { type: "string", default: "1" },
    rate: { type: "string" },
    ordinary: { type: "string" },
    memory: { type: "string" },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

const ALL: readonly (Flood | EndpointAttack)[] = [
  ...FLOODS,
  ...KEY_FLOODS,
  ...ENDPOINT_ATTACKS,
];

function chosen(): readonly (Flood | EndpointAttack)[] {
  const unknown = positionals.filter((name) => !ALL.some((attack) => attack.name === name));
  if (unknown.length > 0) throw new Error(`no such attack: ${unknown.join(", ")} (see --list)`);
  return positionals.length === 0 ? ALL : ALL.filter(({ name }) => positionals.includes(name));
}

/** What is wrong with an outcome, in words; empty for nothing. */
function faults(way: "file" | "live", outcome: Outcome): string[] {
  const limit = values.memory === "128" ? LIMITS.small : LIMITS[way];
  return [
    ...outcome.status === 0 ? [] : [`status ${outcome.status}: ${outcome.complaint}`],
    ...outcome.megabytes <= limit ? [] : [`more than ${limit} MB`],
    ...outcome.counted === outcome.sent ? [] : [`${outcome.sent - outcome.counted} not counted`],
    ...outcome.dropped === 0 ? [] : [`${outcome.dropped} dropped`],
    ...outcome.slowestScrape <= SLOWEST_SCRAPE ? [] : ["slow scrapes"],
  ];
}

/** Writes the attack's key log. Returns the options that go with it. */
async function writeKeys(flood: Flood, size: number, directory: string): Promise<string[]> {
  if (flood.keys === undefined) return [];
  const path = `${directory}/keys`;
  const lines = ReadableStream.from(flood.keys(size)).pipeThrough(new TextEncoderStream());
  await Deno.writeFile(path, lines, { mode: 0o600 });
  return ["--keylog", path];
}

async function tryOut(flood: Flood, program: Program, directory: string): Promise<boolean> {
  const path = `${directory}/${flood.name}.pcap`;
  const rate = values.rate === undefined ? flood.rate : Number(values.rate);
  const size = Math.max(1, Math.round(flood.size * Number(values.scale)));
  const ordinary = values.ordinary === undefined ? undefined : Number(values.ordinary);
  const written = writeAttack(path, rate, (wire) => flood.write(wire, size), ordinary);
  const options = [...program.options, ...await writeKeys(flood, size, directory)];
  let isGood = true;
  for (const [way, attempt] of [["file", fromFile], ["live", live]] as const) {
    if (values.only !== undefined && values.only !== way) continue;
    const outcome = await attempt({ ...program, options }, path, written);
    const wrong = faults(way, outcome);
    if (wrong.length > 0) isGood = false;
    say(
      [
        flood.name.padEnd(26),
        way,
        `${outcome.seconds.toFixed(1)} s`,
        `${outcome.megabytes.toFixed(0)} MB`,
        `${outcome.counted}/${outcome.sent} ordinary requests`,
        ...way === "live"
          ? [`${outcome.dropped} dropped`, `scrapes at most ${outcome.slowestScrape.toFixed(2)} s`]
          : [],
        wrong.length === 0 ? "ok" : `BAD: ${wrong.join("; ")}`,
      ].join("  "),
    );
  }
  await Deno.remove(path);
  return isGood;
}

async function tryEndpoint(attack: EndpointAttack, { binary, options }: Program): Promise<boolean> {
  await using page = await LargePage.serve(binary, options);
  for (let i = 0; i < 10; i++) await page.scrape();
  const outcome = await attackEndpoint(page, attack);
  const wrong = endpointFaults(outcome);
  say(
    [
      attack.name.padEnd(26),
      `${attack.connections} connections`,
      `${outcome.moreMegabytes.toFixed(1)} MiB more`,
      `scrapes at most ${outcome.slowestScrape.toFixed(2)} s`,
      wrong.length === 0 ? "ok" : `BAD: ${wrong.join("; ")}`,
    ].join("  "),
  );
  return wrong.length === 0;
}

async function main(): Promise<number> {
  if (values.help) return say(HELP), 0;
  if (values.list) {
    for (const { name, about } of ALL) say(`${name.padEnd(26)} ${about}`);
    return 0;
  }
  const options = values.memory === undefined ? [] : ["--memory", values.memory];
  const directory = await Deno.makeTempDir({ prefix: "webstat-attack-" });
  let bad = 0;
  try {
    const program = { binary: values.binary, options };
    for (const attack of chosen()) {
      const isGood = "connections" in attack
        ? await tryEndpoint(attack, program)
        : await tryOut(attack, program, directory);
      if (!isGood) bad++;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  say(bad === 0 ? "All held." : `${bad} did not hold.`);
  return bad === 0 ? 0 : 1;
}

Deno.exit(await main());
