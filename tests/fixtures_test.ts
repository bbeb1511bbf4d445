// deno-lint-ignore-file camelcase -- the fields of expected.jsonl
// The captures that this project recorded, against what its clients did while they were recorded.

import assert from "node:assert/strict";
import { describe, type Fact, parseEvents, parseExpected } from "./accuracy/facts.ts";
import { describeDifference, match } from "./accuracy/match.ts";
import { badEnd } from "./accuracy/run.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);
const FIXTURES = `${ROOT}tests/fixtures`;

/** A request whose body sizes the server's log tells. */
interface SizedRequest {
  readonly method: string;
  readonly target: string;
  readonly status: number | null;
  readonly request_bytes?: number;
  readonly response_bytes?: number;
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function sniff(file: string): Promise<Run> {
  const args = ["run", "-A", `${ROOT}main.ts`, "sniff", "-r", file, "--events", "-", "-q"];
  const output = await new Deno.Command(Deno.execPath(), { args }).output();
  const [stdout, stderr] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as [string, string];
  return { code: output.code, stdout, stderr };
}

/** What is wrong with the events, a line each. */
function complaints(facts: readonly Fact[], run: Run): string[] {
  const { found, problem } = parseEvents(run.stdout);
  if (problem !== null) return [problem];
  const { missing, extra, differing } = match(facts, found);
  return [
    ...missing.map(({ kind, values }) => `missing ${kind} ${describe(values.flat())}`),
    ...extra.map(({ kind, values }) => `not in the capture: ${kind} ${describe(values)}`),
    ...differing.map((pair) => `${pair.fact.kind}: ${describeDifference(pair)}`),
  ];
}

/** The requests whose bodies are said to have other sizes than the server's log tells. */
function wrongSizes(requests: readonly SizedRequest[], run: Run): string[] {
  const events = run.stdout.split("\n").filter(Boolean)
    .map((line) => JSON.parse(line) as SizedRequest & { kind: string })
    .filter(({ kind }) => kind === "http");
  return requests.flatMap((request) => {
    const i = events.findIndex((event) =>
      event.method === request.method && event.target === request.target &&
      event.status === request.status &&
      event.request_bytes === (request.request_bytes ?? event.request_bytes) &&
      event.response_bytes === (request.response_bytes ?? event.response_bytes)
    );
    if (i < 0) return [`no event with these sizes: ${JSON.stringify(request)}`];
    events.splice(i, 1);
    return [];
  });
}

const lines = (await Deno.readTextFile(`${FIXTURES}/expected.jsonl`)).trim().split("\n");

for (const line of lines) {
  const { file, facts } = parseExpected(line)[0]!;
  const { http } = (JSON.parse(line) as { facts: { http: SizedRequest[] } }).facts;

  Deno.test(`capture ${file}`, async () => {
    const run = await sniff(`${FIXTURES}/${file}`);
    assert.equal(badEnd(run.code, run.stderr.trim()), null, run.stderr);
    assert.deepEqual(complaints(facts, run), []);
    assert.deepEqual(wrongSizes(http.filter((each) => each.response_bytes !== undefined), run), []);
  });
}

Deno.test("every capture is described, and the other way round", async () => {
  const described = lines.map((line) => parseExpected(line)[0]!.file).sort();
  const present: string[] = [];
  for await (const { name } of Deno.readDir(FIXTURES)) {
    if (/\.pcap(ng)?$/.test(name)) present.push(name);
  }
  assert.deepEqual(described, present.sort());
});
