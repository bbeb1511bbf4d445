// The files that `webstat run` writes at the end. They are opened before the command begins, so that it
// does not run in vain.

import { systemReason, UserError } from "../errors.ts";
import type { View } from "../hosts/columns.ts";
import { isListable } from "../hosts/host_patterns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { ContactReportOptions } from "../outputs/contact_report.ts";
import type { Contact } from "../outputs/contacts.ts";
import { printable } from "../text.ts";
import { loadJsonRenderer } from "./final_report.ts";
import type { Io } from "./io.ts";
import type { RunConfig } from "./run_config.ts";

export class RunResults {
  readonly #config: RunConfig;
  readonly #text: Deno.FsFile | null;
  readonly #json: Deno.FsFile | null;
  readonly #hosts: Deno.FsFile | null;

  /** Throws UserError. */
  constructor(config: RunConfig) {
    const { results: { text, json, recordAllow } } = config;
    this.#config = config;
    this.#text = openNew("--report", text);
    this.#json = openNew("--json", json);
    this.#hosts = openNew("--record-allow", recordAllow);
  }

  /** The report goes to standard error if no file is named for it. */
  async write(
    contacts: readonly Contact[],
    snapshot: Snapshot,
    view: View,
    options: ContactReportOptions,
    io: Io,
  ): Promise<void> {
    // Loaded late, so that the command begins sooner.
    const { contactReport } = await import("../outputs/contact_report.ts");
    if (this.#text !== null) {
      writeAll(this.#text, contactReport(contacts, snapshot, { ...options, color: false }));
    } else if (!this.#config.log.quiet) {
      io.stderr.write(contactReport(contacts, snapshot, options));
    }
    if (this.#hosts !== null) writeAll(this.#hosts, hostList(contacts));
    if (this.#json === null) return;
    const render = await loadJsonRenderer(this.#config.privateSuffixes);
    writeAll(this.#json, render(snapshot, view));
  }

  close(): void {
    for (const file of [this.#text, this.#json, this.#hosts]) file?.close();
  }
}

/** As --allow-file reads it. */
function hostList(contacts: readonly Contact[]): string {
  const hosts = contacts.map(({ host }) => host).sort()
    .map((host) => isListable(host) ? host : `# cannot be allowed: ${printable(host)}`);
  return ["# The hosts that a command talked to, by webstat run --record-allow", ...hosts, ""]
    .join("\n");
}

function openNew(option: string, path: string | null): Deno.FsFile | null {
  if (path === null) return null;
  try {
    return Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (error) {
    const reason = `${option}: cannot write ${printable(path)}: ${systemReason(error)}`;
    throw new UserError(reason, { usage: true });
  }
}

/** Throws UserError. */
function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  } catch (error) {
    throw new UserError(`Cannot write the results: ${systemReason(error)}`);
  }
}
