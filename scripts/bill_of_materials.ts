// Prints which npm packages are in the executable, as a CycloneDX 1.5 document: what deno.lock has, less
// what only tests and scripts use.
//
//   deno run -A scripts/bill_of_materials.ts > packages.json

import { build, stop } from "esbuild";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { VERSION } from "../src/version.ts";
import { BUNDLE_OPTIONS, workers } from "./bundle_options.ts";

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
}

/** The folders of the packages whose code is bundled. */
async function bundledPackages(): Promise<string[]> {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: ["main.ts", ...workers()],
    outdir: "unused",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  await stop();
  const folders = Object.keys(metafile.inputs)
    .filter((path) => path.includes("node_modules/"))
    .map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)![0]);
  return [...new Set(folders)];
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
}

/** "sha512-<base64>" of deno.lock, by "name@version". */
function hashes(): ReadonlyMap<string, string> {
  const { npm } = JSON.parse(readFileSync("deno.lock", "utf8")) as {
    npm: Record<string, { integrity?: string }>;
  };
  return new Map(
    Object.entries(npm).flatMap(([id, { integrity }]) =>
      // Behind "_" stand the peers that it was installed with.
      integrity === undefined ? [] : [[id.replace(/_.*$/, ""), integrity]]
    ),
  );
}

const hex = (base64: string): string => Uint8Array.fromBase64(base64).toHex();

function component({ name, version, license }: Manifest, integrity: string | undefined) {
  const [, algorithm, base64] = /^(sha\d+)-(.+)$/.exec(integrity ?? "") ?? [];
  return {
    type: "library",
    "bom-ref": `pkg:npm/${name}@${version}`,
    name,
    version,
    purl: `pkg:npm/${name!.replace("@", "%40")}@${version}`,
    ...license === undefined ? {} : { licenses: [{ expression: license }] },
    ...base64 === undefined ? {} : {
      hashes: [{ alg: algorithm!.toUpperCase().replace("SHA", "SHA-"), content: hex(base64) }],
    },
  };
}

async function billOfMaterials() {
  const integrity = hashes();
  const manifests = (await bundledPackages()).map(manifestOf)
    .filter(({ name, version }) => name !== undefined && version !== undefined);
  const byId = new Map(manifests.map((each) => [`${each.name}@${each.version}`, each]));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: { type: "application", "bom-ref": "webstat", name: "webstat", version: VERSION },
    },
    components: [...byId].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([id, manifest]) => component(manifest, integrity.get(id))),
  };
}

Deno.chdir(dirname(import.meta.dirname!));
await Deno.stdout.write(
  new TextEncoder().encode(JSON.stringify(await billOfMaterials(), null, 2) + "\n"),
);
