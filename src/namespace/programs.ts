// Where programs are.

import { UserError } from "../errors.ts";

/** Folders that are not in every user's PATH. */
const MORE_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** Where execvp() looks if there is no variable PATH. */
export const USUAL_PATH = "/bin:/usr/bin";

/** The path of a program as a shell would find it; null if there is none. `path`: the variable PATH. */
export function findProgram(name: string, path: string): string | null {
  if (name.includes("/")) return isExecutable(name) ? name : null;
  const folders = path.split(":").map((folder) => folder || ".");
  return folders.map((folder) => `${folder}/${name}`).find(isExecutable) ?? null;
}

/** What `webstat run` needs. */
export interface Programs {
  readonly pasta: string;
  readonly unshare: string;
}

/** Throws UserError. `path`: the variable PATH. */
export function findPrograms(path: string): Programs {
  if (Deno.build.os !== "linux") throw new UserError("run needs the network namespaces of Linux");
  const all = [path, ...MORE_FOLDERS].join(":");
  const pasta = findProgram("pasta", all);
  if (pasta === null) {
    throw new UserError("run needs pasta: install it, such as with: sudo apt-get install passt");
  }
  const unshare = findProgram("unshare", all);
  if (unshare === null) throw new UserError("run needs unshare: install util-linux");
  return { pasta, unshare };
}

/** Whether `name` is the path of something that is there. Without a slash it is a name to look for in PATH. */
export function isFileThere(name: string): boolean {
  try {
    return name.includes("/") && Deno.statSync(name) !== null;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}
