// A webstat that runs and serves its metrics, and what it says there.

import { Daemon } from "../lab/process.ts";

export interface Serving {
  readonly daemon: Daemon;
  readonly pid: number;
  /** Of /metrics. */
  readonly url: string;
}

/** Starts `webstat sniff` with `args` and waits until it says where it serves. */
export async function startServing(binary: string, args: readonly string[]): Promise<Serving> {
  const daemon = new Daemon([binary, "sniff", "--listen", "127.0.0.1:0", ...args]);
  return { daemon, pid: daemon.pid, url: await metricsUrl(daemon) };
}

export async function metricsUrl(daemon: Daemon): Promise<string> {
  const [url] = await daemon.waitFor(/http:\/\/[^\s/]+/, 15_000);
  return `${url}/metrics`;
}

export async function page(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  return await response.text();
}

/** The sum of a metric over all its labels. */
export function metric(page: string, name: string): number {
  const lines = page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

export const PACKETS = "webstat_capture_packets_total";

/** Waits until so many packets are counted; looks `every` so many milliseconds. */
export async function untilCounted(
  url: string,
  packets: number,
  { timeout = 600_000, every = 100 } = {},
): Promise<void> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const counted = metric(await page(url), PACKETS);
    if (counted >= packets) return;
    if (Date.now() > deadline) throw new Error(`${counted} of ${packets} packets are counted`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
