import assert from "node:assert/strict";
import { viewOf } from "../hosts/columns.ts";
import { counter, gauge } from "../hosts/metric.ts";
import { exampleDurations, exampleSnapshot } from "./example.ts";
import { openMetricsPage, textPage } from "./exposition.ts";
import type { Family } from "./family.ts";
import { SeriesTally } from "./series.ts";

const VIEW = viewOf({ ip: false, place: null });

const textOf = (page: Uint8Array) => new TextDecoder().decode(page);

const FAMILIES: readonly Family[] = [
  {
    ...counter("w_sent_bytes_total", 'Bytes "sent".'),
    values: () => [[{ by: "a" }, 5, 1_700_000_000_500_000], [{}, 7]],
  },
  {
    ...counter("w_hits_total", "Hits."),
    ofHosts: true,
    values: () => [[{ url: "a" }, 5, 1_700_000_000_500_000]],
  },
  { ...gauge("w_build_info", "Which it is."), values: () => [[{ version: "1" }, 1]] },
  { ...gauge("w_open", "Open ones."), values: () => [[{}, Infinity]] },
];

Deno.test("OpenMetrics: units, infos, escaped help, and since when what is not of a host is counted", () => {
  const snapshot = exampleSnapshot({ since: 1_700_000_009_000_000 });
  const page = textOf(openMetricsPage(FAMILIES, snapshot, VIEW, new SeriesTally("openMetrics")));
  assert.equal(
    page,
    `# TYPE w_sent_bytes counter
# UNIT w_sent_bytes bytes
# HELP w_sent_bytes Bytes \\"sent\\".
w_sent_bytes_total{by="a"} 5
w_sent_bytes_created{by="a"} 1700000000.5
w_sent_bytes_total 7
w_sent_bytes_created 1700000009
# TYPE w_hits counter
# HELP w_hits Hits.
w_hits_total{url="a"} 5
# TYPE w_build info
# HELP w_build Which it is.
w_build_info{version="1"} 1
# TYPE w_open gauge
# HELP w_open Open ones.
w_open +Inf
# EOF
`,
  );
});

Deno.test("both text formats have the same buckets", () => {
  const family: Family = {
    name: "w_seconds",
    help: "How long.",
    type: "histogram",
    values: () => [[{}, exampleDurations({ 0: 2, 10: 1, 14: 1 }, 20.5)]],
  };
  const bucketsOf = (page: Uint8Array) =>
    textOf(page).split("\n").filter((line) => line.startsWith("w_seconds_"));
  const lines = bucketsOf(textPage([family], exampleSnapshot(), VIEW, new SeriesTally("text")));
  assert.equal(lines.length, 17);
  assert.equal(lines[0], 'w_seconds_bucket{le="0.0005"} 2');
  assert.equal(lines[10], 'w_seconds_bucket{le="1.0"} 3');
  assert.deepEqual(lines.slice(-3), [
    'w_seconds_bucket{le="+Inf"} 4',
    "w_seconds_sum 20.5",
    "w_seconds_count 4",
  ]);
  assert.deepEqual(
    bucketsOf(openMetricsPage([family], exampleSnapshot(), VIEW, new SeriesTally("openMetrics"))),
    [...lines, "w_seconds_created 1700000000"],
  );
});
