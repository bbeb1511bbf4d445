// The table of the busiest hosts.

import {
  addressValues,
  alignment,
  type Column,
  COLUMNS,
  formatValue,
  type View,
  viewOf,
} from "../../hosts/columns.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import { formatTimeOfDay } from "../../hosts/units.ts";
import { sum } from "../../sums.ts";
import { type Html, html, when } from "./html.ts";
import type { PageHistory } from "./page_history.ts";
import { type PageQuery, queryText, RATE } from "./page_query.ts";
import { sparklineSvg } from "./sparkline_svg.ts";
import { scrolling } from "./titled_table.ts";

/** Rows; the filter finds the others. */
const MAX_ROWS = 50;
/** Values of an address column in a cell. */
const MAX_VALUES = 2;
const RATE_HELP = "Hits a second, since this page was looked at before.";
const BY_DEFAULT = "requests_handshakes";

export function hostTable(
  hosts: readonly HostSnapshot[],
  { context }: View,
  history: PageHistory,
  query: PageQuery,
): Html {
  const { columns } = viewOf(context, COLUMNS, "terminal");
  const [name, ...rest] = columns;
  const found = query.filter === ""
    ? hosts
    : hosts.filter(({ name }) => name.includes(query.filter));
  const shown = sorted(found, orderOf(query.sort, columns, history), query.ascending)
    .slice(0, MAX_ROWS);
  const row = (host: HostSnapshot) =>
    html`
      <tr><th scope="row"><a href="${hostLink(host.name)}">${host.name}</a></th>${liveCells(
        host.name,
        history,
      )}${rest
        .map((column) => cell(column, host, context))}</tr>
    `;
  const table = html`
    <table>
      <caption>
        ${shown.length} of ${found.length} hosts${query.filter === ""
          ? ""
          : ` that contain “${query.filter}”`}
      </caption>
      <thead>
        <tr>
          ${head(name!, query)}${headOf(RATE, "rate", RATE_HELP, "n", query)}
          <th scope="col">over time</th>${rest.map((column) => head(column, query))}
        </tr>
      </thead>
      <tbody>
        ${shown.map(row)}
      </tbody>
    </table>
  `;
  return html`
    ${scrolling("Hosts", table)}${when(shown.length === 0, () =>
      html`
        <p class="faint">No host yet.</p>
      `)}
  `;
}

/** Relative to "/". */
export const hostLink = (name: string): string => `host/${encodeURIComponent(name.toWellFormed())}`;

function head(column: Column, query: PageQuery): Html {
  const { key, title, help } = column;
  if (column.of === "address") {
    return html`
      <th scope="col" title="${help}">${title}</th>
    `;
  }
  return headOf(key, title, help, alignment(column.kind) === "right" ? "n" : "", query);
}

function headOf(key: string, title: string, help: string, style: string, query: PageQuery): Html {
  const isSorted = key === (query.sort || BY_DEFAULT);
  const link = queryText({ ...query, sort: key, ascending: isSorted && !query.ascending });
  const sort = isSorted ? query.ascending ? "ascending" : "descending" : "none";
  const mark = isSorted ? query.ascending ? " ▲" : " ▼" : "";
  return html`
    <th scope="col" class="${style}" aria-sort="${sort}" title="${help}">
      <a href="${link}">${title}</a>${mark}
    </th>
  `;
}

function cell(column: Column, host: HostSnapshot, context: View["context"]): Html {
  if (column.of === "address") {
    const values = addressValues(column, host, context);
    const more = values.length > MAX_VALUES ? ` +${values.length - MAX_VALUES}` : "";
    return html`
      <td>${values.slice(0, MAX_VALUES).join(", ")}${more}</td>
    `;
  }
  const value = column.value(host, context);
  const text = formatValue(column.kind, value);
  if (column.kind === "time" && typeof value === "number") {
    return html`
      <td title="${text}">${formatTimeOfDay(value)}</td>
    `;
  }
  if (alignment(column.kind) === "left") {
    return html`
      <td>${text}</td>
    `;
  }
  const isBad = column.key === "error_share" && host.errors > 0;
  return html`
    <td class="${isBad ? "n bad" : "n"}">${text}</td>
  `;
}

function liveCells(name: string, history: PageHistory): Html {
  return html`
    <td class="n">${rateText(history.rate(name))}</td><td>${sparklineSvg(history.points(name))}</td>
  `;
}

export const rateText = (rate: number | null): string =>
  rate === null ? "-" : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;

/** What hosts are sorted by; a column that is not there sorts as none was given. */
function orderOf(
  sort: string,
  columns: readonly Column[],
  history: PageHistory,
): (host: HostSnapshot) => string | number {
  if (sort === RATE) return ({ name }) => history.rate(name) ?? -1;
  const find = (key: string) => columns.find((column) => column.key === key);
  const column = find(sort) ?? find(BY_DEFAULT)!;
  if (column.of === "address") return ({ name }) => name;
  const context = { ip: false, place: null };
  return (host) => column.order?.(host) ?? column.value(host, context) ?? -1;
}

/** The largest first, texts from a to z; equal ones by hits, then by name. */
function sorted(
  hosts: readonly HostSnapshot[],
  order: (host: HostSnapshot) => string | number,
  ascending: boolean,
): HostSnapshot[] {
  const direction = ascending ? -1 : 1;
  return hosts.map((host) => ({ host, value: order(host), hits: sum(host.hits) }))
    .sort((a, b) =>
      direction * compare(a.value, b.value) || b.hits - a.hits ||
      (a.host.name < b.host.name ? -1 : 1)
    )
    .map(({ host }) => host);
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return b - a;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
