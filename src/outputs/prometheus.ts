// The page of /metrics: the metrics of the snapshot, then those of webstat's own process.

import type { Registry } from "prom-client";
import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { exposition } from "./exposition.ts";
import { columnFamilies, FAMILIES } from "./families.ts";
import { NO_FACTS, type ProcessFacts, selfMetrics } from "./process.ts";

/** Makes pages of /metrics. */
export class Prometheus {
  readonly #view: View;
  readonly #self: Registry;

  constructor(view: View, about: ProcessFacts = NO_FACTS) {
    this.#view = view;
    this.#self = selfMetrics(about);
  }

  /** The page for a snapshot, in UTF-8. */
  async page(snapshot: Snapshot): Promise<Uint8Array<ArrayBuffer>> {
    const families = [...FAMILIES, ...columnFamilies(this.#view.columns)];
    const encoder = new TextEncoder();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (const text of exposition(families, snapshot, this.#view)) {
      parts.push(encoder.encode(text));
    }
    parts.push(encoder.encode(await this.#self.metrics()));
    return concat(parts);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
