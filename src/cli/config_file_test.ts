import assert from "node:assert/strict";
import { ConfigFile } from "./config_file.ts";
import { ANALYZE_OPTIONS, type ConfiguredCommand, RUN_OPTIONS, SNIFF_OPTIONS } from "./options.ts";
import { resolveOptions } from "./resolve.ts";
import { run } from "./run.ts";
import { FakeBackend, FakeIo, fileScript } from "./testing.ts";

async function withFile(text: string, use: (path: string) => Promise<void> | void): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

const EXAMPLE = `# An example
interface: [eth0, wlan0]
max-hosts: 500
promiscuous: false
ip: yes
duration: 5m
analyze:
  max-hosts: 50
  listen: :9001
run:
  allow: packages.test
`;

const TABLES = { sniff: SNIFF_OPTIONS, analyze: ANALYZE_OPTIONS, run: RUN_OPTIONS };

function valuesFor(file: ConfigFile, command: ConfiguredCommand): Record<string, unknown> {
  return resolveOptions(TABLES[command], [file.sourceFor(command)]).values;
}

Deno.test("the top of the configuration file is for sniff and analyze, sections for one command", async () => {
  await withFile(EXAMPLE, (path) => {
    const file = ConfigFile.read(path);
    const sniff = valuesFor(file, "sniff");
    assert.deepEqual(sniff["interfaces"], ["eth0", "wlan0"]);
    assert.equal(sniff["maxHosts"], 500);
    assert.equal(sniff["promiscuous"], false);
    assert.equal(sniff["ip"], true);
    assert.equal(sniff["duration"], 300_000);
    const analyze = valuesFor(file, "analyze");
    assert.equal(analyze["maxHosts"], 50);
    assert.equal(analyze["ip"], true);
    assert.deepEqual(analyze["listen"], { hostname: "", port: 9001 });
    const command = valuesFor(file, "run");
    assert.deepEqual(command["allow"], ["packages.test"]);
    assert.equal(command["maxHosts"], 1000);
  });
});

/** Runs a command line with a configuration file at the usual place. */
async function webstat(line: string, configFile: string | null, env: Record<string, string> = {}) {
  const io = new FakeIo(env);
  io.configFile = configFile;
  const capture = new FakeBackend(fileScript());
  const status = await run(line.split(" "), io, capture);
  return { status, out: io.out, err: io.err, capture };
}

Deno.test("the command line goes before the environment, that before the file", async () => {
  await withFile("max-hosts: 1\nsnaplen: 100\nbuffer-size: 64\n", async (path) => {
    const { capture } = await webstat("sniff -r a.pcap --max-hosts 3", path, {
      WEBSTAT_MAX_HOSTS: "2",
      WEBSTAT_SNAPLEN: "200",
    });
    const [command] = capture.worker.commands;
    assert.equal(command?.type, "start");
    const { maxHosts, snaplen, bufferSize } = command.options;
    assert.deepEqual([maxHosts, snaplen, bufferSize], [3, 200, 64 << 20]);
  });
});

Deno.test("--config names another file, which has to be there", async () => {
  await withFile("max-hosts: 7\n", async (path) => {
    const { capture } = await webstat(`sniff -r a.pcap --config ${path}`, null);
    const [command] = capture.worker.commands;
    assert.equal(command?.type === "start" && command.options.maxHosts, 7);
  });
  const { status, err } = await webstat("sniff --config ./none.yaml", null);
  assert.deepEqual([status, err], [
    2,
    "webstat: Cannot read ./none.yaml: no such file or folder\n",
  ]);
});

Deno.test("a capture file is neither served nor added to the events, as the file has it for live", async () => {
  await withFile("listen: 127.0.0.1:0\nevents: ./none/events.json\n", async (path) => {
    const { status, err } = await webstat("sniff -r a.pcap", path);
    assert.deepEqual([status, err], [0, ""]);
  });
});

