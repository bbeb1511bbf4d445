// The report of `webstat run`: the hosts that a command talked to, in the order of first use.

import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { formatBytes } from "../hosts/units.ts";
import { plural, printable } from "../text.ts";
import { type Contact, dnsProblem, isUnread } from "./contacts.ts";
import { widthOf } from "../text_width.ts";
import { drawTable } from "./table.ts";

export interface ContactReportOptions {
  /** When the command began, in seconds since 1970. */
  readonly began: number;
  /** How long it took, in seconds. */
  readonly took: number;
  /** What to say of a host: that it is not allowed; "" for nothing. */
  remark(host: string): string;
  /** Whether secrets were asked for. */
  readonly hasKeyLog: boolean;
  readonly color: boolean;
}

const COLUMNS = [
  { title: "after", align: "right" },
  { title: "host", align: "left" },
  { title: "DNS", align: "right" },
  { title: "TLS", align: "right" },
  { title: "QUIC", align: "right" },
  { title: "requests", align: "right" },
  { title: "answers", align: "left" },
  { title: "received", align: "right" },
  { title: "sent", align: "right" },
  { title: "", align: "left" },
] as const;

/** The report, with a newline at its end. Nothing in it can act on a terminal. */
export function contactReport(
  contacts: readonly Contact[],
  snapshot: Snapshot,
  options: ContactReportOptions,
): string {
  const notes = notesOf(contacts, options);
  if (contacts.length === 0) return `${notes.join("\n")}\n`;
  const hosts = new Map(snapshot.hosts.map((host) => [host.name, host]));
  const rows = contacts.map((contact) =>
    rowOf(contact, hosts.get(contact.host), options).map(printable)
  );
  const columns = COLUMNS.map((column, i) => ({
    ...column,
    width: Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[i]!))),
  }));
  return `${drawTable(columns, rows, options.color)}\n\n${notes.join("\n")}\n`;
}

function rowOf(
  contact: Contact,
  host: HostSnapshot | undefined,
  options: ContactReportOptions,
): string[] {
  const { dns, tls, quic, http } = contact.counts;
  return [
    `${Math.max(0, contact.first - options.began).toFixed(2)} s`,
    contact.host,
    ...[dns, tls, quic, http].map((count) => count === 0 ? "-" : `${count}`),
    answers(contact),
    host === undefined ? "-" : formatBytes(host.bytesReceived),
    host === undefined ? "-" : formatBytes(host.bytesSent),
    remarks(contact, options),
  ];
}

/** "200 ×2, 404, none": the lowest first. */
function answers({ statuses }: Contact): string {
  if (statuses.size === 0) return "-";
  return [...statuses].sort(([a], [b]) => (a || Infinity) - (b || Infinity))
    .map(([status, count]) => `${status || "none"}${count > 1 ? ` ×${count}` : ""}`)
    .join(", ");
}

function remarks(contact: Contact, { remark }: ContactReportOptions): string {
  const found = [remark(contact.host), dnsProblem(contact) ?? ""];
  if (isUnread(contact)) found.push("requests not read");
  return found.filter((each) => each !== "").join(", ");
}

function notesOf(
  contacts: readonly Contact[],
  { took, hasKeyLog }: ContactReportOptions,
): string[] {
  const notes = [`${plural(contacts.length, "host")} in ${took.toFixed(1)} s`];
  const unread = contacts.filter(isUnread).length;
  if (unread > 0) {
    const reason = hasKeyLog ? "no secrets of them were written" : "without their secrets";
    notes.push(`The requests to ${plural(unread, "host")} could not be read: ${reason}`);
  }
  return notes;
}
