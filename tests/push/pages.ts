// What the tests push.

import { type Labels } from "../../src/outputs/family.ts";
import { viewOf } from "../../src/hosts/columns.ts";
import { exampleSnapshot, hostOfAll } from "../../src/outputs/example.ts";
import { Prometheus } from "../../src/outputs/prometheus.ts";
import type { Page } from "../../src/push/page.ts";
import { keyOf } from "./metric_servers.ts";

const VIEW = viewOf({ ip: true, place: () => ({ city: 'Åre "Sweden"\n', country: "SE" }) });

/** A page with all metrics of some hosts. */
export function pageOf(names: readonly string[], time: number): Page {
  const interfaces = [{
    name: "eth0",
    packets: 2 ** 40,
    bytes: 3,
    dropped: { kernel: 1, interface: 2 },
  }];
  const snapshot = exampleSnapshot({ hosts: names.map(hostOfAll), interfaces });
  return { families: new Prometheus(VIEW).families(), snapshot, view: VIEW, time };
}

/** The series of the same page as /metrics has them, by their labels as sorted JSON. */
export function scraped({ snapshot }: Page, more: Labels): Map<string, number> {
  const text = new TextDecoder().decode(new Prometheus(VIEW).page(snapshot));
  const series = new Map<string, number>();
  for (const [, name, labels = "", value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="((?:\\.|[^"\\])*)"/g)]
      .map(([, label, text]) => [label!, unescaped(text!)] as const)
      .filter(([, text]) => text !== "");
    // It is of the page alone.
    if (name === "webstat_series") continue;
    series.set(keyOf({ __name__: name!, ...more, ...Object.fromEntries(pairs) }), Number(value));
  }
  return series;
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
