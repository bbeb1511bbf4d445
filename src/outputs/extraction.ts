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

/** What `extractionText` wrote; null if it did not write this. An empty file has no hosts. */
export function readExtraction(text: string, format: ExtractionFormat): Extracted[] | null {
  if (text.trim() === "") return [];
  const rows = format === "json" ? jsonRows(text) : lineRows(text, format);
  const hosts = rows?.map(extractedOf) ?? [null];
  return hosts.every((host) => host !== null) ? hosts : null;
}

/** The values of FIELDS of each host. */
function jsonRows(text: string): unknown[][] | null {
  try {
    const hosts: unknown = JSON.parse(text);
    if (!Array.isArray(hosts)) return null;
    return hosts.map((host: Record<string, unknown> | null) => FIELDS.map((key) => host?.[key]));
  } catch {
    return null;
  }
}

function lineRows(text: string, format: "tsv" | "csv"): string[][] | null {
  const lines = format === "csv"
    ? csvLines(text)
    : text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
  const [head, ...rows] = lines ?? [];
  return head?.join() === FIELDS.join().toUpperCase() ? rows : null;
}

function extractedOf(values: readonly unknown[]): Extracted | null {
  const [index, domain, hits, ip, city] = values;
  const texts = [domain, ip, city];
  const counts = [index, hits].map((value) => value === "" ? NaN : Number(value));
  const isRight = values.length === FIELDS.length && domain !== "" &&
    texts.every((value) => typeof value === "string") && counts.every(Number.isSafeInteger);
  if (!isRight) return null;
  return { index: counts[0]!, hits: counts[1]!, domain, ip, city } as Extracted;
}

const CSV_FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/y;

/** The fields of each line, as `csvField` wrote them; null if it did not. */
function csvLines(text: string): string[][] | null {
  const lines: string[][] = [];
  let line: string[] = [];
  for (let at = 0; at < text.length; at = CSV_FIELD.lastIndex) {
    CSV_FIELD.lastIndex = at;
    const match = CSV_FIELD.exec(text);
    if (match === null) return null;
    const [, quoted, plain, end] = match;
    const field = quoted?.replaceAll('""', '"') ?? plain!;
    line.push(field.replace(/^'(?=[=+\-@])/, ""));
    if (end === ",") continue;
    lines.push(line);
    line = [];
  }
  return lines;
}

/** RFC 4180 section 2. Spreadsheets compute what begins with = + - @; after a quote it is text. */
function csvField(text: string): string {
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
