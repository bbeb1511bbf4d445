import assert from "node:assert/strict";
import { run } from "./run.ts";
import { FakeBackend, FakeIo, fileScript } from "./testing.ts";

/** Runs each line, in which @ is a folder of its own with links into it, and a capture in it. */
async function statuses(lines: readonly string[]): Promise<[status: number, err: string][]> {
  const folder = await Deno.makeTempDir();
  const results: [number, string][] = [];
  try {
    await Deno.mkdir(`${folder}/real`);
    await Deno.symlink(`${folder}/real`, `${folder}/link`);
    await Deno.writeTextFile(`${folder}/capture`, "");
    await Deno.link(`${folder}/capture`, `${folder}/other-name`);
    for (const line of lines) {
      const io = new FakeIo();
      io.interactive = true;
      const args = line.replaceAll("@", folder).split(" ");
      const status = await run(args, io, new FakeBackend(fileScript()));
      results.push([status, io.err]);
      assert.deepEqual([...Deno.readDirSync(`${folder}/real`)], [], "nothing is made");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return results;
}

const refusal = (one: string, other: string): [number, string] => [
  2,
  `webstat: ${one} and ${other} name the same file: name another with one of them\n`,
];

Deno.test("two options that name the same file are refused, however they spell it", async () => {
  const given = {
    "sniff -r a.pcap --events @/real/x --json @/real/x": ["--events", "--json"],
    "sniff -r a.pcap --events @/real/x --json @/real/../link/./x": ["--events", "--json"],
    "sniff -r @/capture --events @/other-name": ["--read", "--events"],
    "sniff -r a.pcap --keylog @/real/x --json @/link/x": ["--keylog", "--json"],
    "analyze -r a.pcap --json @/real/x --extract @/link/x": ["--json", "--extract"],
    "analyze -r a.pcap --events @/real/x --extract @/real/x": ["--events", "--extract"],
    "run --json @/real/z --report @/real/z true": ["--json", "--report"],
    "run --events @/real/z --record-allow @/link/z true": ["--events", "--record-allow"],
  } as const;
  assert.deepEqual(
    await statuses(Object.keys(given)),
    Object.values(given).map(([one, other]) => refusal(one, other)),
  );
});

Deno.test("a capture may be read twice, and a device be written by two", async () => {
  const [reading, running] = await statuses([
    "sniff -r @/capture @/capture --events /dev/null --json @/report",
    "run --json /dev/null --report /dev/null no-such-program",
  ]);
  assert.deepEqual(reading, [0, ""]);
  assert.match(running![1], /cannot run no-such-program: there is no such program/);
});
