// The extraction file: the exported hosts, as a table that other programs read.

import { addressValues, type ColumnContext, COLUMNS } from "../hosts/columns.ts";
import type { HostSnapshot } from "../hosts/snapshot.ts";
import { sum } from "../sums.ts";
import { safeJson } from "../text.ts";

/** A host of the file. */
export interface Extracted {
  readonly index: number;
  readonly domain: string;
  readonly hits: number;
  /** The address that was hit most; "" where none was seen. */
  readonly ip: string;
  /** "" where it is not known, or was not asked for. */
  readonly city: string;
}

export type ExtractionFormat = "tsv" | "csv" | "json";

const FIELDS = ["index", "domain", "hits", "ip", "city"] as const;

/** By the ending of the file's name. */
export function formatOf(path: string): ExtractionFormat {
  if (path.toLowerCase().endsWith(".json")) return "json";
  return path.toLowerCase().endsWith(".csv") ? "csv" : "tsv";
}

export function extracted(host: HostSnapshot, index: number, context: ColumnContext): Extracted {
  const [city] = COLUMNS.flatMap((column) =>
    column.of === "address" && column.key === "city" ? addressValues(column, host, context) : []
  );
  const [address] = host.addresses.filter(({ ip }) => ip !== "" && ip !== "other")
    .sort((a, b) => sum(b.hits) - sum(a.hits));
  return {
    index,
    domain: host.name,
    hits: sum(host.hits),
    ip: address?.ip ?? "",
    city: city ?? "",
  };
}

/** The whole file. Names have nothing but printable characters, so that no tab is in one. */
export function extractionText(hosts: readonly Extracted[], format: ExtractionFormat): string {
  if (format === "json") return safeJson(hosts, 2) + "\n";
  const lines = [
    FIELDS.map((field) => field.toUpperCase()),
    ...hosts.map((host) => FIELDS.map((field) => String(host[field]))),
  ];
  return format === "csv"
    ? lines.map((line) => line.map(csvField).join(",") + "\r\n").join("")
    : lines.map((line) => line.map((text) => text.replaceAll("\t", " ")).join("\t") + "\n").join(
      "",
    );
}

/** RFC 4180 section 2. Spreadsheets compute what begins with = + - @; after a quote it is text. */
function csvField(text: string): string {
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
