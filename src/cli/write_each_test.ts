import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { run } from "./run.ts";
import { FakeBackend, FakeIo, fileScript } from "./testing.ts";

Deno.test("sniff --json FILE is written although standard output cannot be", async () => {
  const folder = await Deno.makeTempDir();
  const io = new FakeIo();
  io.outFailure = new UserError("Cannot write to standard output: no space left on device");
  const args = ["sniff", "-r", "a.pcap", "--json", `${folder}/report.json`];
  assert.equal(await run(args, io, new FakeBackend(fileScript())), 1);
  assert.equal(
    io.err,
    "webstat: Cannot write to standard output: no space left on device\n",
  );
  assert.equal(JSON.parse(await Deno.readTextFile(`${folder}/report.json`)).hosts.length, 1);
  await Deno.remove(folder, { recursive: true });
});
