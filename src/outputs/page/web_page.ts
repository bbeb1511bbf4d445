// The page for people: the busiest hosts and how the capture is, and a page for each host. Everything on
// it is of one snapshot, and all text is escaped by html.ts.

import { randomBytes } from "node:crypto";
import type { View } from "../../hosts/columns.ts";
import type { HostSnapshot, Snapshot } from "../../hosts/snapshot.ts";
import { formatBytes, formatCount } from "../../hosts/units.ts";
import { sum } from "../../sums.ts";
import { losses } from "../report.ts";
import { fact, hostDetails, timeText } from "./host_details.ts";
import { hostLink, hostTable } from "./host_table.ts";
import { type Html, html, when } from "./html.ts";
import { framed } from "./page_frame.ts";
import { PageHistory } from "./page_history.ts";
import { phasesOf, phaseTable } from "./phase_table.ts";
import { titledTable } from "./titled_table.ts";
import { type PageQuery, pageQuery, queryText } from "./page_query.ts";

export interface HtmlPage {
  readonly status: 200 | 404;
  /** Of its style and its script: no other is to be used. */
  readonly nonce: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** What is in its <main>. */
  readonly main: string;
}

/** Hosts in the list of those that were seen last for the first time. */
const NEW_HOSTS = 5;
/** Of a capture: a file may describe any number. */
const MAX_INTERFACES = 16;

const HOST_PATH = "/host/";
const encoder = new TextEncoder();

/** Makes pages. */
export class WebPage {
  readonly #view: View;
  readonly #history = new PageHistory();

  constructor(view: View) {
    this.#view = view;
  }

  /**
   * The page at a path ("/" or "/host/NAME") with a query string. `problem`: why no packets can be
   * read; null if they can. `now` in milliseconds.
   */
  render(
    snapshot: Snapshot,
    path: string,
    query: string,
    problem: string | null,
    now = performance.now(),
  ): HtmlPage {
    this.#history.add(snapshot, now);
    const asked = pageQuery(query);
    if (!path.startsWith(HOST_PATH)) {
      return page("webstat", "", asked, this.#overview(snapshot, asked, problem));
    }
    const name = decoded(path.slice(HOST_PATH.length));
    const host = snapshot.hosts.find((each) => each.name.toWellFormed() === name);
    return host === undefined
      ? page(
        "No such host",
        "../",
        asked,
        html`
          <p>This host was not seen, or is not shown.</p>
        `,
        404,
      )
      : page(host.name, "../", asked, hostDetails(host, this.#view, this.#history));
  }

  #overview(snapshot: Snapshot, query: PageQuery, problem: string | null): Html {
    return html`
      <dl>${this.#facts(snapshot, problem)}</dl>
      ${filterForm(query)} ${hostTable(
        snapshot.hosts,
        this.#view,
        this.#history,
        query,
      )} ${phaseTable(
        phasesOf(snapshot.hosts),
        "How long each phase took, of all hosts",
      )} ${newHosts(snapshot.hosts)}${capture(snapshot)}
    `;
  }

  #facts({ hosts, hostsKept, time }: Snapshot, problem: string | null): Html[] {
    const { totals } = this.#history;
    const errors = sum(hosts.map((host) => host.errors));
    const isWell = problem === null;
    return [
      fact(
        "capture",
        html`
          <span class="${isWell ? "good" : "bad"}">${problem ?? "ok"}</span>
        `,
      ),
      fact("hosts", hostsKept),
      fact("packets", totals === null ? "-" : `${formatCount(totals.packets)}/s`),
      fact("bytes", totals === null ? "-" : `${formatBytes(totals.bytes)}/s`),
      fact("HTTP errors", formatCount(errors)),
      fact("newest packet", timeText(time)),
    ];
  }
}

function page(
  title: string,
  root: string,
  query: PageQuery,
  main: Html,
  status: 200 | 404 = 200,
): HtmlPage {
  const nonce = randomBytes(16).toString("base64");
  const { paused } = query;
  const toggle = queryText({ ...query, paused: !paused });
  const { text } = framed({ title, root, paused, toggle, nonce, main });
  return { status, nonce, body: encoder.encode(text), main: main.text };
}

/** "" if it is wrongly encoded: no host has that name. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function filterForm({ filter, sort, ascending, paused }: PageQuery): Html {
  const hidden = (name: string, value: string) =>
    when(value !== "", () =>
      html`
        <input type="hidden" name="${name}" value="${value}">
      `);
  return html`
    <form role="search">
      <label>Hosts that contain <input type="search" name="q" value="${filter}"></label>
      ${hidden("sort", sort)}${hidden("order", ascending ? "up" : "")}${hidden(
        "paused",
        paused ? "1" : "",
      )}<button>Show</button>
    </form>
  `;
}

function newHosts(hosts: readonly HostSnapshot[]): Html {
  const newest = hosts.filter(({ firstSeen }) => firstSeen > 0)
    .sort((a, b) => b.firstSeen - a.firstSeen).slice(0, NEW_HOSTS);
  const rows = newest.map(({ name, firstSeen }) =>
    html`
      <tr>
        <th scope="row"><a href="${hostLink(name)}">${name}</a></th>
        <td class="n">${timeText(firstSeen)}</td>
      </tr>
    `
  );
  return when(rows.length > 0, () =>
    titledTable({
      title: "New hosts",
      caption: "Seen for the first time, the newest first",
      of: "host",
      numbers: ["first seen"],
      rows,
    }));
}

/** Interfaces, and what makes the numbers less than the truth. */
function capture(snapshot: Snapshot): Html {
  const lost = losses(snapshot).filter(([count]) => count > 0)
    .map(([count, what]) =>
      html`
        <li>${count} ${what}</li>
      `
    );
  const rows = snapshot.interfaces.slice(0, MAX_INTERFACES).map((it) =>
    html`
      <tr>
        <th scope="row">${it.name}</th>
        <td class="n">${it.packets}</td>
        <td class="n">${formatBytes(it.bytes)}</td>
        <td class="n">${it.dropped === null ? "-" : it.dropped.kernel + it.dropped.interface}</td>
      </tr>
    `
  );
  const table = titledTable({
    title: "Capture",
    caption: `Since ${timeText(snapshot.since)}`,
    of: "interface",
    numbers: ["packets", "bytes", "dropped"],
    rows,
  });
  return html`
    ${table}${when(lost.length > 0, () =>
      html`
        <ul>${lost}</ul>
      `)}
  `;
}
