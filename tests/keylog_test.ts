// Real captures with their key logs, in ../shared: which requests are in them is known.

import assert from "node:assert/strict";
import { compare, eventsOf, parseCases } from "./accuracy/cases.ts";
import { readCapture } from "./read_capture.ts";
import { SHARED_KEY_LOGS, sharedTest } from "./shared_captures.ts";

sharedTest("each request in TLS and QUIC is found, with its host and status", async () => {
  const cases = parseCases(await Deno.readTextFile(`${SHARED_KEY_LOGS}/cases.jsonl`));
  const problems: string[] = [];
  for (const one of cases) {
    let events = "";
    const settings = { maxHosts: 1000, event: (line: string) => void (events += line) };
    const keyLogs = one.keys === null ? [] : [`${SHARED_KEY_LOGS}/${one.keys}`];
    await readCapture(`${SHARED_KEY_LOGS}/${one.file}`, settings, keyLogs);
    problems.push(...compare(one, eventsOf(events)).map((line) => `${one.file}: ${line}`));
  }
  assert.deepEqual(problems, []);
}, SHARED_KEY_LOGS);
