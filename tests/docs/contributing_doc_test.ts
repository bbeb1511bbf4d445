// CONTRIBUTING.md shows whole commits: each of them can be applied, and the tests that they touch pass.

import assert from "node:assert/strict";
import { freshCheckout } from "../checkout.ts";
import { run } from "../lab/process.ts";
import { blocksOf, read, ROOT } from "./markdown.ts";

const DIFFS = blocksOf(read(".github/CONTRIBUTING.md")).filter(({ language }) =>
  language === "diff"
);

const TESTS = [
  "src/hosts/fields_test.ts",
  "src/protocols/amqp/amqp_test.ts",
  "src/decode/link_test.ts",
  "src/ui/state/update_test.ts",
  "tests/docs/metrics_doc_test.ts",
  "tests/docs/readme_test.ts",
  "tests/docs/terminal_doc_test.ts",
  "tests/layers_test.ts",
];

Deno.test("CONTRIBUTING.md: the commits that it shows apply, and pass the tests", async () => {
  const folder = await freshCheckout();
  await Deno.symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
  assert.equal(DIFFS.length, 7);
  for (const { text } of DIFFS) {
    await run(["git", "apply", "-"], { input: text, directory: folder });
  }
  const deno = (...args: string[]) =>
    run([Deno.execPath(), ...args], { directory: folder, timeout: 120_000 });
  await deno("check", "main.ts", ...TESTS);
  await deno("test", "-A", "--no-check", ...TESTS);
  await deno("fmt", "--check", "src", "README.md", "docs");
  await Deno.remove(folder, { recursive: true });
});
