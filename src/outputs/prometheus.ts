// The page of /metrics: the families of the snapshot, then webstat's own process.

import type { Registry } from "prom-client";
import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { exposition } from "./exposition.ts";
import { columnFamilies, FAMILIES } from "./families.ts";
import type { Privileges } from "../privileges/confine.ts";
import { selfMetrics } from "./process.ts";

/** Makes pages of /metrics. */
export class Prometheus {
  readonly #view: View;
  readonly #self: Registry;

  /**
   * `privileges`: what this process may do; null while it is not known. `closed`: connections to the
   * endpoint that were closed, by reason.
   */
  constructor(
    view: View,
    privileges: () => Privileges | null = () => null,
    closed: Readonly<Record<string, number>> = {},
  ) {
    this.#view = view;
    this.#self = selfMetrics(privileges, closed);
  }

  /** The page for a snapshot, in UTF-8: of the capture, and of the hosts that are in it. */
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
