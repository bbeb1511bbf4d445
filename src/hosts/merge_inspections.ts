// Merges what several workers remember of one host.

import { sumRows } from "../sums.ts";
import { HISTORY_SECONDS, type Inspection, type ResponseHistory } from "./history.ts";
import { mergeRouteCounts } from "./route_table.ts";
import { mergeDistributions } from "./duration_snapshot.ts";
import { MAX_TRANSACTIONS } from "./recent_transactions.ts";
import type { Distribution } from "./snapshot.ts";

/** Of the same host, at least one. */
export function mergeInspections(inspections: readonly Inspection[]): Inspection {
  const [first] = inspections;
  if (inspections.length === 1) return first!;
  const until = Math.max(...inspections.map((each) => each.until));
  return {
    host: first!.host,
    transactions: inspections
      .flatMap((each) => each.transactions)
      .sort((a, b) => a.time - b.time)
      .slice(-MAX_TRANSACTIONS),
    until,
    sent: addSeconds(inspections, until, (each) => each.sent),
    received: addSeconds(inspections, until, (each) => each.received),
    responses: mergeResponses(inspections, until),
    routes: mergeRouteCounts(inspections.flatMap((each) => each.routes)),
    clients: sumRows(inspections.flatMap((each) => each.clients), ({ ip }) => ip),
    distributions: first!.distributions.map((_, i) =>
      distributionOf(inspections.flatMap((each) => each.distributions[i] ?? []))
    ),
  };
}

function mergeResponses(inspections: readonly Inspection[], until: number): ResponseHistory[] {
  const all = new Set(inspections.flatMap((each) => each.responses.map(({ status }) => status)));
  return [...all].sort().map((status) => ({
    status,
    seconds: addSeconds(
      inspections,
      until,
      (each) => each.responses.find((it) => it.status === status)?.seconds ?? NO_SECONDS,
    ),
  }));
}

const NO_SECONDS = new Float64Array(HISTORY_SECONDS);

/** Workers may be at different seconds, as each reads packets of its own. */
function addSeconds(
  inspections: readonly Inspection[],
  until: number,
  secondsOf: (inspection: Inspection) => Float64Array,
): Float64Array {
  const total = new Float64Array(HISTORY_SECONDS);
  for (const each of inspections) {
    const seconds = secondsOf(each);
    const older = until - each.until;
    for (let i = older; i < HISTORY_SECONDS; i++) total[i - older]! += seconds[i]!;
  }
  return total;
}

/** Null if nothing was timed. */
const distributionOf = (rows: Distribution): Distribution | null =>
  rows.length === 0 ? null : mergeDistributions(rows);
