// Bundles the program into a folder for scripts/compile, with one file for each part that is loaded at
// run time. A binary with the separate modules starts 60 ms later, as it must resolve and read them.
//
//   deno run -A scripts/bundle.ts FOLDER     (in the root of the checkout)

import { build, stop } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { BUNDLE_OPTIONS, workers } from "./bundle_options.ts";

/** "src/pipeline/worker.ts" -> "worker": all files of a bundle are in one folder. */
const nameOf = (path: string) => path.replace(/^.*\/|\.ts$/g, "");

const [folder] = Deno.args;
if (folder === undefined) throw new Error("usage: scripts/bundle.ts FOLDER");

/**
 * CommonJS packages call `require`, which modules do not have: esbuild's helper takes it if there is one. It
 * stands where that helper is and nowhere else, as making it takes 0.1 ms for each file that is loaded.
 */
const REQUIRE =
  `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);\n`;
const HELPER = "typeof require";

/** Bundles an entry point by itself: modules shared with another one would be more files to load. */
const bundle = (path: string) =>
  build({
    ...BUNDLE_OPTIONS,
    entryPoints: [{ in: path, out: nameOf(path) }],
    outdir: folder,
    logLevel: "warning",
  });

await Promise.all(["main.ts", ...workers()].map(bundle));
await stop();

for (const name of readdirSync(folder)) {
  const source = readFileSync(`${folder}/${name}`, "utf8");
  if (source.includes(HELPER)) writeFileSync(`${folder}/${name}`, REQUIRE + source);
}

// The program asks for workers by the names of their sources.
for (const name of workers().map(nameOf)) {
  writeFileSync(`${folder}/${name}.ts`, `import "./${name}.js";\n`);
}
