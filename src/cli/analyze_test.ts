import assert from "node:assert/strict";
import { exampleHost, exampleInspection, exampleSnapshot, hitsBy } from "../outputs/example.ts";
import type { WorkerCommand } from "../pipeline/messages.ts";
import type { ScreenEvents } from "../ui/terminal/screen.tsx";
import type { ScreenState } from "../ui/state/state.ts";
import { PLAIN_THEME, type Theme } from "../ui/terminal/theme.ts";
import { analyze } from "./analyze.ts";
import { createProgram } from "./args.ts";
import { analyzeConfig } from "./config.ts";
import { ANALYZE_OPTIONS } from "./options.ts";
import { resolveOptions } from "./resolve.ts";
import { run } from "./run.ts";
import type { ScreenModule } from "./screen_module.ts";
import { FakeBackend, FakeIo, type FakeWorker, fileScript, liveScript, until } from "./testing.ts";

type Script = (command: WorkerCommand, worker: FakeWorker) => void;

/** A terminal in memory: what is drawn is kept, and keys come from the test. */
class FakeTerminal {
  drawn: ScreenState[] = [];
  isOpen = false;
  listener: ScreenEvents | null = null;
  theme: Theme | null = null;
  fail: (error: Error) => void = () => {};

  readonly module: ScreenModule = {
    raisePriority: () => {},
    terminalSize: () => ({ columns: 100, rows: 24 }),
    openScreen: (state, theme, listener) => {
      this.theme = theme;
      const { promise, reject } = Promise.withResolvers<never>();
      promise.catch(() => {});
      this.fail = reject;
      this.isOpen = true;
      this.listener = listener;
      this.drawn.push(state);
      return {
        draw: (state) => this.drawn.push(state),
        copy: () => {},
        suspend: () => {},
        close: () => {
          this.isOpen = false;
          return Promise.resolve();
        },
        failed: promise,
      };
    },
  };

  get state(): ScreenState {
    return this.drawn.at(-1)!;
  }

  press(...keys: string[]): void {
    for (const key of keys) this.listener!.key(key);
  }
}

const SNAPSHOT = exampleSnapshot({
  hosts: [
    exampleHost("shop.test", { hits: hitsBy({ http: 3, dns: 1 }) }),
    exampleHost("api.test", { hits: hitsBy({ http: 2 }) }),
  ],
  hostsKept: 2,
  interfaces: [{ name: "eth0", packets: 10, bytes: 1000, dropped: null }],
});

