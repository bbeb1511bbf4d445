// What several workers remember of one host, as if one did.

import { HISTORY_SECONDS, type Inspection } from "./history.ts";
import { mergeDistributions } from "./merge.ts";
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
    distributions: first!.distributions.map((_, i) =>
      distributionOf(inspections.flatMap((each) => each.distributions[i] ?? []))
    ),
  };
}

/** Workers that read other packets may be at another second. */
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

/** Null where nothing was timed. */
const distributionOf = (rows: Distribution): Distribution | null =>
  rows.length === 0 ? null : mergeDistributions(rows);
