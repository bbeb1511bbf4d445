// Part "files": reading mixed, requests and small from a file, beside other programs.

import type { Input } from "./inputs.ts";
import { type Summary, takeTurns } from "./measure.ts";
import { type Bench, haveAll, type Part } from "./part.ts";
import { checkAnswers } from "./report.ts";
import { atMost, type Bar, significant, table } from "./results.ts";

/** tshark takes minutes for all of it: it reads so many packets, which its time is scaled from. */
const TSHARK_PACKETS = 100_000;
const TSHARK_FIELDS = ["http.host", "tls.handshake.extensions_server_name", "dns.qry.name"];

type Program = "tcpdump" | "webstat" | "ndpiReader" | "httpry" | "tshark";
type Results = Readonly<Record<Program, Summary>>;

/** The bars of each input. */
const BARS: Readonly<Record<string, (of: Results) => Bar[]>> = {
  mixed: ({ webstat, ndpiReader, tcpdump, tshark }) => [
    atMost("*mixed*: time / ndpiReader's", 0.5, webstat.seconds / ndpiReader.seconds),
    atMost("*mixed*: time / tcpdump's", 2.5, webstat.seconds / tcpdump.seconds),
    atMost("*mixed*: time / tshark's", 1 / 50, webstat.seconds / tshark.seconds),
  ],
  requests: ({ webstat, ndpiReader }) => [
    atMost("*requests*: time / ndpiReader's", 0.7, webstat.seconds / ndpiReader.seconds),
  ],
  small: ({ webstat, ndpiReader }) => [
    atMost("*small*: time / ndpiReader's", 1, webstat.seconds / ndpiReader.seconds),
  ],
};

export const files: Part = async (bench) => {
  if (!haveAll(bench, ["tcpdump", "ndpiReader", "httpry", "tshark"])) return null;
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
  return { title: "From a file", text: `${NOTES}\n\n${texts.join("\n\n")}`, bars };
};

const NOTES =
  `\`webstat sniff -r F --json\`, \`tcpdump -r F -w /dev/null\` (what libpcap itself takes),
\`ndpiReader -q -i F\` (looks at the first 80 packets of a flow), \`httpry -r F -o /dev/null\` (HTTP on
its usual ports only), and \`tshark -r F -T fields -e http.host ...\` on the first
${TSHARK_PACKETS} packets, scaled by the number of packets (its start taken off).`;

async function compare(bench: Bench, { path, packets }: Input): Promise<Results> {
  const tshark = (count: number) => [
    ...["tshark", "-n", "-r", path, "-c", `${count}`, "-T", "fields"],
    ...TSHARK_FIELDS.flatMap((field) => ["-e", field]),
  ];
  const { tsharkStart, ...others } = await takeTurns(
    {
      tcpdump: ["tcpdump", "-r", path, "-w", "/dev/null"],
      webstat: [bench.binary, "sniff", "-r", path, "--json"],
      ndpiReader: ["ndpiReader", "-q", "-i", path],
      httpry: ["httpry", "-q", "-r", path, "-o", "/dev/null"],
      tshark: tshark(TSHARK_PACKETS),
      tsharkStart: tshark(1),
    },
    bench.rounds,
    bench.say,
  );
  const factor = packets / Math.min(packets, TSHARK_PACKETS);
  return { ...others, tshark: scaled(others.tshark, tsharkStart, factor) };
}

function scaled(slice: Summary, start: Summary, factor: number): Summary {
  const scale = (seconds: number) => (seconds - start.seconds) * factor + start.seconds;
  return {
    ...slice,
    seconds: scale(slice.seconds),
    fastest: scale(slice.fastest),
    slowest: scale(slice.slowest),
    cpuSeconds: (slice.cpuSeconds - start.cpuSeconds) * factor + start.cpuSeconds,
  };
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
      // Scaled time does not mean scaled memory.
      name === "tshark" ? "" : megabytes.toFixed(0),
      significant(input.packets / seconds / 1e6),
      significant(webstat.seconds / seconds),
      significant(webstat.cpuSeconds / cpuSeconds),
    ];
  });
  const size = `${(input.bytes / 1e6).toFixed(0)} MB, ${input.packets} packets`;
  return table([`*${input.name}* (${size}), ${webstat.runs} runs`, ...head, ...ratios], rows);
}
