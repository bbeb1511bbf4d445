// What a push of 100,000 series takes, of processor time and of memory.

import assert from "node:assert/strict";
import process from "node:process";
import { Otlp } from "../../src/push/otlp.ts";
import type { Page, Protocol } from "../../src/push/page.ts";
import { RemoteWrite } from "../../src/push/remote_write.ts";
import { pageOf } from "./pages.ts";

const HOSTS = Array.from({ length: 1000 }, (_, i) => `host-${i}.shop.example`);
const SERIES = 100_000;

/** Bytes that were taken at most, and seconds of processor time, for all requests of a page. */
function cost(page: Page, protocol: Protocol, samples: number): { bytes: number; seconds: number } {
  const memory = process.memoryUsage.rss();
  const before = process.cpuUsage();
  let [count, most] = [0, 0];
  for (const parcel of protocol.parcels(page)) {
    count += parcel.samples;
    most = Math.max(most, process.memoryUsage.rss() - memory);
  }
  const { user, system } = process.cpuUsage(before);
  assert.ok(count >= samples, `only ${count} samples`);
  return { bytes: most, seconds: (user + system) / 1e6 };
}

function test(name: string, protocol: () => Protocol, samples: number): void {
  Deno.test(`${name}: 100,000 series take less than 1 s of processor time, and 150 MB`, () => {
    const page = pageOf(HOSTS, Date.now());
    // A busy machine may be slower for a moment.
    const costs = [1, 2, 3].map(() => cost(page, protocol(), samples));
    const seconds = Math.min(...costs.map((each) => each.seconds));
    const most = Math.max(...costs.map(({ bytes }) => bytes));
    assert.ok(seconds < 1, `${seconds} s`);
    assert.ok(most < 150e6, `${most / 1e6} MB`);
  });
}

test("remote write", () => new RemoteWrite({ job: "webstat", instance: "web-1" }), SERIES);
// A histogram is one data point.
test("OTLP", () => new Otlp({ "service.name": "webstat" }, Date.now()), SERIES / 10);
