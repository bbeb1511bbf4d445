// The page of one host.

import type { View } from "../../hosts/columns.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import { formatBytes, formatShare, formatTime } from "../../hosts/units.ts";
import { SOURCES } from "../../protocols/analyser.ts";
import { sum } from "../../sums.ts";
import { rateText } from "./host_table.ts";
import { type Html, html } from "./html.ts";
import type { PageHistory } from "./page_history.ts";
import { phaseTable } from "./phase_table.ts";
import { sparklineSvg } from "./sparkline_svg.ts";
import { titledTable } from "./titled_table.ts";

/** Rows of each table. */
const MAX_ROWS = 20;

interface Counted {
  readonly label: string;
  readonly count: number;
  readonly bad?: boolean;
}

export function hostDetails(host: HostSnapshot, { context }: View, history: PageHistory): Html {
  const addresses = context.ip || context.place !== null ? host.addresses : [];
  return html`
    <dl>${facts(host, history)}</dl>${phaseTable(host.phases, "How long each phase took")}${[
      counts("Hits", SOURCES.map((label, i) => ({ label, count: host.hits[i]! }))),
      counts("Requests", requests(host)),
      counts(
        "TLS handshakes",
        host.handshakes.map(({ version, alpn, count }) => ({
          label: version === "" ? "no answer" : `TLS ${version} ${alpn}`,
          count,
        })),
      ),
      counts(
        "QUIC handshakes",
        host.quicHandshakes.map(({ version, alpn, count }) => ({
          label: `${version} ${alpn}`,
          count,
        })),
      ),
      counts("Addresses", addresses.map(({ ip, hits }) => ({ label: ip, count: sum(hits) }))),
      counts("Programs", host.programs.map(({ process, count }) => ({ label: process, count }))),
    ]}
  `;
}

function facts(host: HostSnapshot, history: PageHistory): Html[] {
  const requests = sum(host.requests.map(({ count }) => count));
  const share = requests === 0 ? "" : ` (${formatShare(host.errors / requests)})`;
  return [
    fact("hits", sum(host.hits)),
    fact("rate", rateText(history.rate(host.name))),
    fact("over time", sparklineSvg(history.points(host.name)) ?? "-"),
    fact("errors", host.errors + share),
    fact("received", formatBytes(host.bytesReceived)),
    fact("sent", formatBytes(host.bytesSent)),
    fact("open connections", sum(host.connectionsOpen)),
    fact("first seen", timeText(host.firstSeen)),
    fact("last seen", timeText(host.lastSeen)),
  ];
}

export const fact = (name: string, value: Html | string | number): Html =>
  html`
    <div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>
  `;

/** 0 means never. */
export const timeText = (time: number): string => time === 0 ? "-" : formatTime(time / 1e6);

function requests(host: HostSnapshot): Counted[] {
  return host.requests.map(({ method, code, version, count }) => ({
    label: `${method} ${code === "" ? "no answer" : code} HTTP/${version}`,
    count,
    bad: code >= "400" && code < "600",
  }));
}

/** The largest first; empty if nothing was counted. */
function counts(title: string, all: readonly Counted[]): Html {
  const rows = all.filter(({ count, label }) => count > 0 && label !== "")
    .sort((a, b) => b.count - a.count);
  if (rows.length === 0) {
    return html`

    `;
  }
  const more = rows.length > MAX_ROWS ? `, ${rows.length - MAX_ROWS} more` : "";
  const lines = rows.slice(0, MAX_ROWS).map(({ label, count, bad = false }) =>
    html`
      <tr>
        <th scope="row" class="${bad ? "bad" : ""}">${label}</th>
        <td class="n">${count}</td>
      </tr>
    `
  );
  return titledTable({
    title,
    caption: `${title} by count${more}`,
    of: "what",
    numbers: ["count"],
    rows: lines,
  });
}
