// Several workers count what one does: on every capture that there is.

import assert from "node:assert/strict";
import { PHASES } from "../src/hosts/fields.ts";
import type { HostSnapshot, Snapshot } from "../src/hosts/snapshot.ts";
import { startWorker } from "../src/pipeline/client.ts";
import { openPipeline } from "../src/pipeline/open.ts";
import { testOptions } from "../src/pipeline/testing.ts";
import { SOURCES } from "../src/protocols/analyser.ts";
import { capturesIn, readCapture } from "./read_capture.ts";
import { SHARED_CAPTURES, sharedTest } from "./shared_captures.ts";

const FIXTURES = decodeURIComponent(new URL("fixtures", import.meta.url).pathname);

const MAX_HOSTS = 1_000_000;

/** All files by so many workers. */
async function countedBy(workers: number, files: readonly string[]): Promise<Snapshot> {
  const options = testOptions({ interfaces: [], files, maxHosts: MAX_HOSTS });
  const listener = { ready() {}, progress() {}, warning() {}, eventsFailed() {} };
  const threads = Array.from({ length: workers }, startWorker);
  const { snapshot } = await (await openPipeline(options, listener, null, threads)).ended;
  assert.ok(snapshot !== null);
  return snapshot;
}

/** One file by itself. */
const countedAlone = (file: string): Promise<Snapshot> =>
  readCapture(file, { maxHosts: MAX_HOSTS, event: null });

type Tally = Map<string, number>;

/** Every count of `snapshots`, added up by what is counted. */
function tally(snapshots: readonly Snapshot[]): Tally {
  const sums: Tally = new Map();
  const add = (what: string, count: number) => {
    if (count !== 0) sums.set(what, count + (sums.get(what) ?? 0));
  };
  for (const snapshot of snapshots) {
    for (const host of snapshot.hosts) {
      addHost(host, (what, count) => add(`${host.name}: ${what}`, count));
    }
    for (const { packets, bytes } of snapshot.interfaces) {
      add("packets", packets);
      add("bytes", bytes);
    }
    for (const it of snapshot.decodeErrors) add(`${it.layer} ${it.reason}`, it.count);
    for (const it of snapshot.dnsQueries) add(`dns ${it.type} ${it.rcode}`, it.count);
    for (const it of snapshot.streamGapOutcomes) add(`gaps ${it.outcome}`, it.count);
    for (const it of snapshot.unnamedHellos) add(`${it.protocol} ${it.version}`, it.count);
    for (const it of snapshot.flowsEvicted) add(`evicted ${it.reason}`, it.count);
    add("gaps", snapshot.streamGaps);
    add("repeated", snapshot.repeatedPackets);
    add("open", snapshot.flowsOpen);
  }
  return new Map([...sums].sort(([a], [b]) => a < b ? -1 : 1));
}

function addHost(host: HostSnapshot, add: (what: string, count: number) => void): void {
  SOURCES.forEach((source, i) => add(source, host.hits[i]!));
  PHASES.forEach((phase, i) => add(phase, host.phases[i]?.count ?? 0));
  for (const it of host.requests) add(`${it.method} ${it.code} ${it.version}`, it.count);
  for (const it of host.handshakes) add(`tls ${it.version} ${it.alpn}`, it.count);
  for (const it of host.quicHandshakes) add(`quic ${it.version} ${it.alpn}`, it.count);
  for (const it of host.grpc) add(`grpc ${it.status}`, it.count);
  host.connections.forEach((count, i) => add(`connections ${i}`, count));
  host.connectionsOpen.forEach((count, i) => add(`open ${i}`, count));
  add("errors", host.errors);
  add("sent", host.bytesSent);
  add("received", host.bytesReceived);
  add("request bodies", host.requestBodyBytes);
  add("response bodies", host.responseBodyBytes);
}

/** `least` is how many different counts the captures must have, for the test to mean something. */
async function testSums(captures: readonly string[], least: number): Promise<void> {
  const sum = tally(await Promise.all(captures.map(countedAlone)));
  assert.ok(sum.size >= least, `${sum.size} counts`);
  for (const workers of [2, 3]) {
    assert.deepEqual(tally([await countedBy(workers, captures)]), sum, `${workers} workers`);
  }
}

Deno.test("captures read by two and three workers: the sum of all", () =>
  testSums(capturesIn(FIXTURES), 150));

sharedTest(
  "captures read by two and three workers: the sum of all",
  () => testSums([...capturesIn(FIXTURES), ...capturesIn(SHARED_CAPTURES)], 1000),
);

Deno.test("a capture that is alone is read by one worker as by itself", async () => {
  for (const file of capturesIn(FIXTURES).filter((_, i) => i % 10 === 0)) {
    assert.deepEqual(tally([await countedBy(1, [file])]), tally([await countedAlone(file)]), file);
  }
});
