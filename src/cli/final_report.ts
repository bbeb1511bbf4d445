// The report that sniff writes to standard output at the end.

import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { SniffConfig } from "./config.ts";
import type { ResultStream } from "./standard_output.ts";

/** The most hosts in the table. */
const TOP_ON_TERMINAL = 50;
const TOP_ELSEWHERE = 1000;

/** Milliseconds that a report on request waits for its numbers. */
export const REPORT_TIMEOUT = 5000;

/** How every report in JSON begins, so that it is known again. */
export const JSON_BEGIN = '{"webstat":';

export type Renderer = (snapshot: Snapshot, view: View) => string;

/** What a report depends on. */
type ReportConfig = Pick<
  SniffConfig,
  "report" | "by" | "color" | "metrics" | "privateSuffixes" | "routes"
>;

/** Loads the renderer of reports on request: for standard error, whatever the final report is. */
export async function loadRequestedRenderer(config: ReportConfig): Promise<Renderer> {
  const report = config.report === "json" ? "json" : "table";
  return (await loadRenderer({ ...config, report, color: false }, { width: () => null }))!;
}

/** Loads the renderer of the report; null if none is wanted. */
export async function loadRenderer(
  config: ReportConfig,
  stdout: Pick<ResultStream, "width">,
): Promise<Renderer | null> {
  const { report, color, privateSuffixes } = config;
  if (report === "none") return null;
  if (report === "series") return await loadSeriesRenderer(config);
  if (report === "json") return await loadJsonRenderer(privateSuffixes);
  const table = await loadTable(color, stdout);
  // Only tables on terminals have domains: to load their list takes as long as to read a small file.
  return stdout.width() === null ? table : withDomains(table, privateSuffixes);
}

export async function loadJsonRenderer(privateSuffixes: boolean): Promise<Renderer> {
  const { reportJson } = await import("../outputs/report_json.ts");
  return withDomains(reportJson, privateSuffixes);
}

/** Reports have the main domains of hosts. */
async function withDomains(render: Renderer, privateSuffixes: boolean): Promise<Renderer> {
  const { domainsBy } = await import("../hosts/domains.ts");
  const { registrableDomain: domainOf } = domainsBy(privateSuffixes);
  return (snapshot, { context, ...view }) =>
    render(snapshot, { ...view, context: { ...context, domainOf } });
}

async function loadSeriesRenderer(
  { privateSuffixes, ...options }: ReportConfig,
): Promise<Renderer> {
  const { seriesReport } = await import("../outputs/series_report.ts");
  const { domainsBy } = await import("../hosts/domains.ts");
  const { domainLabel } = domainsBy(privateSuffixes);
  return (snapshot, view) => seriesReport(snapshot, view, { ...options, domainLabel });
}

async function loadTable(color: boolean, stdout: Pick<ResultStream, "width">): Promise<Renderer> {
  const { reportTable } = await import("../outputs/report.ts");
  return (snapshot, view) => {
    const width = stdout.width();
    const top = width === null ? TOP_ELSEWHERE : TOP_ON_TERMINAL;
    return reportTable(snapshot, view, { width, top, color });
  };
}
