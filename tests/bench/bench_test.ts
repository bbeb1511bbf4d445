import assert from "node:assert/strict";
import { run } from "../lab/process.ts";

const PROGRAM = decodeURIComponent(new URL("bench.ts", import.meta.url).pathname);

const bench = (...args: string[]) =>
  run([Deno.execPath(), "run", "-A", PROGRAM, ...args], { mayFail: true });

Deno.test("bench: --help is one screen", async () => {
  const { code, stdout, stderr } = await bench("--help");
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assert.ok(lines.length <= 36 && lines.every((line) => line.length <= 100));
});

Deno.test("bench: what cannot be meant is one line", async () => {
  const cases: [string[], RegExp][] = [
    [["--round", "3"], /Unknown option '--round': --help tells how/],
    [["--rounds"], /--rounds/],
    [["--rounds", "0"], /--rounds "0": give a whole number from 1/],
    [["nonsense"], /no part "nonsense": there are files, flows, /],
    [["--inputs", "mixed,huge"], /no input "huge": there are mixed, /],
    [["--captures", "/nowhere"], /--captures "\/nowhere": no such folder/],
    [["--binary", "/nowhere"], /no file "\/nowhere": deno task compile/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await bench("--binary", PROGRAM, ...args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, /^bench: [^\n]+\n$/, args.join(" "));
    assert.match(stderr, message);
  }
});