/** Parses a command line as the program does, and runs it on a terminal in memory. */
async function start(
  line: string,
  script: Script = liveScript(SNAPSHOT),
  stateHome: string | null = null,
) {
  const capture = new FakeBackend(script);
  const terminal = new FakeTerminal();
  const folder = await Deno.makeTempDir();
  const io = new FakeIo({ XDG_STATE_HOME: stateHome ?? folder });
  io.interactive = true;
  io.terminalWidth = 100;
  const file = `${folder}/picked.tsv`;
  let done: Promise<number> = Promise.resolve(-1);
  const program = createProgram({
    sniff: () => Promise.reject(new Error("not sniff")),
    interfaces: () => Promise.reject(new Error("not interfaces")),
    run: () => Promise.resolve(),
    doctor: () => Promise.resolve(),
    config: () => Promise.resolve(),
    analyze(typed) {
      const config = analyzeConfig(resolveOptions(ANALYZE_OPTIONS, [typed]), io);
      done = analyze(config, io, capture, () => Promise.resolve(terminal.module));
      return Promise.resolve();
    },
  });
  const args = ["analyze", ...line.split(" "), "--extract", file];
  await program.parseAsync(args, { from: "user" });
  return {
    ...{ io, terminal, worker: capture.worker, done, file },
    async shown() {
      await until(() => (terminal.drawn.at(-1)?.rows.length ?? 0) > 0, "the table");
    },
    async cleanUp() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("what is exported is on /metrics from then on, and gone when it no longer is", async () => {
  const { terminal, done, file, shown, cleanUp, io } = await start("-i eth0 -l 127.0.0.1:0");
  await shown();
  const page = async () => await (await fetch(terminal.state.setting.metrics!)).text();
  let text = await page();
  assert.doesNotMatch(text, /\{host=/);
  assert.match(text, /^webstat_capture_packets_total\{interface="eth0"\} 10$/m);
  assert.match(text, /^webstat_hosts 2$/m);
  terminal.press(" ");
  text = await page();
  assert.match(text, /^webstat_hits_total\{host="shop.test",source="http"\} 3$/m);
  assert.doesNotMatch(text, /api\.test/);
  terminal.press("j", " ", "k", " ");
  text = await page();
  assert.match(text, /api\.test/);
  assert.doesNotMatch(text, /shop\.test/);
  assert.match(text, /^webstat_hosts 2$/m, "how many there are is told all the same");
  terminal.press("q");
  assert.equal(await done, 0);
  assert.equal(terminal.isOpen, false);
  assert.equal(
    await Deno.readTextFile(file),
    "INDEX\tDOMAIN\tHITS\tIP\tCITY\n2\tapi.test\t2\t\t\n",
  );
  assert.match(io.err, /^1 host written to .*picked\.tsv\n$/);
  await cleanUp();
});

Deno.test("the page at / has the hosts that are exported, and no others", async () => {
  const { terminal, done, shown, cleanUp } = await start("-i eth0 -l 127.0.0.1:0");
  await shown();
  const get = (path: string) => fetch(terminal.state.setting.metrics!.replace("metrics", path));
  const page = async () => await (await get("")).text();
  assert.doesNotMatch(await page(), /shop\.test|api\.test/);
  terminal.press(" ");
  const text = await page();
  assert.match(text, /<a href="host\/shop\.test">/);
  assert.doesNotMatch(text, /api\.test/);
  for (const [host, status] of [["shop.test", 200], ["api.test", 404]] as const) {
    const answer = await get(`host/${host}`);
    await answer.text();
    assert.equal(answer.status, status);
  }
  terminal.press("q");
  assert.equal(await done, 0);
  await cleanUp();
});

Deno.test("--export exports from the start, also hosts that match a ~regex", async () => {
  const { terminal, done, shown, cleanUp } = await start("-i eth0 -l 0 --export ~^api nothing");
  await shown();
  assert.deepEqual(terminal.state.rows.map(({ exported }) => exported), ["none", "all"]);
  terminal.press("q");
  assert.equal(await done, 0);
  await cleanUp();
});

Deno.test("w writes the file at once", async () => {
  const { terminal, done, file, shown, cleanUp } = await start("-i eth0 -l 0");
  await shown();
  terminal.press("a", "w");
  assert.match(terminal.state.notice!.text, /^2 hosts written to /);
  assert.match(await Deno.readTextFile(file), /^1\tshop\.test\t4\t/m);
  terminal.press("ctrl+c");
  assert.equal(await done, 0);
  await cleanUp();
});

Deno.test("signals restore the terminal, and the extraction file is written", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const { terminal, done, file, shown, cleanUp, io } = await start("-i eth0 -l 0");
    await shown();
    terminal.press(" ");
    io.terminalGone = true;
    io.signal(signal);
    assert.equal(await done, 0);
    assert.equal(terminal.isOpen, false);
    assert.match(await Deno.readTextFile(file), /shop\.test/);
    await cleanUp();
  }
});

Deno.test("an error while drawing ends the program", async () => {
  const { terminal, done, shown, cleanUp } = await start("-i eth0 -l 0");
  await shown();
  terminal.fail(new Error("no such thing"));
  await assert.rejects(done, /no such thing/);
  assert.equal(terminal.isOpen, false);
  await cleanUp();
});

Deno.test("an uncaught error restores the terminal and ends the program", async () => {
  const { terminal, done, shown, cleanUp } = await start("-i eth0 -l 0");
  await shown();
  const event = new ErrorEvent("error", { error: new Error("oh"), cancelable: true });
  globalThis.dispatchEvent(event);
  await assert.rejects(done, /oh/);
  assert.equal(event.defaultPrevented, true, "the runtime prints no stack trace");
  assert.equal(terminal.isOpen, false);
  await cleanUp();
});

Deno.test("d loads the domains, Enter the details of a host, r resets the counters", async () => {
  const script: Script = (command, worker) => {
    liveScript(SNAPSHOT)(command, worker);
    if (command.type !== "inspect") return;
    const inspection = exampleInspection(command.host);
    worker.report({ type: "inspection", id: command.id, inspection });
  };
  const { terminal, worker, done, shown, cleanUp } = await start("-i eth0 -l 0", script);
  await shown();
  terminal.press("enter");
  await until(() => terminal.state.inspection !== null, "the details of the host");
  terminal.press("escape", "d");
  await until(() => terminal.state.table.view === "domain", "the domains");
  terminal.press("r", "y");
  await until(() => worker.commands.some(({ type }) => type === "reset"), "the reset");
  terminal.press("q");
  assert.equal(await done, 0);
  await cleanUp();
});

Deno.test("a file stays on the screen after its end until the user quits", async () => {
  const { terminal, done, io, shown, cleanUp } = await start("-r a.pcap", fileScript(SNAPSHOT));
  await shown();
  assert.equal(terminal.state.capture.phase, "ended");
  assert.equal(terminal.state.setting.metrics, null);
  assert.deepEqual(terminal.state.setting.sources, ["a.pcap"]);
  terminal.press("q");
  assert.equal(await done, 0);
  assert.equal(io.err, "", "nothing is exported, so nothing is written");
  await cleanUp();
});

Deno.test("a failed capture is reported on the screen, and again after it", async () => {
  const { terminal, done, io, shown, cleanUp } = await start(
    "-r a.pcap",
    fileScript(SNAPSHOT, "a.pcap is cut off"),
  );
  await shown();
  assert.equal(terminal.state.notice?.text, "a.pcap is cut off");
  terminal.press("q");
  assert.equal(await done, 1);
  assert.match(io.err, /webstat: a\.pcap is cut off\n$/);
  await cleanUp();
});

Deno.test("a capture that cannot start does not touch the terminal", async () => {
  const script: Script = (command, worker) => {
    if (command.type !== "start") return;
    const failure = { message: "No permission to capture: run with sudo", usage: false };
    worker.report({ type: "ended", snapshot: exampleSnapshot(), failure });
  };
  const { terminal, done, io, cleanUp } = await start("-i eth0 -l 0", script);
  assert.equal(await done, 1);
  assert.equal(io.err, "webstat: No permission to capture: run with sudo\n");
  assert.deepEqual(terminal.drawn, []);
  await cleanUp();
});

Deno.test("exports and view come back at the next start, but not with --no-state", async () => {
  const stateHome = await Deno.makeTempDir();
  const session = async (options: string, ...keys: string[]) => {
    const script = liveScript(SNAPSHOT);
    const started = await start(`-i eth0 -l 0${options}`, script, stateHome);
    await started.shown();
    const { rows, table } = started.terminal.state;
    started.terminal.press(...keys);
    assert.equal(await started.done, 0);
    assert.equal(started.terminal.isOpen, false);
    await started.cleanUp();
    return [
      rows.map(({ name, exported }) => `${name} ${exported}`).join(", "),
      table.view === "domain",
    ];
  };
  const fresh = ["shop.test none, api.test none", false];
  assert.deepEqual(await session("", " ", "S", "q"), fresh);
  const saved = ["api.test none, shop.test all", false];
  assert.deepEqual(await session("", "q"), saved);
  assert.deepEqual(await session(" --no-state", "a", "q", "y"), fresh);
  assert.deepEqual(await session("", "d", "ctrl+c"), saved, "--no-state leaves the file alone");
  await Deno.remove(stateHome, { recursive: true });
});

Deno.test("--theme changes colours, but not if none are wanted", async () => {
  const theme = await Deno.makeTempFile();
  await Deno.writeTextFile(theme, "chart: bold blue\n");
  for (const [options, chart] of [["", "1;34"], [" --no-color", PLAIN_THEME.chart]] as const) {
    const { terminal, done, shown, cleanUp } = await start(`-r a.pcap --theme ${theme}${options}`);
    await shown();
    assert.equal(terminal.theme?.chart, chart);
    terminal.press("q");
    assert.equal(await done, 0);
    await cleanUp();
  }
  await Deno.writeTextFile(theme, "chart: blau\n");
  const { terminal, done, cleanUp } = await start(`-r a.pcap --theme ${theme}`);
  await assert.rejects(done, /:1: "blau" is no colour/);
  assert.deepEqual(terminal.drawn, []);
  await cleanUp();
  await Deno.remove(theme);
});

Deno.test("--json prints the report at the end", async () => {
  const { terminal, done, io, shown, cleanUp } = await start("-i eth0 -l 0 --json");
  await shown();
  terminal.press("q");
  assert.equal(await done, 0);
  assert.equal(JSON.parse(io.out).hosts.length, 2);
  await cleanUp();
});

Deno.test("--json FILE writes the report there at the end", async () => {
  const folder = await Deno.makeTempDir();
  const line = `-i eth0 -l 0 --json ${folder}/report.json`;
  const { terminal, done, io, shown, cleanUp } = await start(line);
  await shown();
  terminal.press("q");
  assert.equal(await done, 0);
  assert.equal(io.out, "");
  assert.equal(JSON.parse(await Deno.readTextFile(`${folder}/report.json`)).hosts.length, 2);
  await cleanUp();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("--json FILE is written although the extraction file cannot be", async () => {
  const folder = await Deno.makeTempDir();
  const line = `-i eth0 -l 0 --json ${folder}/report.json`;
  const { terminal, done, io, file, shown, cleanUp } = await start(line);
  await shown();
  await Deno.writeTextFile(file, "my notes\n");
  terminal.press(" ", "q");
  assert.equal(await done, 1);
  assert.match(
    io.err,
    /^webstat: .*picked\.tsv is not an extraction file and is left unchanged: .*\n$/,
  );
  assert.equal(await Deno.readTextFile(file), "my notes\n");
  assert.equal(JSON.parse(await Deno.readTextFile(`${folder}/report.json`)).hosts.length, 2);
  await cleanUp();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("without a terminal one line names the alternative", async () => {
  for (const args of [["analyze"], ["-m", "analyze"], ["-m", "analyze", "-i", "eth0"]]) {
    const io = new FakeIo();
    assert.equal(await run(args, io, new FakeBackend()), 2);
    assert.match(io.err, /^webstat: [^\n]*terminal[^\n]*sniff --json[^\n]*\n$/);
  }
});

Deno.test("options that exclude a terminal are refused in one line", async () => {
  for (
    const [line, message] of [
      ["--events -", /--events -/],
      ["-r -", /--read -/],
      ["--export ~(", /not a regular expression/],
      ["--theme /no-such-file", /Cannot read \/no-such-file: no such file/],
      [
        "--extract /no-such-folder/x.csv",
        /Cannot write \/no-such-folder\/x\.csv: no such file or folder/,
      ],
    ] as const
  ) {
    const io = new FakeIo();
    io.interactive = true;
    const status = await run(["analyze", ...line.split(" ")], io, new FakeBackend(fileScript()));
    assert.ok(status === 1 || status === 2, line);
    assert.match(io.err, message);
    assert.equal(io.err.trim().split("\n").length, 1);
  }
});
