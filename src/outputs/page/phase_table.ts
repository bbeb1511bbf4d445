// How long the phases of requests and handshakes took.

import { mergeDurations } from "../../hosts/duration_snapshot.ts";
import { PHASES } from "../../hosts/fields.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import { formatDuration } from "../../hosts/units.ts";
import { type Html, html } from "./html.ts";
import { titledTable } from "./titled_table.ts";

/** The phases of several hosts together. */
export function phasesOf(hosts: readonly HostSnapshot[]): HostSnapshot["phases"] {
  const all = hosts.map(({ phases }) => phases);
  return PHASES.map((_, i) => mergeDurations(all.flatMap((phases) => phases[i] ?? [])));
}

/** null if nothing was timed. */
export function phaseTable(phases: HostSnapshot["phases"], caption: string): Html | null {
  const rows = PHASES.flatMap((phase, i) => {
    const times = phases[i] ?? null;
    if (times === null) return [];
    const cells = [times.p50, times.p95, times.p99]
      .map((seconds) =>
        html`
          <td class="n">${formatDuration(seconds)}</td>
        `
      );
    return html`
      <tr>
        <th scope="row">${phase}</th>
        <td class="n">${times.count}</td>${cells}
      </tr>
    `;
  });
  if (rows.length === 0) return null;
  return titledTable({
    ...{ title: "Phases", caption, rows },
    of: "phase",
    numbers: ["count", "p50", "p95", "p99"],
  });
}
