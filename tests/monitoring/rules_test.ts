// scripts/prometheus: what promtool says of the rules, and whether their metrics exist.

import assert from "node:assert/strict";
import { read, ROOT } from "../docs/markdown.ts";
import { run } from "../lab/process.ts";
import { metricsIn, unknownOf } from "./known_metrics.ts";

const FILES = ["rules.yml", "alerts.yml"].map((name) => `scripts/prometheus/${name}`);
const CASES = "tests/monitoring/alerts.yml";
const ignore = (await run(["sh", "-c", "command -v promtool"], { mayFail: true })).code !== 0;

Deno.test({
  name: "scripts/prometheus: alerts fire when they should, and only then (promtool)",
  ignore,
  fn: async () => {
    await run(["promtool", "check", "rules", ...FILES.map((file) => ROOT + file)]);
    // A week and more, every four minutes.
    await run(["promtool", "test", "rules", ROOT + CASES], { timeout: 300_000 });
  },
});

Deno.test("scripts/prometheus: each rule has a case", () => {
  const cases = read(CASES);
  for (const file of FILES) {
    for (const [, kind, name] of read(file).matchAll(/^\s+- (alert|record): (\S+)$/gm)) {
      // What only alerts read is seen in the alerts.
      const isTried = kind === "alert"
        ? cases.includes(`alertname: ${name}\n        exp_alerts`)
        : cases.includes(name!) || read(FILES[1]!).includes(name!);
      assert.ok(isTried, `${name} has no case in ${CASES}`);
    }
  }
});

Deno.test("scripts/prometheus: the rules ask for metrics that there are", () => {
  for (const file of FILES) {
    const rules = read(file);
    assert.ok(metricsIn(rules).length > 0);
    assert.deepEqual(unknownOf(rules), [], file);
  }
});
