// Files that belong to the user who called sudo: nobody else can read them, and they are there whole or
// not at all.

import {
  closeSync,
  constants,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { systemReason, UserError } from "../errors.ts";

/** Whom files are for. */
export interface FileOwner {
  readonly home: string;
  /** Null where files belong to this process's user anyway. */
  readonly ids: { readonly uid: number; readonly gid: number } | null;
}

/** The user who called sudo, or the one that runs this process. */
export function fileOwner(
  env: (name: string) => string | undefined,
  processUid: number | null = Deno.uid(),
): FileOwner {
  const [uid, gid] = [Number(env("SUDO_UID") || NaN), Number(env("SUDO_GID") || NaN)];
  const isSudo = processUid === 0 && Number.isInteger(uid) && Number.isInteger(gid);
  const home = isSudo ? homeOf(uid) : null;
  return { home: home ?? env("HOME") ?? "/", ids: isSudo ? { uid, gid } : null };
}

/** From the list of users, as sudo's HOME may be root's; null where it is not there. */
function homeOf(uid: number): string | null {
  try {
    const users = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
    return users.find((fields) => fields[2] === String(uid))?.[5] || null;
  } catch {
    return null;
  }
}

/** Makes the folders of `path` below the owner's home, as theirs. Throws UserError. */
export function makeFolders(path: string, owner: FileOwner): void {
  let folder = owner.home;
  const below = dirname(path).slice(owner.home.length).split("/").filter((name) => name !== "");
  for (const name of below) {
    folder = join(folder, name);
    try {
      if (!isThere(folder)) makeFolder(folder, owner);
      // A link could lead root to where its owner has no right to write.
      if (!lstatSync(folder).isDirectory()) throw new Error("it is not a folder");
    } catch (error) {
      throw new UserError(`Cannot make the folder ${folder}: ${systemReason(error)}`);
    }
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function makeFolder(folder: string, owner: FileOwner): void {
  mkdirSync(folder, 0o700);
  if (owner.ids === null) return;
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  giveTo(fd, owner);
}

/** By its descriptor: the name may stand for another file by now. */
function giveTo(fd: number, { ids }: FileOwner): void {
  try {
    if (ids !== null) fchownSync(fd, ids.uid, ids.gid);
  } finally {
    closeSync(fd);
  }
}

/** Says early what `writePrivately` would fail with: no such folder, no right to write. */
export function checkFolder(path: string, owner: FileOwner): void {
  try {
    const trial = temporaryName(path);
    giveTo(create(trial), owner);
    rmSync(trial);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Replaces the file with `text`. Throws UserError, and leaves what was there. */
export function writePrivately(path: string, text: string, owner: FileOwner): void {
  const temporary = temporaryName(path);
  try {
    const fd = create(temporary);
    try {
      writeAll(fd, new TextEncoder().encode(text));
      fsyncSync(fd);
    } finally {
      giveTo(fd, owner);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw writeError(path, error);
  }
}

function create(path: string): number {
  rmSync(path, { force: true });
  return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${Deno.pid}.tmp`);
}

function writeError(path: string, error: unknown): UserError {
  return new UserError(
    `Cannot write ${path}: ${systemReason(error)}; name another file with --extract`,
    { cause: error },
  );
}
