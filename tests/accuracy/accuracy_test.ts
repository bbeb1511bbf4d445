// The comparison from end to end, on a folder made for it: what is printed, and the exit status.

import assert from "node:assert/strict";
import { parseEvents, parseExpected } from "./facts.ts";
import { match } from "./match.ts";
import { causeOf, remarksOf } from "./report.ts";
import { badEnd } from "./run.ts";
import { tally } from "./tally.ts";

const PROGRAM = decodeURIComponent(new URL("accuracy.ts", import.meta.url).pathname);

async function accuracy(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", PROGRAM, ...args] });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** A folder with expected.jsonl, and the events for each of its captures. */
async function inFolder(
  captures: { file: string; facts: object; events: string }[],
  use: (folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  try {
    const lines = captures.map(({ file, facts }) => JSON.stringify({ file, facts }) + "\n");
    await Deno.writeTextFile(`${folder}/expected.jsonl`, lines.join(""));
    for (const { file, events } of captures) {
      await Deno.writeTextFile(`${folder}/${file}.ndjson`, events);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const tls = (host: string) => `{"kind":"tls","host":"${host}"}\n`;
const plain = { file: "plain.pcap", facts: { tls: [{ host: "a" }, { host: "b" }] } };
const tunnel = { file: "gre.pcap", facts: { tls: [{ host: "c", tags: ["gre"], frame: 7 }] } };

Deno.test("everything found is exit status 0, and the rows say so", async () => {
  await inFolder([{ ...plain, events: tls("b") + tls("a") }], async (folder) => {
    const { code, out } = await accuracy(folder, "--events", folder);
    assert.equal(code, 0, out);
    assert.match(out, /tls +2 +2 +0 +0 +1\.0000 +1\.0000/);
  });
});

Deno.test("what a tunnel hides fails only with --tunnels", async () => {
  const captures = [{ ...plain, events: tls("a") + tls("b") }, { ...tunnel, events: "" }];
  await inFolder(captures, async (folder) => {
    const without = await accuracy(folder, "--events", folder, "-v");
    assert.equal(without.code, 0, without.out);
    assert.match(without.out, /tls +3 +2 +1 +0 +0\.6666[^]+tls +2 +2 +0 +0 +1\.0000/);
    assert.match(without.out, /gre\.pcap tls missing: c \(packet 7, gre\)\n +cause unknown/);
    const all = await accuracy(folder, "--events", folder, "--tunnels");
    assert.equal(all.code, 1);
    assert.match(all.out, /BELOW:\n +tls is below 0\.99/);
  });
});

Deno.test("an event too many is below the least precision, of the kinds that are asked for", async () => {
  await inFolder([{ ...plain, events: tls("a") + tls("b") + tls("x") }], async (folder) => {
    assert.equal((await accuracy(folder, "--events", folder)).code, 1);
    assert.equal((await accuracy(folder, "--events", folder, "--min", "0.6")).code, 0);
    assert.equal((await accuracy(folder, "--events", folder, "--kinds", "dns")).code, 0);
  });
});

Deno.test("what is no event makes the comparison fail, whatever was found", async () => {
  await inFolder([{ ...plain, events: tls("a") + tls("b") + "oops\n" }], async (folder) => {
    const { code, out } = await accuracy(folder, "--events", folder);
    assert.equal(code, 1);
    assert.match(out, /FAILED:\n +plain\.pcap: line 3 is no event: oops/);
  });
});

Deno.test("--json prints what a tool needs", async () => {
  await inFolder([{ ...plain, events: tls("a") }], async (folder) => {
    const { out } = await accuracy(folder, "--events", folder, "--json");
    const { reached, all, captures } = JSON.parse(out);
    assert.equal(reached, false);
    assert.equal(all.find(({ kind }: { kind: string }) => kind === "tls").recall, 0.5);
    assert.equal(captures[0].differences[0].text, "b");
  });
});

Deno.test("a program that ends badly is told capture by capture", async () => {
  await inFolder([{ ...plain, events: "" }], async (folder) => {
    const lost = await accuracy(folder, "--binary", "/bin/false");
    assert.match(lost.out, /FAILED:\n +plain\.pcap: there is no such file/);
    await Deno.writeTextFile(`${folder}/plain.pcap`, "");
    const failing = await accuracy(folder, "--binary", "/bin/false");
    assert.equal(failing.code, 1);
    assert.match(failing.out, /FAILED:\n +plain\.pcap: exit status 1 with 0 lines/);
    const absent = await accuracy(folder, "--binary", `${folder}/nothing`);
    assert.equal(absent.code, 1);
    assert.match(absent.err, /^accuracy: cannot run .+nothing.+\n$/);
  });
});

Deno.test("a folder that is not there is skipped, wrong usage is status 2 and one line", async () => {
  const skipped = await accuracy("/nowhere/at/all");
  assert.equal(skipped.code, 0);
  assert.match(skipped.out, /^Skipped: .+\/nowhere\/at\/all/);
  for (const args of [["--min", "2"], ["--kinds", "ftp"], ["--oops"], ["a", "b"]]) {
    const { code, err } = await accuracy(...args);
    assert.equal(code, 2);
    assert.match(err, /^accuracy: [^\n]+\n$/);
  }
});

Deno.test("how webstat may end: well, or in status 1 with one line", () => {
  assert.equal(badEnd(0, ""), null);
  assert.equal(badEnd(1, "error: x.pcap is cut off: 3 packets were read"), null);
  assert.match(badEnd(1, "") ?? "", /exit status 1/);
  assert.match(badEnd(2, "error: usage") ?? "", /exit status 2/);
  assert.match(badEnd(1, "error: a\nerror: b") ?? "", /2 lines/);
  const trace = "TypeError: x is not a function\n    at decode (file:///src/decode.ts:10:5)";
  assert.match(badEnd(0, trace) ?? "", /stack trace .+: TypeError/);
});

Deno.test("a cause explains only the differences for which all that it gives holds", () => {
  const [capture] = parseExpected(JSON.stringify(tunnel));
  const matching = match(capture!.facts, []);
  const [remark] = remarksOf({ file: "gre.pcap", notes: "", failure: null, matching });
  const cause = "why";
  assert.equal(causeOf(remark!, [{ tag: "gre", cause }]), "why");
  assert.equal(causeOf(remark!, [{ capture: "gre.pcap", kind: "tls", key: "c", cause }]), "why");
  assert.equal(causeOf(remark!, [{ capture: "gre.pcap", key: "d", cause }]), null);
  assert.equal(causeOf(remark!, [{ tag: "gre", kind: "dns", cause }]), null);
});

Deno.test("an event that belongs to a tunnel's fact counts as little as the fact", () => {
  const [capture] = parseExpected(JSON.stringify(tunnel));
  const matching = match(capture!.facts, parseEvents(tls("c") + tls("x")).found);
  const row = tally([matching], ["gre"]).find(({ kind }) => kind === "tls");
  assert.deepEqual([row?.expected, row?.events, row?.extra], [0, 1, 1]);
});

Deno.test("texts from the wire cannot reach the terminal raw", () => {
  const fact = { host: "a\u001b[2J\u009b b", qtype: "A", rcode: null };
  const [capture] = parseExpected(JSON.stringify({ file: "x", facts: { dns: [fact] } }));
  const matching = match(capture!.facts, []);
  const [remark] = remarksOf({ file: "x", notes: "", failure: null, matching });
  assert.equal(remark?.text, '"a\\u001b[2J? b" A -');
});

Deno.test("the program that --binary names is asked for the events of each capture", async () => {
  await inFolder([{ ...plain, events: "" }], async (folder) => {
    const script = `#!/bin/sh
[ "$*" = "sniff -r ${folder}/plain.pcap --events - -q" ] || exit 2
printf '{"kind":"tls","host":"a"}\\n{"kind":"tls","host":"b"}\\n'
printf 'error: cut \\033off\\n' >&2
exit 1
`;
    await Deno.writeTextFile(`${folder}/plain.pcap`, "");
    await Deno.writeTextFile(`${folder}/webstat`, script, { mode: 0o755 });
    const { code, out } = await accuracy(folder, "--binary", `${folder}/webstat`);
    assert.equal(code, 0, out);
    assert.match(out, /webstat's own messages:\n +plain\.pcap: error: cut \?off\n/);
  });
});