Deno.test("a wrong configuration file is one line with line and column", async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["max-host: 5\n", /line 1, column 1: unknown key "max-host": did you mean max-hosts\?$/m],
    ["zzz: 5\n", /unknown key "zzz": keys are the long names of options, without the dashes$/m],
    ["analyze:\n  allow: x\n", /line 2, column 3: unknown key "allow"/],
    ["max-hosts: many\n", /line 1, column 12: max-hosts "many": give a whole number from 1 to /],
    ["max-hosts: [1, 2]\n", /line 1, column 12: one value is expected/],
    ["ip: perhaps\n", /line 1, column 5: ip "perhaps": give true or false/],
    ["process: foo\n", /line 1, column 10: process "foo": give name, cmdline, true or false$/m],
    ["interface: {a: b}\n", /line 1, column 12: one value is expected/],
    ["- interface\n", /line 1, column 1: a map is expected/],
    ["a: b: c\n", /line 1, column 4: Nested mappings are not allowed/],
  ];
  for (const [text, message] of wrong) {
    await withFile(text, async (path) => {
      const { status, err } = await webstat("sniff -r a.pcap", path);
      assert.ok(err.startsWith(`webstat: ${path}, `), err);
      assert.match(err, message);
      assert.equal(err.split("\n").length, 2, err);
      // A service is not started again and again for it.
      assert.equal(status, 2);
    });
  }
});

Deno.test("config check says whether the file is right", async () => {
  await withFile(EXAMPLE, async (path) => {
    const { status, out } = await webstat("config check", path);
    assert.deepEqual([status, out], [0, `${path} is right\n`]);
  });
  await withFile("run:\n  events: '-'\n", async (path) => {
    const { status, err } = await webstat(`config check --config ${path}`, null);
    assert.equal(status, 2);
    assert.match(err, /line 2, column 11: events - cannot be used with run/);
  });
  const { status, err } = await webstat("config check", null);
  assert.equal(status, 2);
  assert.match(err, /name a file with --config/);
});

Deno.test("metrics and patterns that are wrong are told with their place, by config check too", async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["metrics: foo\n", /, line 1, column 10: metrics "foo": give names of metrics or hits, /],
    ["exclude: ~(\n", /, line 1, column 10: exclude: "~\(" is not a regular expression$/m],
    ["analyze:\n  export: ['~(']\n", /, line 2, column 11: export: "~\(" is not a regular expres/],
    ["analyze:\n  metrics: foo\n", /, line 2, column 12: metrics "foo": give names/],
    ["run:\n  deny: a:80\n", /, line 2, column 9: deny: "a:80" is no host and no \*\.domain$/m],
  ];
  for (const [text, message] of wrong) {
    await withFile(text, async (path) => {
      const { status, err } = await webstat("config check", path);
      assert.equal(status, 2);
      assert.match(err, message);
    });
  }
});

Deno.test("config show prints a configuration file, and where each value is from", async () => {
  await withFile(EXAMPLE, async (path) => {
    const { out } = await webstat("config show analyze", path, { WEBSTAT_SNAPLEN: "100" });
    const line = (key: string) => out.split("\n").find((each) => each.startsWith(`${key}:`)) ?? "";
    assert.match(
      line("interface"),
      /^interface: \["eth0","wlan0"\] +# .*, line 2, column 12: interface$/,
    );
    assert.match(line("max-hosts"), /^max-hosts: 50 +# .*, line 8, column 14: max-hosts$/);
    assert.match(line("snaplen"), /^snaplen: 100 +# WEBSTAT_SNAPLEN$/);
    assert.match(line("promiscuous"), /^promiscuous: false +# .*: promiscuous$/);
    assert.match(line("state"), /^state: true +# default$/);
    assert.match(line("filter"), /^filter: null +# default$/);
    await withFile(out, async (shown) => {
      const again = await webstat(`config show analyze --config ${shown}`, null);
      const values = (text: string) => text.split("\n").map((each) => each.split("#")[0]!.trim());
      assert.deepEqual(values(again.out), values(out));
    });
  });
});

Deno.test("config show run prints the section of run, which is read as that again", async () => {
  await withFile(EXAMPLE, async (path) => {
    const { out } = await webstat("config show run", path);
    assert.match(out, /^run:\n( {2}\S.*\n)+$/);
    assert.match(out, /^ {2}allow: \["packages\.test"\] +# .*, line 11, column 10: allow$/m);
    await withFile(out, async (shown) => {
      const checked = await webstat(`config check --config ${shown}`, null);
      assert.deepEqual([checked.status, checked.err], [0, ""]);
      const again = await webstat(`config show run --config ${shown}`, null);
      const values = (text: string) => text.split("\n").map((each) => each.split("#")[0]!.trim());
      assert.deepEqual(values(again.out), values(out));
    });
  });
});

Deno.test("variables that nothing reads are warned of", async () => {
  const env = { WEBSTAT_MAX_HOST: "5", WEBSTAT_MAX_HOSTS: "5", HOME: "/" };
  const { status, err } = await webstat("sniff -r a.pcap", null, env);
  assert.deepEqual([status, err], [
    0,
    "webstat: warning: WEBSTAT_MAX_HOST is no variable of webstat's: ignored\n",
  ]);
});
