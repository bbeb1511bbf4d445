// Draws the main panels of the dashboard of scripts/grafana, as Debian has no Grafana: its queries, as a
// real Prometheus answers them.

import { type Panel, SECTIONS } from "../../scripts/grafana/panels.ts";
import type { Line, Prometheus } from "../e2e/prometheus.ts";
import { filledIn } from "../monitoring/filled_in.ts";

/** Those that are drawn, by their titles. */
const SHOWN: readonly string[] = [
  "Hosts",
  "Requests and handshakes",
  "Traffic",
  "Share of errors",
  "Busiest hosts",
  "Traffic by host",
  "Slowest hosts: time to answer",
  "95th percentile by phase",
  "$host: requests by status",
  "Share of failed requests",
  "Queries by answer",
  "TLS handshakes by version",
];
const COLOURS = ["#7eb26d", "#eab839", "#6ed0e0", "#ef843c", "#e24d42", "#5794f2", "#ba43a9"];
/** Lines and legends of a graph at most. */
const MOST_LINES = 5;
const [WIDTH, HEIGHT] = [250, 96];
/** Pixels that the page is wide. */
export const DASHBOARD_WIDTH = 1100;

interface Drawn {
  readonly panel: Panel;
  readonly lines: readonly (Line & { readonly legend: string })[];
}

/** The page, of the last `seconds`; `interval`: that rates are taken over, a duration of PromQL. */
export async function dashboardHtml(
  prometheus: Prometheus,
  seconds: number,
  interval: string,
): Promise<string> {
  const panels = SECTIONS.flatMap((section) => section.panels);
  const drawn: Drawn[] = [];
  for (const title of SHOWN) {
    const panel = panels.find((each) => each.title === title && each.kind !== "table")!;
    drawn.push({ panel, lines: await linesOf(prometheus, panel, seconds, interval) });
  }
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 12px; background: #111217; color: #ccccdc; font: 13px sans-serif; }
main { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; }
section { background: #181b1f; border: 1px solid #2c3235; border-radius: 3px; padding: 8px; }
h2 { margin: 0 0 6px; font-size: 13px; font-weight: 500; }
p { margin: 0; font-size: 30px; color: #73bf69; text-align: center; }
ul { margin: 4px 0 0; padding: 0; list-style: none; font-size: 11px; line-height: 15px; }
li { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
svg { display: block; width: 100%; }
text { fill: #8e8e99; font-size: 10px; }
</style><main>${drawn.map(panelHtml).join("")}</main>`;
}

async function linesOf(
  prometheus: Prometheus,
  panel: Panel,
  seconds: number,
  interval: string,
): Promise<Drawn["lines"]> {
  const lines = [];
  for (const [query, legend] of panel.queries) {
    for (const line of await prometheus.range(filledIn(query, interval), seconds)) {
      const text = legend.replace(/\{\{(\w+)\}\}/g, (_, label) => line.labels[label] ?? "").trim();
      const points = line.points.filter(([, value]) => Number.isFinite(value));
      if (points.length > 0) lines.push({ ...line, points, legend: text });
    }
  }
  if (lines.length === 0) throw new Error(`"${panel.title}" has no lines`);
  const sizeOf = ({ points }: Line) => points.reduce((sum, [, value]) => sum + value, 0);
  return lines.sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, MOST_LINES);
}

const panelHtml = ({ panel, lines }: Drawn): string =>
  `<section><h2>${escaped(panel.title.replace("$host", "shop.test"))}</h2>${
    panel.kind === "stat"
      ? `<p>${valueText(panel.unit, lines[0]!.points.at(-1)![1])}</p>`
      : graphHtml(panel, lines)
  }</section>`;

function graphHtml({ unit }: Panel, lines: Drawn["lines"]): string {
  const all = lines.flatMap(({ points }) => points);
  const most = Math.max(...all.map(([, value]) => value)) || 1;
  const begin = Math.min(...all.map(([time]) => time));
  const end = Math.max(...all.map(([time]) => time), begin + 1);
  const x = (time: number) => (time - begin) / (end - begin) * WIDTH;
  const y = (value: number) => HEIGHT - value / most * (HEIGHT - 14);
  const paths = lines.map(({ points }, i) => {
    const path = points.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`);
    return `<polyline fill="none" stroke="${COLOURS[i]}" stroke-width="1.5" points="${
      path.join(" ")
    }"/>`;
  });
  const rules = [0, most / 2].map((value) =>
    `<line x2="${WIDTH}" y1="${y(value)}" y2="${y(value)}" stroke="#2c3235"/>`
  );
  const names = lines.map(({ legend, points }, i) =>
    `<li><span style="color:${COLOURS[i]}">━</span> ${escaped(legend || "all")}: ${
      valueText(unit, points.at(-1)![1])
    }</li>`
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}">${rules.join("")}${paths.join("")}` +
    `<text y="9">${valueText(unit, most)}</text></svg><ul>${names.join("")}</ul>`;
}

/** A value with a unit as Grafana calls it. */
function valueText(unit: string, value: number): string {
  const short = (number: number) => Number(number.toPrecision(3)).toString();
  if (unit === "s") return value < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;
  if (unit === "percentunit") return `${short(value * 100)}%`;
  if (unit === "reqps") return `${short(value)} req/s`;
  if (unit !== "bps") return short(value);
  const power = Math.min(2, Math.max(0, Math.floor(Math.log10(value || 1) / 3)));
  return `${short(value / 1000 ** power)} ${["b/s", "kb/s", "Mb/s"][power]}`;
}

const escaped = (text: string): string => text.replace(/[&<>]/g, (it) => `&#${it.charCodeAt(0)};`);
