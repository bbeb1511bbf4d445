// The compiled program, as these tests run it in a lab.

import assert from "node:assert/strict";
import { type Lab, missingForLab, type Namespace } from "../lab/lab.ts";
import type { Daemon, Result } from "../lab/process.ts";

export const WEBSTAT = decodeURIComponent(new URL("../../webstat", import.meta.url).pathname);

/** Why these tests cannot run here, in words; null where they can. */
export function missingForEndToEnd(more: readonly string[] = []): string | null {
  try {
    Deno.statSync(WEBSTAT);
  } catch {
    return "needs ./webstat: deno task compile makes it";
  }
  return missingForLab(more);
}

/** A test of the compiled program; ignored, with the reason in its name, where it cannot run. */
export function endToEnd(
  name: string,
  test: (t: Deno.TestContext) => Promise<void>,
  needs: readonly string[] = [],
): void {
  const missing = missingForEndToEnd(needs);
  Deno.test({
    name: missing === null ? name : `${name} (${missing})`,
    ignore: missing !== null,
    fn: test,
  });
}

/** A webstat that captures and serves. */
export interface Sniffer {
  readonly daemon: Daemon;
  /** Where it serves, without a path. */
  readonly url: string;
  /** How long it took from its start until it said that it is ready, milliseconds. */
  readonly readyAfter: number;
}

/** Starts `webstat sniff` in a namespace and waits for the line that says where it serves. */
export async function startSniff(at: Namespace, args: readonly string[]): Promise<Sniffer> {
  const began = Date.now();
  const daemon = at.start([WEBSTAT, "sniff", ...args]);
  const [url] = await daemon.waitFor(/https?:\/\/[^\s/]+/, 15_000);
  return { daemon, url: url!, readyAfter: Date.now() - began };
}

/** Asks an HTTP server inside of a namespace. */
export async function fetchIn(at: Namespace, url: string): Promise<string> {
  return (await at.run(["curl", "-sS", "-f", "-m", "10", url])).stdout;
}

/** curl in the client's namespace, answers thrown away; names are looked up at the lab's DNS. */
export async function curl(lab: Lab, ...args: string[]): Promise<void> {
  const urls = args.filter((arg) => /^https?:/.test(arg));
  const others = args.filter((arg) => !/^https?:/.test(arg));
  await lab.client.run([
    ...["curl", "-sS", "-k", "-4", "-m", "20", ...others],
    ...urls.flatMap((url) => ["-o", "/dev/null", url]),
  ]);
}

/** Runs webstat with arguments that must fail: one line that says why, and nothing on stdout. */
export function assertRefused(result: Result, code: number, message: RegExp): void {
  assert.equal(result.code, code, result.stderr);
  assert.match(result.stderr, message);
  assert.equal(result.stderr.trim().split("\n").length, 1, `one line:\n${result.stderr}`);
  assert.doesNotMatch(result.stderr, /\n\s+at |Uncaught|\.ts:\d/);
}

/** Nothing but printable characters and line ends. */
export function assertHarmless(text: string, what: string): void {
  // Control characters of ASCII and Latin-1, line and paragraph separators, direction overrides.
  const bad = text.match(
    // deno-lint-ignore no-control-regex
    /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/,
  );
  const at = bad?.index ?? 0;
  assert.equal(bad, null, `${what}: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 20))}`);
}
