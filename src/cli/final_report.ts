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

export type Renderer = (snapshot: Snapshot, view: View) => string;

/** Loads the renderer of reports on request: for standard error, whatever the final report is. */
export async function loadRequestedRenderer({ report }: SniffConfig): Promise<Renderer> {
  const kind = report === "json" ? "json" : "table";
  return (await loadRenderer({ report: kind, color: false }, { width: () => null }))!;
}

/** Loads the renderer of the report; null if none is wanted. */
export async function loadRenderer(
  { report, color }: Pick<SniffConfig, "report" | "color">,
  stdout: Pick<ResultStream, "width">,
): Promise<Renderer | null> {
  if (report === "none") return null;
  if (report === "json") return (await import("../outputs/report_json.ts")).reportJson;
  const { reportTable } = await import("../outputs/report.ts");
  return (snapshot, view) => {
    const width = stdout.width();
    const top = width === null ? TOP_ELSEWHERE : TOP_ON_TERMINAL;
    return reportTable(snapshot, view, { width, top, color });
  };
}
