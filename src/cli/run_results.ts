// The files that `webstat run` writes at the end. They are opened before the command begins, so that it
// does not run in vain.

import { systemReason, UserError } from "../errors.ts";
import type { View } from "../hosts/columns.ts";
import { isListable } from "../hosts/host_patterns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { ContactReportOptions } from "../outputs/contact_report.ts";
import type { Contact } from "../outputs/contacts.ts";
import { isRegular } from "../privileges/path_rules.ts";
import { printable } from "../text.ts";
import { JSON_BEGIN, loadJsonRenderer } from "./final_report.ts";
import type { Io } from "./io.ts";
import type { RunConfig } from "./run_config.ts";

/** The first line of a list of hosts. */
const HOSTS_TITLE = "# The hosts that a command talked to, by webstat run --record-allow";

/** By how it begins, whether a file was written before, and may be replaced. */
type IsOurs = (begin: string) => boolean;
const isReport: IsOurs = (begin) => /^(?: *after {2}host|\d+ hosts? in )/.test(begin);
const isJson: IsOurs = (begin) => begin.startsWith(JSON_BEGIN);
const isHostList: IsOurs = (begin) => begin.startsWith(HOSTS_TITLE);
const BEGIN_BYTES = 128;

export class RunResults {
  readonly #config: RunConfig;
  readonly #text: Deno.FsFile | null;
  readonly #json: Deno.FsFile | null;
  readonly #hosts: Deno.FsFile | null;

  /** Throws UserError. */
  constructor(config: RunConfig) {
    const { results: { text, json, recordAllow } } = config;
    this.#config = config;
    this.#text = open("--report", text, isReport);
    this.#json = open("--json", json, isJson);
    this.#hosts = open("--record-allow", recordAllow, isHostList);
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
  return [HOSTS_TITLE, ...hosts, ""].join("\n");
}

/** Null if there is no path. What is in the file stays until it is written. */
function open(option: string, path: string | null, isOurs: IsOurs): Deno.FsFile | null {
  if (path === null) return null;
  // Pipes and devices hold nothing that could be lost.
  const isFile = isRegular(path);
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: isFile, write: true, create: true });
  } catch (error) {
    const reason = `${option}: cannot write ${printable(path)}: ${systemReason(error)}`;
    throw new UserError(reason, { usage: true });
  }
  const begin = isFile ? beginOf(file) : "";
  if (begin === "" || isOurs(begin)) return file;
  file.close();
  throw new UserError(
    `${
      printable(path)
    } is not of webstat run and is left unchanged: name another file with ${option}`,
    { usage: true },
  );
}

/** The first bytes of a file, which is read from its beginning again afterwards. */
function beginOf(file: Deno.FsFile): string {
  const bytes = new Uint8Array(BEGIN_BYTES);
  const count = file.readSync(bytes) ?? 0;
  file.seekSync(0, Deno.SeekMode.Start);
  return new TextDecoder().decode(bytes.subarray(0, count));
}

/** Throws UserError. */
function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    if (file.statSync().isFile) file.truncateSync();
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  } catch (error) {
    throw new UserError(`Cannot write the results: ${systemReason(error)}`);
  }
}
