// The file that keeps exports and view of `analyze` from one start to the next, in the place that the
// XDG Base Directory Specification gives it.

import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import {
  checkFolder,
  type FileOwner,
  fileOwner,
  makeFolders,
  writePrivately,
} from "../outputs/private_file.ts";
import { parseSavedView, type SavedView } from "../ui/state/saved_view.ts";
import type { Io } from "./io.ts";

const NAME = "webstat/analyze.json";
/** Bytes; 100,000 exported hosts need about 3 MB. */
const MAX_SIZE = 8_000_000;

export class StateFile {
  readonly path: string;
  readonly #owner: FileOwner;

  private constructor(path: string, owner: FileOwner) {
    this.path = path;
    this.#owner = owner;
  }

  /** Makes its folder. Null if nothing can be kept: there is no home, or it cannot be written to. */
  static open(io: Io): StateFile | null {
    const owner = fileOwner((name) => io.env(name));
    const folder = stateFolder(io, owner);
    if (folder === null) return null;
    const path = `${folder}/${NAME}`;
    const isInHome = path.startsWith(`${owner.home}/`);
    try {
      makeFolders(path, isInHome ? owner : { ...owner, home: folder });
      checkFolder(path, owner);
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
    return new StateFile(path, owner);
  }

  /** What was saved; null if there is no file, or none that savedText wrote. */
  read(): SavedView | null {
    const text = readSmallFile(this.path);
    return text === null ? null : parseSavedView(text);
  }

  /** Returns a warning if `text` cannot be kept, else null. */
  write(text: string): string | null {
    if (text.length > MAX_SIZE) return `${this.path}: too many exported hosts to keep`;
    try {
      writePrivately(this.path, text, this.#owner);
      return null;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }
}

/** XDG_STATE_HOME is of the user of this process: under sudo it may be root's. */
function stateFolder(io: Io, { home, ids }: FileOwner): string | null {
  const named = io.env("XDG_STATE_HOME") ?? "";
  if (ids === null && named.startsWith("/")) return named;
  return home === "/" ? null : `${home}/.local/state`;
}

/** Not by a link, and no device or pipe: the folder is its owner's, the reader may be root. */
function readSmallFile(path: string): string | null {
  let fd;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const status = fstatSync(fd);
    return status.isFile() && status.size <= MAX_SIZE ? readFileSync(fd, "utf8") : null;
  } catch {
    return null;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
