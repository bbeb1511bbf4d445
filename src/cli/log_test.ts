import assert from "node:assert/strict";
import { Log, type LogOptions, wantsColor } from "./log.ts";
import { FakeIo } from "./testing.ts";

/** What is written by `use`. */
function logged(
  use: (log: Log) => void,
  given: Partial<LogOptions> = {},
  terminal = false,
): string {
  const io = new FakeIo();
  io.stderr.terminal = terminal;
  use(new Log(io, { format: "text", quiet: false, verbose: false, color: false, ...given }));
  return io.err;
}

const everything = (log: Log) => {
  log.debug("details");
  log.info("fine");
  log.warning("odd");
  log.error("bad", "at x");
};

Deno.test("-q leaves errors, -v adds details", () => {
  assert.equal(logged(everything), "fine\nwebstat: warning: odd\nwebstat: bad\n");
  assert.equal(logged(everything, { quiet: true }), "webstat: bad\n");
  assert.equal(
    logged(everything, { verbose: true }),
    "webstat: debug: details\nfine\nwebstat: warning: odd\nwebstat: bad\nwebstat: debug: at x\n",
  );
});

Deno.test("JSON messages are one object on one line, whatever their text", () => {
  const text = logged((log) => log.error('a "quote"\nand \x1b[2J'), { format: "json" });
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.ok(!text.includes("\x1b"));
  assert.deepEqual(JSON.parse(text), {
    time: "2023-11-14T22:13:20.000Z",
    level: "error",
    message: 'a "quote"\nand \x1b[2J',
  });
});

Deno.test("text messages have no control characters, and errors are red only with colour", () => {
  assert.equal(logged((log) => log.error("\x1b[2J")), "webstat: \\u{1b}[2J\n");
  assert.equal(
    logged((log) => log.error("bad"), { color: true }),
    "\x1b[31mwebstat: bad\x1b[0m\n",
  );
});

Deno.test("NO_COLOR and --no-color mean no colour, and so does no terminal", () => {
  assert.equal(wantsColor(new FakeIo(), true, true), true);
  assert.equal(wantsColor(new FakeIo(), false, true), false);
  assert.equal(wantsColor(new FakeIo(), true, false), false);
  assert.equal(wantsColor(new FakeIo({ NO_COLOR: "1" }), true, true), false);
  assert.equal(wantsColor(new FakeIo({ NO_COLOR: "" }), true, true), true);
});

Deno.test("the status line is only shown on terminals, and messages do not mix with it", () => {
  const use = (log: Log) => {
    log.status("half");
    log.warning("odd");
    log.status("");
  };
  assert.equal(logged(use), "webstat: warning: odd\n");
  assert.equal(
    logged(use, {}, true),
    "\r\x1b[Khalf\r\x1b[Kwebstat: warning: odd\n\r\x1b[Khalf\r\x1b[K",
  );
  assert.equal(logged(use, { quiet: true }, true), "");
});
