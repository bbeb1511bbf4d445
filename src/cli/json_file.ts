// The file that --json names: everything that was counted, written at the end.

import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { UserError } from "../errors.ts";
import { type FileOwner, PrivateFile } from "../outputs/private_file.ts";
import { printable } from "../text.ts";
import type { SniffConfig } from "./config.ts";
import { JSON_BEGIN, loadJsonRenderer, type Renderer } from "./final_report.ts";

export class JsonFile {
  readonly #file: PrivateFile;
  readonly #privateSuffixes: boolean;

  private constructor(file: PrivateFile, privateSuffixes: boolean) {
    this.#file = file;
    this.#privateSuffixes = privateSuffixes;
  }

  /**
   * Null if --json names none. Throws UserError if it cannot be written, or if what is there is no
   * report: a capture file, perhaps.
   */
  static open(
    { json: path, privateSuffixes }: Pick<SniffConfig, "json" | "privateSuffixes">,
    owner: FileOwner,
  ): JsonFile | null {
    if (path === null || path === "-") return null;
    const file = new PrivateFile(path, owner, "--json");
    const begin = file.exists() ? file.begin(JSON_BEGIN.length) : JSON_BEGIN;
    if (begin === "" || begin === JSON_BEGIN) return new JsonFile(file, privateSuffixes);
    throw new UserError(
      `${printable(path)} is no report and is left unchanged: name another file with --json`,
      { usage: true },
    );
  }

  load(): Promise<Renderer> {
    return loadJsonRenderer(this.#privateSuffixes);
  }

  /** Replaces the file. Throws UserError, and leaves what was there. */
  async write(snapshot: Snapshot, view: View): Promise<void> {
    const render = await this.load();
    this.#file.write(render(snapshot, view));
  }
}
