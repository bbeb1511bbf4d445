// Runs one attack against the program: from a file, and live over a veth pair with /metrics scraped
// meanwhile. Says what it cost, and whether ordinary requests were counted in full.

import { mostMegabytes, untilQuiet } from "../bench/receivers.ts";
import { metric } from "../bench/server.ts";
import { Lab } from "../lab/lab.ts";
import { run } from "../lab/process.ts";
import { ORDINARY_HOST, type Written } from "./traffic.ts";

/** The program, with the options that are to be tried. */
export interface Program {
  readonly binary: string;
  readonly options: readonly string[];
}

export interface Outcome {
  /** 0, or how it ended. */
  readonly status: number;
  /** The most that was resident, MB (10^6 bytes). */
  readonly megabytes: number;
  readonly seconds: number;
  /** Ordinary requests counted with their answer, of those that were sent. */
  readonly counted: number;
  readonly sent: number;
  /** Packets that were lost; 0 from files. */
  readonly dropped: number;
  /** The slowest scrape, seconds; 0 from files. */
  readonly slowestScrape: number;
  /** What it said last, if it did not end well. */
  readonly complaint: string;
}

const SCRAPES_PER_MINUTE = 120;
const MAX_SECONDS = 1200;

export async function fromFile(
  { binary, options }: Program,
  path: string,
  written: Written,
): Promise<Outcome> {
  const began = performance.now();
  const time = ["/usr/bin/time", "--quiet", "-f", "resident %M"];
  const { code, stdout, stderr } = await run(
    [...time, binary, "sniff", "-r", path, "--json", "--quiet", ...options],
    { mayFail: true, timeout: MAX_SECONDS * 1000 },
  );
  const kibibytes = /^resident (\d+)$/m.exec(stderr)?.[1];
  return {
    status: code,
    megabytes: Number(kibibytes) * 1024 / 1e6,
    seconds: (performance.now() - began) / 1000,
    counted: answered(stdout),
    sent: written.ordinaryRequests,
    dropped: 0,
    slowestScrape: 0,
    complaint: code === 0 ? "" : stderr.trim().split("\n").slice(0, 3).join(" | "),
  };
}

/** At the rate that the file's packets have among each other. */
export async function live(
  { binary, options }: Program,
  path: string,
  written: Written,
): Promise<Outcome> {
  await using lab = await Lab.create({ mtu: 9000 });
  const { client, server } = lab;
  const capture = ["-i", server.interface, "--listen", "127.0.0.1:0", "--json"];
  const daemon = server.start([binary, "sniff", ...capture, ...options]);
  const [url] = await daemon.waitFor(/http:\/\/[^\s/]+/, 15_000);
  const scraper = server.start([
    ...["curl", "-s", "--rate", `${SCRAPES_PER_MINUTE}/m`, "-m", "20", "-o", "/dev/null"],
    ...["-w", "%{stderr}%{time_total} %{http_code}\\n", `${url}/metrics?[1-100000]`],
  ]);
  const began = performance.now();
  const rate = Math.round(written.perSecond);
  await client.run(
    ["tcpreplay", "-q", "--pps", `${rate}`, "-i", client.interface, path],
    { timeout: MAX_SECONDS * 1000 },
  );
  const seconds = (performance.now() - began) / 1000;
  if (daemon.running) await untilQuiet(daemon.pid).catch(() => {});
  const megabytes = daemon.running ? mostMegabytes(daemon.pid) : NaN;
  const last = await server.run(["curl", "-s", "-m", "20", `${url}/metrics`], { mayFail: true });
  await scraper.stop();
  const times = [...scraper.stderr.matchAll(/^([\d.]+) (\d+)$/gm)]
    .map(([, time, code]) => code === "200" ? Number(time) : 20);
  const { code, stdout, stderr } = await daemon.stop("SIGTERM", 20_000);
  return {
    status: code,
    megabytes,
    seconds,
    counted: answered(stdout),
    sent: written.ordinaryRequests,
    dropped: metric(last.stdout, "webstat_capture_dropped_total"),
    slowestScrape: Math.max(0, ...times),
    complaint: code === 0 ? "" : stderr.trim().split("\n").slice(-3).join(" | "),
  };
}

/** Requests to ORDINARY_HOST that a report has with their answer. */
function answered(json: string): number {
  try {
    const { hosts } = JSON.parse(json) as {
      hosts: { host: string; http_requests: { code: string; count: number }[] }[];
    };
    const host = hosts.find(({ host }) => host === ORDINARY_HOST);
    return host?.http_requests.find(({ code }) => code === "200")?.count ?? 0;
  } catch {
    return 0;
  }
}
