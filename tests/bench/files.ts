// Part "files": reading mixed, requests and small from a file, beside other programs.

import type { Input } from "./inputs.ts";
import { type Summary, takeTurns } from "./measure.ts";
import { type Bench, haveAll, type Part } from "./part.ts";
import { checkAnswers } from "./report.ts";
import { atMost, type Bar, significant, table } from "./results.ts";

type Program = "tcpdump" | "webstat" | "ndpiReader" | "softflowd" | "nfpcapd" | "httpry";
type Results = Readonly<Record<Program, Summary>>;

/** Flows, then the requests in them, with a program for each, one after the other. */
const flowsAndRequests = ({ nfpcapd, httpry }: Results) => nfpcapd.seconds + httpry.seconds;

/** The bars of each input. */
const BARS: Readonly<Record<string, (of: Results) => Bar[]>> = {
  mixed: (of) => [
    atMost("*mixed*: time / ndpiReader's", 0.25, of.webstat.seconds / of.ndpiReader.seconds),
    atMost("*mixed*: time / softflowd's", 1.8, of.webstat.seconds / of.softflowd.seconds),
    atMost(
      "*mixed*: time / nfpcapd's and httpry's",
      1.05,
      of.webstat.seconds / flowsAndRequests(of),
    ),
  ],
  requests: (of) => [
    atMost(
      "*requests*: time / nfpcapd's and httpry's",
      0.4,
      of.webstat.seconds / flowsAndRequests(of),
    ),
    atMost("*requests*: time / httpry's", 0.45, of.webstat.seconds / of.httpry.seconds),
  ],
  small: ({ webstat, softflowd }) => [
    atMost("*small*: time / softflowd's", 0.75, webstat.seconds / softflowd.seconds),
  ],
};

export const files: Part = async (bench) => {
  if (!haveAll(bench, ["tcpdump", "ndpiReader", "softflowd", "nfpcapd", "httpry"])) return null;
  const texts: string[] = [];
  const bars: Bar[] = [];
  for (const name of bench.chosen(Object.keys(BARS))) {
    const input = bench.input(name);
    const checked = await checkAnswers(bench, input);
    bench.say(`Reading ${name} ...`);
    const results = await compare(bench, input);
    bars.push(...BARS[name]!(results));
    texts.push(`Answers, as they should be: ${checked}.\n\n${resultTable(input, results)}`);
  }
  if (bench.chosen(["mixed", "mixed-twice"]).length === 2) texts.push(await slope(bench));
  return { title: "From a file", text: `${NOTES}\n\n${texts.join("\n\n")}`, bars };
};

const NOTES =
  `\`webstat sniff -r F --json\`; \`tcpdump -r F -w /dev/null\`: what libpcap itself takes;
\`ndpiReader -q -i F\`: looks at the first 80 packets of a flow; \`softflowd -r F -d\` and
\`nfpcapd -r F -w FOLDER\`: flows only; \`httpry -r F -o /dev/null\`: requests of HTTP on its usual
ports. webstat does what the last two do, and reads answers, TLS, QUIC and DNS. A C program that only
reads, decodes, hashes and finds flows takes 60 to 97 ns a packet: that is the limit.`;

async function compare(bench: Bench, { path }: Input): Promise<Results> {
  const folder = Deno.makeTempDirSync({ prefix: "webstat-bench-" });
  try {
    return await takeTurns(
      {
        tcpdump: ["tcpdump", "-r", path, "-w", "/dev/null"],
        webstat: webstat(bench, path),
        ndpiReader: ["ndpiReader", "-q", "-i", path],
        softflowd: ["softflowd", "-r", path, "-d"],
        nfpcapd: ["nfpcapd", "-r", path, "-w", folder],
        httpry: ["httpry", "-q", "-r", path, "-o", "/dev/null"],
      },
      bench.rounds,
      bench.say,
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const webstat = (bench: Bench, path: string) => [bench.binary, "sniff", "-r", path, "--json"];

/**
 * What a packet costs, and what a run costs beside its packets: mostly V8's compilers. A file given twice
 * as it is would find its flows open.
 */
async function slope(bench: Bench): Promise<string> {
  const [once, twice] = [bench.input("mixed"), bench.input("mixed-twice")];
  bench.say("Reading mixed once and twice ...");
  const results = await takeTurns(
    { once: webstat(bench, once.path), twice: webstat(bench, twice.path) },
    bench.rounds,
    bench.say,
  );
  const rows = (["seconds", "cpuSeconds"] as const).map((kind) => {
    const [short, long] = [results.once[kind], results.twice[kind]];
    const packet = (long - short) / once.packets * 1e6;
    const of = kind === "seconds" ? "seconds" : "CPU seconds";
    return [
      of,
      significant(short),
      significant(long),
      significant(packet),
      significant(2 * short - long),
    ];
  });
  const head = ["*mixed*", "once", "twice, an hour apart", "us a packet (slope)", "fixed"];
  return table(head, rows);
}

function resultTable(input: Input, results: Results): string {
  const { webstat } = results;
  const head = ["seconds (fastest to slowest)", "CPU s", "MB", "M packets/s"];
  const ratios = ["webstat's time / its", "webstat's CPU / its"];
  const rows = (Object.keys(results) as Program[]).map((name) => {
    const { seconds, fastest, slowest, cpuSeconds, megabytes } = results[name];
    return [
      name,
      `${significant(seconds)} (${significant(fastest)} to ${significant(slowest)})`,
      significant(cpuSeconds),
      megabytes.toFixed(0),
      significant(input.packets / seconds / 1e6),
      significant(webstat.seconds / seconds),
      significant(webstat.cpuSeconds / cpuSeconds),
    ];
  });
  const size = `${(input.bytes / 1e6).toFixed(0)} MB, ${input.packets} packets`;
  return table([`*${input.name}* (${size}), ${webstat.runs} runs`, ...head, ...ratios], rows);
}
