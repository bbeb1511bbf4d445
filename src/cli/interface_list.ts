// The command interfaces: lists the interfaces that can be captured from.

import type { NetInterface } from "../capture/interfaces.ts";
import { widthOf } from "../text_width.ts";
import { drawTable } from "../outputs/table.ts";
import { printable, safeJson } from "../text.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import type { Io } from "./io.ts";

export async function interfaces(json: boolean, io: Io, capture: CaptureBackend): Promise<void> {
  const found = await capture.listInterfaces();
  const text = json ? safeJson(found.map(described), 2) : table(found);
  await io.stdout.write(text + "\n");
}

/** The fields of --json. Programs read them: only add to them. */
function described(each: NetInterface): Record<string, unknown> {
  const { index, name, description, addresses, up, running, loopback } = each;
  return { index, name, description, addresses, up, running, loopback };
}

function table(found: readonly NetInterface[]): string {
  const rows = found.map((each) => [
    each.index === 0 ? "-" : String(each.index),
    printable(each.name),
    each.addresses.map(printable).join(" ") || "-",
    state(each),
  ]);
  const columns = ["index", "name", "addresses", "state"].map((title, i) => ({
    title,
    align: i === 0 ? "right" as const : "left" as const,
    width: Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i]!))),
  }));
  return drawTable(columns, rows, false);
}

/** Whether packets can be expected there. */
function state({ up, running, loopback }: NetInterface): string {
  const words = [up ? (running ? "up" : "up, no carrier") : "down"];
  if (loopback) words.push("loopback");
  return words.join(", ");
}
