// Writes the exported hosts to the extraction file, on request and at the end.

import type { ColumnContext } from "../hosts/columns.ts";
import { UserError } from "../errors.ts";
import { exportsNothing, isExported } from "../hosts/exports.ts";
import type { HostSnapshot } from "../hosts/snapshot.ts";
import { extracted, extractionText, formatOf } from "../outputs/extraction.ts";
import { type FileOwner, makeFolders, PrivateFile } from "../outputs/private_file.ts";
import { plural, printable } from "../text.ts";
import type { ScreenState } from "../ui/state/state.ts";

/** In the user's home. */
const USUAL_PLACE = ".local/share/webstat/extraction.tsv";

export class ExtractionFile {
  readonly path: string;
  readonly #owner: FileOwner;
  #file: PrivateFile | null = null;
  readonly #context: ColumnContext;
  /** Whether the user named it: then it is written also if no host is exported. */
  readonly #isNamed: boolean;
  #isWritten = false;

  /** `path`: null for the usual place. Throws UserError if a named file cannot be written. */
  constructor(path: string | null, owner: FileOwner, context: ColumnContext) {
    this.#owner = owner;
    this.#isNamed = path !== null;
    this.path = path ?? `${this.#owner.home}/${USUAL_PLACE}`;
    this.#context = context;
    if (this.#isNamed) this.#file = new PrivateFile(this.path, owner);
    else if (owner.ids !== null) this.#tryOpen();
  }

  /** Whose folder it is may no longer be reachable when there is something to write. */
  #tryOpen(): void {
    try {
      this.#file = this.#open();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  #open(): PrivateFile {
    makeFolders(this.path, this.#owner);
    return new PrivateFile(this.path, this.#owner);
  }

  /** Writes the hosts of `hosts` that are exported. Returns a message; throws UserError. */
  write(hosts: readonly HostSnapshot[], { exports, hostNumbers }: ScreenState): string {
    const exported = hosts.filter(({ name }) => isExported(exports, name))
      .map((host) => extracted(host, hostNumbers.numbers.get(host.name) ?? 0, this.#context))
      .sort((a, b) => a.index - b.index);
    this.#file ??= this.#open();
    this.#file.write(extractionText(exported, formatOf(this.path)));
    this.#isWritten = true;
    return `${plural(exported.length, "host")} written to ${printable(this.path)}`;
  }

  /** As `write`; null if there is nothing to write: no named file, and no host exported. */
  writeAtEnd(hosts: readonly HostSnapshot[], state: ScreenState): string | null {
    if (exportsNothing(state.exports) && !this.#isNamed && !this.#isWritten) return null;
    return this.write(hosts, state);
  }
}
