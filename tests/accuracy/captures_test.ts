// What is found in the real captures beside this project: recall and precision of every kind, tunnels
// included.

import assert from "node:assert/strict";
import { SHARED_CAPTURES, SHARED_CASES, sharedTest } from "../shared_captures.ts";
import { main } from "./accuracy.ts";
import { parseCases, runCases } from "./cases.ts";
import { runner } from "./run.ts";

sharedTest("real captures are read right", async () => {
  assert.equal(await main(["--tunnels", "--min", "0.995", SHARED_CAPTURES]), 0);
});

/** Cases that are not read right yet. */
const PENDING = [
  "tls-warning.pcap",
  "tls-port53-300.pcap",
  "tls-port53-512.pcap",
  "abs-uri-other-host.pcap",
  "dns-udp-proxy2.pcap",
  "tls-tlcp.pcap",
  "version-HTTP_1.10.pcap",
  "dns-forward-pointer.pcap",
];

sharedTest("situations from bug reports are read right", async () => {
  const main = decodeURIComponent(new URL("../../main.ts", import.meta.url).pathname);
  const cases = parseCases(await Deno.readTextFile(`${SHARED_CASES}/cases.jsonl`))
    .filter(({ file }) => !PENDING.includes(file));
  const results = await runCases(SHARED_CASES, cases, runner([Deno.execPath(), "run", "-A", main]));
  assert.deepEqual(results.filter(({ problems }) => problems.length > 0), []);
}, SHARED_CASES);
