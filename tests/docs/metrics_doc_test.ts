// docs/metrics.md has every metric of /metrics, with its type, its help and its labels.

import assert from "node:assert/strict";
import { COUNTER_LIST, countsFrom } from "../../src/hosts/capture_counters.ts";
import { viewOf } from "../../src/hosts/columns.ts";
import { pairKey } from "../../src/hosts/pair_table.ts";
import { PHASES, TRANSPORTS } from "../../src/hosts/fields.ts";
import type { Snapshot } from "../../src/hosts/snapshot.ts";
import { HOLDERS } from "../../src/memory_ledger.ts";
import { exampleSnapshot, hostOfAll } from "../../src/outputs/example.ts";
import { Prometheus } from "../../src/outputs/prometheus.ts";
import { currentPrivileges } from "../../src/privileges/confine.ts";
import { SOURCES } from "../../src/protocols/analyser.ts";
import { blocksOf, read, type Section, sectionOf, sectionsOf } from "./markdown.ts";

const PAGE = read("docs/metrics.md");
const FACTS = {
  privileges: currentPrivileges,
  interfaces: () => [{ name: "eth0", isUp: true }],
  closed: { idle: 1 },
  pushed: [{ to: "otlp", sent: 1, dropped: { full: 1 }, retries: 1, waiting: 1 }],
};
const VIEW = viewOf({
  ip: true,
  place: () => ({ city: "Oslo", country: "NO" }),
  network: () => ({ asn: 64500, organisation: "Example" }),
  asn: true,
});

/** Something of everything that can be counted. */
function fullSnapshot(): Snapshot {
  const host = hostOfAll("shop.test");
  const dropped = { kernel: 1, interface: 2 };
  const counts = countsFrom(({ labels }) =>
    labels.length === 0
      ? 1
      : [{ ...Object.fromEntries(labels.map((label) => [label, "x"])), count: 1 }]
  );
  const interfaces = [{ name: "eth0", packets: 10, bytes: 1000, dropped }];
  const pair = { key: pairKey("curl", "a.service"), host: "shop.test", connections: 1 };
  const processes = [{ ...pair, bytesSent: 1, bytesReceived: 1, hits: SOURCES.map(() => 1) }];
  const clients = { pairs: [{ ...processes[0]!, key: "10.0.0.7" }], names: new Map() };
  return { ...exampleSnapshot({ hosts: [host], interfaces, processes, clients }), ...counts };
}

interface Metric {
  readonly type: string;
  readonly help: string;
  readonly labels: Set<string>;
}

/** The metrics of a page in Prometheus' text format, by name; a label is there if any sample has it. */
function metricsOf(text: string): Map<string, Metric> {
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]),
  );
  const metrics = new Map<string, Metric>();
  for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
    metrics.set(name!, { type: types.get(name!)!, help: help!, labels: new Set() });
  }
  for (const [, name, labels] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const metric = metrics.get(name!) ?? metrics.get(name!.replace(/_(bucket|sum|count)$/, ""))!;
    for (const [, label] of (labels ?? "").matchAll(/(\w+)="/g)) {
      if (label !== "le") metric.labels.add(label!);
    }
  }
  return metrics;
}

const METRICS = metricsOf(
  new TextDecoder().decode(
    new Prometheus(VIEW, FACTS).page(fullSnapshot()),
  ),
);
const SECTIONS = sectionsOf(PAGE, 3);

Deno.test("docs/metrics.md: a section for each metric, and no other", () => {
  const documented = SECTIONS.map(({ title }) => title).sort();
  assert.deepEqual(documented, [...METRICS.keys()].sort());
});

Deno.test("docs/metrics.md: each section has the type, the labels and the help of its metric", () => {
  for (const section of SECTIONS) {
    const metric = METRICS.get(section.title)!;
    assert.equal(headOf(section), headFor(metric), section.title);
    const words = section.text.replaceAll(/\s+/g, " ");
    assert.ok(words.includes(metric.help), `${section.title} lacks "${metric.help}"`);
  }
});

/** "Counter: host, source": the first line, as far as it can be checked. */
function headOf({ text }: Section): string {
  const [line] = text.trim().split(/\n\n/);
  const [, type] = /^(\w+)\./.exec(line!) ?? [];
  return `${type}: ${namesIn(line!.replaceAll(/\(.*?\)/g, "")).sort().join(", ")}`;
}

function headFor({ type, labels }: Metric): string {
  return `${type[0]!.toUpperCase()}${type.slice(1)}: ${[...labels].sort().join(", ")}`;
}

/** What stands in backticks, options left out. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
}

Deno.test("docs/metrics.md: every label is explained, with the values that are webstat's own", () => {
  const labels = sectionOf(PAGE, 2, "Labels");
  const explained = namesIn([...labels.matchAll(/^- (.*?):/gm)].map(([, names]) => names!).join());
  // What webstat says of itself is explained where it stands.
  const capture = [...METRICS].filter(([name]) => !name.endsWith("_info"));
  const used = new Set(capture.flatMap(([, metric]) => [...metric.labels]));
  assert.deepEqual(explained.sort(), [...used].sort());
  for (const value of [...SOURCES, ...PHASES, ...TRANSPORTS, ...HOLDERS]) {
    assert.ok(labels.includes(`\`${value}\``), value);
  }
});

Deno.test("docs/metrics.md: every metric of webstat's own has an example query that uses it", () => {
  const without = SECTIONS.filter(({ title, text }) =>
    title.startsWith("webstat_") &&
    !blocksOf(text).some(({ language, text }) => language === "promql" && text.includes(title))
  );
  assert.deepEqual(without.map(({ title }) => title), []);
  assert.ok(COUNTER_LIST.every(({ metric }) => METRICS.has(metric.name)));
});
