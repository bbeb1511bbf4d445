// Bundles the program into a folder for scripts/compile: a file for each part that is loaded by
// itself. A binary of the separate modules and packages takes 60 ms longer to start, which it spends
// reading and resolving them.
//
//   deno run -A scripts/bundle.ts FOLDER     (in the root of the checkout)

import { build, stop } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The sources of workers, by how they are started: the runtime loads them by name. */
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

/** CommonJS packages call it, which modules lack. */
const REQUIRE =
  `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

const [folder] = Deno.args;
if (folder === undefined) throw new Error("usage: scripts/bundle.ts FOLDER");

await build({
  entryPoints: ["main.ts", ...workers()].map((path) => ({ in: path, out: nameOf(path) })),
  outdir: folder,
  bundle: true,
  // What is imported at run time stays apart, and is loaded when it is needed.
  splitting: true,
  format: "esm",
  platform: "node",
  target: "esnext",
  jsx: "automatic",
  // React's other build checks itself at every step.
  define: { "process.env.NODE_ENV": `"production"` },
  // Ink can do without, and does.
  external: ["react-devtools-core"],
  banner: { js: REQUIRE },
  logLevel: "warning",
});
await stop();

// Workers are asked for by the names of their sources.
for (const name of workers().map(nameOf)) {
  writeFileSync(`${folder}/${name}.ts`, `import "./${name}.js";\n`);
}
