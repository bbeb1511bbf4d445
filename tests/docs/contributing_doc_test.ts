// CONTRIBUTING.md shows whole commits: each of them can be applied, and the tests that they touch pass.

import assert from "node:assert/strict";
import { freshCheckout } from "../checkout.ts";
import { run } from "../lab/process.ts";
import { applied, hunksOf } from "./unified_diff.ts";
import { blocksOf, read, ROOT, sectionsOf, tablesOf } from "./markdown.ts";

const PAGE = read(".github/CONTRIBUTING.md");
/** With the heading that each stands under. */
const DIFFS = sectionsOf(PAGE, 2).flatMap(({ title, text }) =>
  blocksOf(text).filter(({ language }) => language === "diff").map(({ text }) => ({ title, text }))
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

Deno.test("CONTRIBUTING.md: every task is in its table", () => {
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Readonly<Record<string, unknown>> };
  const table = tablesOf(PAGE)[0]!.map(([command]) => command).join();
  const missing = Object.keys(tasks).filter((task) => !table.includes(`\`deno task ${task}`));
  assert.deepEqual(missing, []);
});

Deno.test("CI runs the test command of CONTRIBUTING.md", () => {
  const [, setup, test] = /^(\.\/scripts\/setup --dev) && deno (task test)$/m.exec(
    read(".github/CONTRIBUTING.md"),
  )!;
  const ci = read(".ci/run");
  assert.ok(ci.includes(`check ${setup}\n`) && ci.includes(`run_tests "$deno" ${test}\n`));
});

Deno.test("CONTRIBUTING.md: the commits that it shows apply, and pass the tests", async () => {
  const folder = await freshCheckout();
  await Deno.symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
  assert.equal(DIFFS.length, 7);
  for (const { title, text } of DIFFS) {
    for (const hunk of hunksOf(text)) {
      const path = `${folder}/${hunk.path}`;
      await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
      const changed = applied(await Deno.readTextFile(path).catch(() => ""), hunk);
      assert.ok(
        changed !== null,
        `"${title}": no place in ${hunk.path} for\n${hunk.lines.join("\n")}`,
      );
      await Deno.writeTextFile(path, changed);
    }
  }
  const deno = (...args: string[]) =>
    run([Deno.execPath(), ...args], { directory: folder, timeout: 120_000 });
  await deno("check", "main.ts", ...TESTS);
  await deno("test", "-A", "--no-check", ...TESTS);
  await deno("fmt", "--check", "src", "README.md", "docs");
  await Deno.remove(folder, { recursive: true });
});
