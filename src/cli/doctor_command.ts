// `webstat doctor`: what webstat needs on this machine, and what is missing, a line each.

import type { Check, Finding } from "../doctor/finding.ts";
import { geoData } from "../doctor/geo_check.ts";
import { interfaceChecks } from "../doctor/network_checks.ts";
import { prometheus, servingChecks } from "../doctor/serving_checks.ts";
import {
  clock,
  descriptors,
  keyLog,
  libpcap,
  pasta,
  rights,
  tracefs,
} from "../doctor/system_checks.ts";
import { safeJson } from "../text.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import type { Io } from "./io.ts";
import { SNIFF_OPTIONS } from "./options.ts";
import { resolveOptions } from "./resolve.ts";
import { sourcesOf } from "./settings.ts";

/** Returns the exit status: 1 if something has failed. Throws UserError for a wrong configuration. */
export async function doctor(json: boolean, io: Io, capture: CaptureBackend): Promise<number> {
  const sources = await sourcesOf("sniff", () => null, io);
  const { listen, geoipDb, asnDb } = resolveOptions(SNIFF_OPTIONS, sources).values;
  const checks: readonly Check[] = [
    ...[libpcap, rights, ...interfaceChecks(() => capture.listInterfaces())],
    ...servingChecks(listen),
    ...[prometheus, clock, descriptors, keyLog, pasta, tracefs],
    geoData({ "--geoip-db": geoipDb, "--asn-db": asnDb }),
  ];
  const found = await Promise.all(checks.map((check) => check()));
  await io.stdout.write(json ? `${safeJson(found, 2)}\n` : text(found));
  return found.some(({ state }) => state === "fail") ? 1 : 0;
}

function text(found: readonly Finding[]): string {
  const width = Math.max(...found.map(({ check }) => check.length));
  return found.map(({ state, check, message }) =>
    `${state.padEnd(4)}  ${check.padEnd(width)}  ${message}\n`
  ).join("");
}
