// The source files of the program, for tests that hold them to rules.

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

export interface Source {
  /** From the root of the checkout: "src/flow/tcp.ts". */
  readonly path: string;
  readonly text: string;
}

/** main.ts, ffi and src, sorted; tests and what only they use are left out. */
export function programSources(): Source[] {
  return ["main.ts", ...filesUnder("ffi"), ...filesUnder("src")]
    .filter((path) => !/(_test|testing|example|samples)\.tsx?$/.test(path))
    .sort()
    .map((path) => ({ path, text: Deno.readTextFileSync(ROOT + path) }));
}

/** Every TypeScript file of a folder and of those in it. */
export function filesUnder(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return filesUnder(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

/** Without comments, as far as a line tells. */
export const code = (text: string): string =>
  text.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/(?<=^|\s)\/\/.*$/gm, "");
