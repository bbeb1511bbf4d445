// The file that keeps exports and view of `analyze` from one start to the next, in the place that
// the XDG Base Directory Specification gives it.

import { UserError } from "../errors.ts";
import { type FileOwner, makeFolders, PrivateFile } from "../outputs/private_file.ts";
import { parseSavedView, type SavedView } from "../ui/state/saved_view.ts";
import type { Io } from "./io.ts";

const NAME = "webstat/analyze.json";
/** Bytes; 100,000 exported hosts need about 3 MB. */
const MAX_SIZE = 8_000_000;

export class StateFile {
  readonly #file: PrivateFile;

  private constructor(file: PrivateFile) {
    this.#file = file;
  }

  /**
   * Makes its folder. Null if nothing can be kept: there is no home, or it cannot be written to.
   */
  static open(io: Io, owner: FileOwner): StateFile | null {
    const folder = stateFolder(io, owner);
    if (folder === null) return null;
    const path = `${folder}/${NAME}`;
    const isInHome = path.startsWith(`${owner.home}/`);
    try {
      makeFolders(path, isInHome ? owner : { ...owner, home: folder });
      return new StateFile(new PrivateFile(path, owner));
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  }

  get path(): string {
    return this.#file.path;
  }

  /** What was saved; null if there is no file, or none that savedText wrote. */
  read(): SavedView | null {
    const text = this.#file.read(MAX_SIZE);
    return text === null ? null : parseSavedView(text);
  }

  /** Returns a warning if `text` cannot be kept, else null. */
  write(text: string): string | null {
    if (text.length > MAX_SIZE) return `${this.path}: too many exported hosts to keep`;
    try {
      this.#file.write(text);
      return null;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }
}

/** XDG_STATE_HOME is of the user of this process: under sudo it may be root's. */
function stateFolder(io: Io, { home, ids, isHomeTheirs }: FileOwner): string | null {
  const named = io.env("XDG_STATE_HOME") ?? "";
  if ((ids === null || !isHomeTheirs) && named.startsWith("/")) return named;
  return home === "/" ? null : `${home}/.local/state`;
}
