// Writes the exported hosts to the extraction file, on request and at the end. Hosts that the file already
// has are kept; a file that is not an extraction file is never replaced.

import type { ColumnContext } from "../hosts/columns.ts";
import { UserError } from "../errors.ts";
import { type Exports, isExported, NO_EXPORTS } from "../hosts/exports.ts";
import type { HostSnapshot } from "../hosts/snapshot.ts";
import {
  type Extracted,
  extracted,
  extractionText,
  formatOf,
  readExtraction,
} from "../outputs/extraction.ts";
import { type FileOwner, makeFolders, PrivateFile } from "../outputs/private_file.ts";
import { plural, printable } from "../text.ts";
import type { ScreenState } from "../ui/state/state.ts";

/** In the user's home. */
const USUAL_PLACE = ".local/share/webstat/extraction.tsv";
/** Bytes; 100,000 hosts take about 5 MB. */
const MAX_SIZE = 64 << 20;

export class ExtractionFile {
  readonly path: string;
  readonly #owner: FileOwner;
  readonly #context: ColumnContext;
  #file: PrivateFile | null = null;
  /** The hosts in the file when it was last read or written. */
  #known: readonly Extracted[] | null = null;
  /** What was exported at the start. */
  #atStart: Exports = NO_EXPORTS;
  /** The hosts that were written last. */
  #written: ReadonlySet<string> = new Set();

  /**
   * `path`: null for the usual place. Throws UserError if a named file cannot be written, or is no
   * extraction file.
   */
  constructor(path: string | null, owner: FileOwner, context: ColumnContext) {
    this.#owner = owner;
    this.path = path ?? `${this.#owner.home}/${USUAL_PLACE}`;
    this.#context = context;
    if (path !== null) {
      this.#file = new PrivateFile(this.path, owner);
      this.#hostsIn(this.#file);
    } else if (owner.ids !== null) {
      this.#tryOpen();
    }
  }

  /** `exports`: at the start. Hosts among them that are not exported later are removed from the file. */
  startWith(exports: Exports): void {
    this.#atStart = exports;
  }

  /**
   * Writes the hosts of `hosts` that are exported, and keeps those that the file already has. Returns a
   * message. Throws UserError without changing the file.
   */
  write(hosts: readonly HostSnapshot[], { exports, hostNumbers }: ScreenState): string {
    const exported = hosts.filter(({ name }) => isExported(exports, name))
      .map((host) => extracted(host, hostNumbers.numbers.get(host.name) ?? 0, this.#context))
      .sort((a, b) => a.index - b.index);
    if (exported.length === 0 && this.#written.size === 0) {
      return "No host is exported: no file written";
    }
    this.#file ??= this.#open();
    const names = new Set(exported.map(({ domain }) => domain));
    const wasTakenOut = (name: string) =>
      !isExported(exports, name) && (this.#written.has(name) || isExported(this.#atStart, name));
    const kept = this.#hostsIn(this.#file)
      .filter(({ domain }) => !names.has(domain) && !wasTakenOut(domain));
    this.#known = withOwnNumbers([...exported, ...kept]);
    this.#file.write(extractionText(this.#known, formatOf(this.path)));
    this.#written = names;
    const before = kept.length === 0 ? "" : `, beside ${kept.length} from before`;
    return `${plural(exported.length, "host")} written to ${printable(this.path)}${before}`;
  }

  /** As `write`; null if there is nothing to write. */
  writeAtEnd(hosts: readonly HostSnapshot[], state: ScreenState): string | null {
    const isNothing = this.#written.size === 0 &&
      !hosts.some(({ name }) => isExported(state.exports, name));
    return isNothing ? null : this.write(hosts, state);
  }

  /** Whose folder it is may no longer be reachable when there is something to write. */
  #tryOpen(): void {
    try {
      this.#file = this.#open();
      this.#hostsIn(this.#file);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  #open(): PrivateFile {
    makeFolders(this.path, this.#owner);
    return new PrivateFile(this.path, this.#owner);
  }

  /** The hosts in the file; none if it is missing. Throws UserError if it is not an extraction file. */
  #hostsIn(file: PrivateFile): readonly Extracted[] {
    if (!file.exists()) return this.#known = [];
    const text = file.read(MAX_SIZE);
    // It was readable at the start, before privileges were given up.
    if (text === null && this.#known !== null) return this.#known;
    this.#known = text === null ? null : readExtraction(text, formatOf(this.path));
    if (this.#known !== null) return this.#known;
    throw new UserError(
      `${
        printable(this.path)
      } is not an extraction file and is left unchanged: choose another with --extract`,
    );
  }
}

/** Hosts from before may have numbers that the screen gave to others since: those get new ones. */
function withOwnNumbers(hosts: readonly Extracted[]): readonly Extracted[] {
  // 0 is of those that the screen never showed.
  const taken = new Set([0]);
  let last = hosts.reduce((most, { index }) => Math.max(most, index), 0);
  return hosts.map((host) => {
    const index = taken.has(host.index) ? ++last : host.index;
    taken.add(index);
    return { ...host, index };
  });
}
