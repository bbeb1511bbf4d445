// What the network has: interfaces, their offloads, the port of /metrics, Prometheus, and what a webstat
// that runs already tells of itself.

import { offloads } from "../../ffi/interface_state.ts";
import { chooseInterface, type NetInterface } from "../capture/interfaces.ts";
import { systemReason } from "../errors.ts";
import type { ListenAddress } from "../server/server.ts";
import { printable } from "../text.ts";
import { type Check, type Finding, findings } from "./finding.ts";

/** Milliseconds. */
const PATIENCE = 2000;
const PROMETHEUS = "http://127.0.0.1:9090";

/** `interfaces`: those that there are. */
export function interfaceChecks(list: () => Promise<readonly NetInterface[]>): Check[] {
  return [
    async () => {
      const found = findings("interfaces");
      try {
        const interfaces = await list();
        const up = interfaces.filter((each) => each.up && each.index > 0).map(({ name }) => name);
        return found(
          "ok",
          `${chooseInterface(interfaces)} by default; up: ${up.map(printable).join(", ")}`,
        );
      } catch (error) {
        return found("fail", systemReason(error));
      }
    },
    async () => {
      const found = findings("offloads");
      const all = await list().catch(() => []);
      const texts = all.filter((each) => each.up && each.index > 0 && !each.loopback)
        .map(({ name }) => `${printable(name)}: ${offloads(name).join(", ") || "none"}`);
      return found(
        "ok",
        `${texts.join("; ") || "nothing is up"}; bytes are those that the kernel shows`,
      );
    },
  ];
}

/** Whether /metrics can be served at an address, or is already. */
export function servingChecks({ hostname, port }: ListenAddress): Check[] {
  const host = hostname === "" || hostname === "0.0.0.0" || hostname === "::"
    ? "127.0.0.1"
    : hostname;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const page = ask(`${url}/metrics`);
  return [
    async () => {
      const found = findings("port");
      const text = await page;
      if (text?.includes("webstat_build_info")) return found("ok", `webstat serves ${url}/metrics`);
      const reason = whyNotFree(hostname, port);
      if (reason === null) return found("ok", `${port} is free`);
      return found("fail", `${port}: ${reason}: stop what uses it, or give --listen another one`);
    },
    async () => captureOf(await page),
  ];
}

/** What a webstat that runs has dropped. */
function captureOf(page: string | null): Finding {
  const found = findings("capture");
  if (page === null || !page.includes("webstat_build_info")) {
    return found("ok", "no webstat runs there");
  }
  const sum = (name: string) =>
    [...page.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))]
      .reduce((total, [, value]) => total + Number(value), 0);
  const packets = sum("webstat_capture_packets_total");
  const dropped = sum("webstat_capture_dropped_total");
  if (dropped === 0) return found("ok", `${packets} packets, none dropped`);
  return found(
    "warn",
    `${dropped} packets dropped beside ${packets} captured: give --buffer-size more, or a --filter`,
  );
}

export const prometheus: Check = async () => {
  const found = findings("prometheus");
  const answer = await ask(`${PROMETHEUS}/api/v1/query?query=webstat_build_info`);
  if (answer === null) {
    return found("warn", `none answers at ${PROMETHEUS}: fine if it is on another machine`);
  }
  if (answer.includes('"webstat_build_info"')) return found("ok", "it scrapes webstat");
  return found("warn", `${PROMETHEUS} does not scrape webstat: add its port to scrape_configs`);
};

/** The body of an answer with status 200; null for any other, or none. */
async function ask(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    const text = await response.text();
    return response.ok ? text : null;
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
