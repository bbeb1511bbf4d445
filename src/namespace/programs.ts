// Where programs are.

/** Folders that are not in every user's PATH. */
const MORE_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** The path of a program as a shell would find it; null if there is none. `path`: the variable PATH. */
export function findProgram(name: string, path: string): string | null {
  if (name.includes("/")) return isExecutable(name) ? name : null;
  const folders = path.split(":").map((folder) => folder || ".");
  return folders.map((folder) => `${folder}/${name}`).find(isExecutable) ?? null;
}

/** The same for a program of the system. */
export function findSystemProgram(name: string, path: string): string | null {
  return findProgram(name, [path, ...MORE_FOLDERS].join(":"));
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
