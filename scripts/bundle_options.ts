// What the program is bundled of, and how: for scripts/bundle.ts, and for the list of what is in it.

import type { BuildOptions, Plugin } from "esbuild";
import { readdirSync, readFileSync } from "node:fs";

/**
 * Commander imports modules that start programs, for subcommands that are programs of their own: webstat has
 * none. The start takes 8 ms less without them.
 */
const WITHOUT_PROGRAMS: Plugin = {
  name: "without programs",
  setup(build) {
    build.onResolve(
      { filter: /^node:(child_process|fs)$/ },
      ({ path, importer }) =>
        importer.includes("/commander/") ? { path, namespace: "nothing" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "nothing" }, () => ({ contents: "export default {};" }));
  },
};

export const BUNDLE_OPTIONS: BuildOptions = {
  bundle: true,
  // Dynamic imports stay separate files, which are loaded on first use.
  splitting: true,
  format: "esm",
  platform: "node",
  // Modules are read once; a CommonJS package is one function, which V8 reads twice.
  mainFields: ["module", "main"],
  target: "esnext",
  jsx: "automatic",
  // V8 reads every character of a file before it runs: the start takes 7 ms less. What a place in a stack
  // trace means shows a bundle of the same commit with `sourcemap: true`.
  minify: true,
  // React's development build is slow.
  define: { "process.env.NODE_ENV": `"production"` },
  plugins: [WITHOUT_PROGRAMS],
  // Optional for Ink, and not used.
  external: ["react-devtools-core"],
};

/**
 * The sources of the workers, found by `new Worker`, as the runtime loads them by name. Paths are from the
 * root of the checkout, which has to be the current folder.
 */
export function workers(): string[] {
  const started = /new Worker\(\s*new URL\("(.+?)", import\.meta\.url\)/g;
  const files = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith("_test.ts"));
  return files.flatMap((file) =>
    [...readFileSync(`src/${file}`, "utf8").matchAll(started)]
      .map(([, name]) => new URL(name!, `file:///src/${file}`).pathname.slice(1))
  );
}
