// How the house is laid out: data flows one way, so each folder imports only those before it. What
// the folders of the packet path may not do is here too.

import assert from "node:assert/strict";
import { code, programSources, type Source } from "./sources.ts";

/** In the order of the data; what stands in one line may not import each other either. */
const LAYERS: readonly (readonly string[])[] = [
  [
    "src/associate.ts",
    "src/bytes.ts",
    "src/errors.ts",
    "src/idn.ts",
    "src/sums.ts",
    "src/text.ts",
    "src/text_width.ts",
    "src/version.ts",
  ],
  ["src/memory_ledger.ts"],
  ["src/address.ts", "src/yaml_source.ts"],
  ["ffi"],
  ["src/crypto"],
  ["src/keylog"],
  ["src/memory_budget.ts"],
  ["src/privileges"],
  ["src/namespace"],
  ["src/processes"],
  ["src/capture"],
  ["src/decode"],
  ["src/protocols/name.ts", "src/protocols/transactions.ts"],
  ["src/protocols/analyser.ts"],
  ["src/protocols/dhcp.ts", "src/protocols/proxy_header.ts", "src/protocols/varint.ts"],
  ["src/protocols/dns", "src/protocols/http2", "src/protocols/tls"],
  ["src/protocols/http3"],
  ["src/protocols/http1", "src/protocols/quic"],
  ["src/protocols/starttls.ts"],
  ["src/protocols/registry.ts"],
  ["src/flow"],
  ["src/geo"],
  ["src/hosts"],
  ["src/outputs"],
  ["src/push", "src/server"],
  ["src/pipeline"],
  ["src/ui/state"],
  ["src/ui/view"],
  ["src/ui/terminal"],
  ["src/doctor"],
  ["src/cli"],
  ["main.ts"],
];

/** No exception may be thrown where packets are read: but for these. */
const MAY_THROW: Readonly<Record<string, string>> = {
  "src/protocols/name.ts": "the decoder of UTF-8 throws where the text is not",
};

/** Nor texts be made: but here. */
const MAY_MAKE_TEXTS: Readonly<Record<string, string>> = {
  "src/decode/link_names.ts": "for messages to the user, not for packets",
};

const all = programSources();

/** The files that a file imports, those of types and those at run time too. */
function imports({ path, text }: Source): string[] {
  const specifiers = code(text).matchAll(
    /(?:\bfrom\s+|\bimport\s*\(\s*|^\s*import\s+)"(\.[^"]+)"/gm,
  );
  return [...specifiers].map(([, specifier]) =>
    new URL(specifier!, `file:///${path}`).pathname.slice(1)
  );
}

const layerOf = (path: string): number =>
  LAYERS.findIndex((layer) => layer.some((part) => path === part || path.startsWith(`${part}/`)));

const folderOf = (path: string): string =>
  LAYERS[layerOf(path)]!.find((part) => path === part || path.startsWith(`${part}/`))!;

Deno.test("every file belongs to a layer", () => {
  assert.deepEqual(all.map(({ path }) => path).filter((path) => layerOf(path) < 0), []);
  assert.ok(all.length > 100 && all.flatMap(imports).length > 300);
});

Deno.test("data flows one way: no file imports from a later folder", () => {
  const wrong = all.flatMap((source) =>
    imports(source)
      .filter((target) =>
        layerOf(target) > layerOf(source.path) ||
        layerOf(target) === layerOf(source.path) && folderOf(target) !== folderOf(source.path)
      )
      .map((target) => `${source.path} imports ${target}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("every import of a file is of one that is there", () => {
  const paths = new Set(all.map(({ path }) => path));
  const wrong = all.flatMap((source) =>
    imports(source).filter((target) => !paths.has(target)).map((to) => `${source.path}: ${to}`)
  );
  assert.deepEqual(wrong, []);
});

/** Every file that can be reached from `path` by imports. */
function reachable(path: string, importsOf: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const open = [path];
  while (open.length > 0) {
    for (const target of importsOf.get(open.pop()!) ?? []) {
      if (found.has(target)) continue;
      found.add(target);
      open.push(target);
    }
  }
  return found;
}

/** Groups of files each of which imports all others of its group, directly or through others. */
function circles(files: readonly Source[]): string[] {
  const importsOf = new Map(files.map((source) => [source.path, imports(source)]));
  const reach = new Map(files.map(({ path }) => [path, reachable(path, importsOf)]));
  const groups = files.map(({ path }) => path)
    .filter((path) => reach.get(path)!.has(path))
    .map((path) =>
      [...reach.get(path)!].filter((other) => reach.get(other)!.has(path)).sort().join(" ")
    );
  return [...new Set(groups)].sort();
}

Deno.test("no files import each other in a circle, not even types", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ path: `src/${name}.ts`, text: "" }));
  a!.text = `import { b } from "./b.ts";`;
  b!.text = `import type { C } from "./c.ts";`;
  c!.text = `import "./a.ts";`;
  d!.text = `import "./a.ts";`;
  assert.deepEqual(circles([a!, b!, c!, d!]), ["src/a.ts src/b.ts src/c.ts"]);
  assert.deepEqual(circles(all), []);
});

Deno.test("no two files have the same name", () => {
  const paths = Map.groupBy(all.map(({ path }) => path), (path) => path.replace(/^.*\//, ""));
  const twins = [...paths.values()].filter(({ length }) => length > 1);
  assert.deepEqual(twins.map((each) => each.sort().join(" ")).sort(), []);
});

/** Where `pattern` is found in the code of `files`, a line each. */
function found(pattern: RegExp, files: readonly Source[]): string[] {
  return files.flatMap(({ path, text }) =>
    [...code(text).matchAll(new RegExp(pattern, "g"))].map(([match]) => `${path}: ${match}`)
  );
}

const under = (...folders: string[]): Source[] =>
  all.filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));

Deno.test("libraries are opened in one place", () => {
  const elsewhere = all.filter(({ path }) => path !== "ffi/library.ts");
  assert.deepEqual(found(/\bdlopen\b/, elsewhere), []);
});

Deno.test("files of /proc, /sys and /dev are opened by libc: a binary has no permission for more", () => {
  const opened = /\b(?:Deno\.\w+|\w+Sync|readFile|open)\(\s*["`]\/(?:proc|sys|dev)\//;
  assert.deepEqual(found(opened, all), []);
});

Deno.test("no exceptions where packets are read", () => {
  const files = under("src/decode", "src/flow", "src/protocols")
    .filter(({ path }) => !(path in MAY_THROW));
  assert.deepEqual(found(/\b(?:throw\b|try\s*\{|catch\b)/, files), []);
});

Deno.test("no texts where packets are taken apart", () => {
  const files = under("src/decode", "src/flow").filter(({ path }) => !(path in MAY_MAKE_TEXTS));
  assert.deepEqual(found(/\bTextDecoder\b|\bString\s*[.(]|\bBigInt\b|\bDataView\b/, files), []);
});

Deno.test("nothing where packets are read asks for the time or the outside", () => {
  const files = under("src/decode", "src/flow", "src/protocols", "src/hosts");
  assert.deepEqual(
    found(
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bDeno\s*\.|\bfetch\s*\(|\bconsole\b/,
      files,
    ),
    [],
  );
});
