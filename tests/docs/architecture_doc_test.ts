// docs/architecture.md: its folders are those of the layers test, in that order; what the walk of a
// packet names is in the files where it says.

import assert from "node:assert/strict";
import { code } from "../sources.ts";
import { read, sectionOf, tablesOf } from "./markdown.ts";

const PAGE = read("docs/architecture.md");

Deno.test("docs/architecture.md: every folder, in the order in which data flows", () => {
  const [, layers] = /^const LAYERS[^=]*= \[$(.*?)^\];$/ms.exec(read("tests/layers_test.ts"))!;
  const folders = [...layers!.matchAll(/"(ffi|src\/\w+)(?:\/[\w.]+)?"/g)].map(([, name]) => name!);
  const rows = tablesOf(sectionOf(PAGE, 2, "Folders"))[0]!;
  assert.deepEqual(rows.map(([name]) => name!.replaceAll("`", "")), [...new Set(folders)]);
});

Deno.test("docs/architecture.md: the walk names what there is", () => {
  const walk = sectionOf(PAGE, 2, "The walk of one packet").replaceAll(/\s+/g, " ");
  const steps = walk.split(/(?=`src\/)/).slice(1);
  assert.ok(steps.length > 15);
  for (const step of steps) {
    const [path, ...names] = [...step.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
    const text = code(read(path!));
    for (const name of names.filter((name) => /^#?\w+$/.test(name))) {
      assert.ok(text.includes(name), `${path} has no ${name}`);
    }
  }
});
