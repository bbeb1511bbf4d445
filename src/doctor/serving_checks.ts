// The port of /metrics, what a webstat that runs already tells there, and Prometheus.

import { systemReason } from "../errors.ts";
import type { ListenAddress } from "../server/server.ts";
import { type Check, type Finding, findings } from "./finding.ts";

/** Milliseconds. */
const PATIENCE = 2000;
const PROMETHEUS = "http://127.0.0.1:9090";

interface Answer {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  /** The field WWW-Authenticate; "" without one. */
  readonly wants: string;
}

/** Whether /metrics can be served at an address, or is already. */
export function servingChecks({ hostname, port }: ListenAddress): Check[] {
  const host = hostname === "" || hostname === "0.0.0.0" || hostname === "::"
    ? "127.0.0.1"
    : hostname;
  const path = `${host.includes(":") ? `[${host}]` : host}:${port}/metrics`;
  const page = webstatAt(path);
  return [
    async () => {
      const found = findings("port");
      const webstat = await page;
      if (webstat !== null) return found("ok", `webstat serves ${webstat.url}`);
      const reason = whyNotFree(hostname, port);
      if (reason === null) return found("ok", `${port} is free`);
      return found("fail", `${port}: ${reason}: stop what uses it, or give --listen another one`);
    },
    async () => captureOf(await page),
    async () => repeatsOf(await page),
  ];
}

/** What a webstat answers there; null if none does. */
async function webstatAt(path: string): Promise<Answer | null> {
  const answer = await ask(`http://${path}`);
  if (answer?.text.startsWith("webstat speaks HTTPS")) return { ...answer, url: `https://${path}` };
  const isWebstat = answer?.status === 200
    ? answer.text.includes("webstat_build_info")
    : answer?.wants.includes('"webstat"');
  return isWebstat ? answer : null;
}

/** The sum of a metric's samples. */
const sumOf = ({ text }: Answer, name: string): number =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))]
    .reduce((total, [, value]) => total + Number(value), 0);

/** What a webstat that runs has dropped. */
function captureOf(webstat: Answer | null): Finding {
  const found = findings("capture");
  if (webstat === null) return found("ok", "no webstat runs there");
  if (webstat.status !== 200) {
    return found("ok", "not looked at: that webstat has TLS or a password");
  }
  const packets = sumOf(webstat, "webstat_capture_packets_total");
  const dropped = sumOf(webstat, "webstat_capture_dropped_total");
  if (dropped === 0) return found("ok", `${packets} packets, none dropped`);
  return found(
    "warn",
    `${dropped} packets dropped beside ${packets} captured: give --buffer-size more, or a --filter`,
  );
}

/** What it has captured twice, as `any` and bridges show it. */
function repeatsOf(webstat: Answer | null): Finding {
  const found = findings("duplicates");
  if (webstat?.status !== 200) {
    return found("ok", "packets that any or a bridge shows twice are counted once");
  }
  const repeats = sumOf(webstat, "webstat_repeated_packets_total");
  if (repeats === 0) return found("ok", "no packet was captured twice");
  return found("ok", `${repeats} packets were captured twice, and counted once`);
}

export const prometheus: Check = async () => {
  const found = findings("prometheus");
  const answer = await ask(`${PROMETHEUS}/api/v1/query?query=webstat_build_info`);
  if (answer?.status !== 200) {
    return found("warn", `none answers at ${PROMETHEUS}: fine if it is on another machine`);
  }
  if (answer.text.includes('"webstat_build_info"')) return found("ok", "it scrapes webstat");
  return found("warn", `${PROMETHEUS} does not scrape webstat: add its port to scrape_configs`);
};

/** What is answered; null if nothing is, or no HTTP. */
async function ask(url: string): Promise<Answer | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    const wants = response.headers.get("www-authenticate") ?? "";
    return { url, status: response.status, text: await response.text(), wants };
  } catch {
    return null;
  }
}

function whyNotFree(hostname: string, port: number): string | null {
  try {
    Deno.listen({ hostname: hostname || "0.0.0.0", port }).close();
    return null;
  } catch (error) {
    return systemReason(error);
  }
}
