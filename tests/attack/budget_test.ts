// Whatever attackers do, what is kept stays within the budget, all of it is given back at the end, and
// ordinary requests beside them are counted in full.

import assert from "node:assert/strict";
import { openFiles } from "../../src/capture/file.ts";
import { HostReader } from "../../src/hosts/read_hosts.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { sum } from "../../src/sums.ts";
import type { Flood } from "./flood.ts";
import { FLOODS } from "./floods.ts";
import { ORDINARY_HOST, writeAttack } from "./traffic.ts";

/** Small, so that a few thousand packets use all of it. */
const BUDGET = 3 << 20;
/** What one batch of packets may bring before something else has to go. */
const TOLERANCE = 1.25;
const PACKETS = 6000;
const ORDINARY_PER_SECOND = 500;

/** What a pipeline keeps and has counted. */
class View {
  readonly pipeline = new Pipeline({ maxHosts: 100, event: null, memory: BUDGET });
  // Texts are packed once: one reader has to see all that is packed.
  readonly #reader = new HostReader();
  kept = 0;
  hostBytes = 0;
  /** Ordinary requests with their answer. */
  answered = 0;

  look(): void {
    const { memoryBytes, hosts } = this.pipeline.packed([], [], 0);
    this.kept = sum(memoryBytes.map(({ count }) => count));
    this.hostBytes = sum(memoryBytes.map(({ what, count }) => what === "hosts" ? count : 0));
    const host = this.#reader.read(hosts).find(({ name }) => name === ORDINARY_HOST);
    this.answered = sum(
      (host?.requests ?? []).filter(({ code }) => code === "200")
        .map(({ count }) => count),
    );
  }
}

/** Writes about PACKETS of an attack; returns how many ordinary requests are beside them. */
function write(flood: Flood, path: string): number {
  const sized = (size: number) =>
    writeAttack(path, flood.rate, (wire) => flood.write(wire, size), ORDINARY_PER_SECOND);
  const { attackPackets } = sized(100);
  return sized(Math.max(1, Math.round(100 * PACKETS / attackPackets))).ordinaryRequests;
}

for (const flood of FLOODS) {
  Deno.test(`the budget holds against ${flood.name}`, async () => {
    const path = await Deno.makeTempFile({ prefix: "webstat-budget-" });
    try {
      const requests = write(flood, path);
      const view = new View();
      const source = openFiles([path]);
      for (let batch = await source.read(); batch !== null; batch = await source.read()) {
        view.pipeline.feed(batch, source.interfaces);
        view.look();
        assert.ok(view.kept <= BUDGET * TOLERANCE, `${view.kept} bytes are kept`);
      }
      view.pipeline.finish();
      view.look();
      assert.equal(view.kept, view.hostBytes, "all but the hosts is given back");
      assert.equal(view.answered, requests);
    } finally {
      await Deno.remove(path);
    }
  });
}
