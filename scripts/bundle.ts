// Bundles the program into a folder for scripts/compile, with one file for each part that is loaded at
// run time. A binary with the separate modules starts 60 ms later, as it must resolve and read them.
//
//   deno run -A scripts/bundle.ts FOLDER     (in the root of the checkout)

import { build, stop } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The sources of the workers, found by `new Worker`: the runtime loads them by name. */
function workers(): string[] {
  const started = /new Worker\(\s*new URL\("(.+?)", import\.meta\.url\)/g;
  const files = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith("_test.ts"));
  return files.flatMap((file) =>
    [...readFileSync(`src/${file}`, "utf8").matchAll(started)]
      .map(([, name]) => new URL(name!, `file:///src/${file}`).pathname.slice(1))
  );
}

/** "src/pipeline/worker.ts" -> "worker": all files of a bundle are in one folder. */
const nameOf = (path: string) => path.replace(/^.*\/|\.ts$/g, "");

/** CommonJS packages call `require`, which modules do not have. */
const REQUIRE =
  `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

const [folder] = Deno.args;
if (folder === undefined) throw new Error("usage: scripts/bundle.ts FOLDER");

/** Bundles an entry point by itself: modules shared with another one would be more files to load. */
const bundle = (path: string) =>
  build({
    entryPoints: [{ in: path, out: nameOf(path) }],
    outdir: folder,
    bundle: true,
    // Dynamic imports stay separate files, which are loaded on first use.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "esnext",
    jsx: "automatic",
    // V8 reads every character of a file before it runs: the start takes 7 ms less. What a place in a stack
    // trace means shows a bundle of the same commit with `sourcemap: true`.
    minify: true,
    // React's development build is slow.
    define: { "process.env.NODE_ENV": `"production"` },
    // Optional for Ink, and not used.
    external: ["react-devtools-core"],
    banner: { js: REQUIRE },
    logLevel: "warning",
  });

await Promise.all(["main.ts", ...workers()].map(bundle));
await stop();

// The program asks for workers by the names of their sources.
for (const name of workers().map(nameOf)) {
  writeFileSync(`${folder}/${name}.ts`, `import "./${name}.js";\n`);
}
