import assert from "node:assert/strict";
import { memoryBudget } from "../memory_budget.ts";
import { VERSION } from "../version.ts";
import { type OptionDefinition, type OptionTable, variableName } from "./option_definition.ts";
import { ANALYZE_OPTIONS, INTERFACES_OPTIONS, SNIFF_OPTIONS } from "./options.ts";
import { resolveOptions } from "./resolve.ts";
import { run } from "./run.ts";
import { FakeBackend, FakeIo, fileScript, liveScript } from "./testing.ts";

/** Runs a command line to its end, with streams in memory. */
async function webstat(line: string, env: Record<string, string> = {}, script = fileScript()) {
  const io = new FakeIo(env);
  const capture = new FakeBackend(script);
  const status = await run(line.split(" ").filter((arg) => arg !== ""), io, capture);
  return { status, out: io.out, err: io.err, capture };
}

Deno.test("--version and --help go to standard output and succeed", async () => {
  assert.deepEqual(pick(await webstat("--version")), [0, VERSION + "\n", ""]);
  for (const line of ["--help", "sniff --help", "help sniff", "interfaces --help"]) {
    const { status, out, err } = await webstat(line);
    assert.deepEqual([status, err], [0, ""], line);
    assert.match(out, /^Usage: webstat/);
    const lines = out.split("\n");
    assert.ok(lines.every((each) => each.length <= 80), `${line} is wider than a terminal`);
    assert.ok(lines.length <= 80, `${line} is longer than a tall screen`);
  }
});

const TABLES: Readonly<Record<string, OptionTable>> = {
  sniff: SNIFF_OPTIONS,
  analyze: ANALYZE_OPTIONS,
  interfaces: INTERFACES_OPTIONS,
};

Deno.test("every option is in the help, with its default, on one line", async () => {
  for (const [command, table] of Object.entries(TABLES)) {
    const { out } = await webstat(`${command} --help`);
    const lines = out.split("\n");
    for (const option of Object.values(table)) {
      const line = lines.find((each) => each.includes(` ${option.flags} `))!;
      assert.ok(line?.includes(option.help), `${command} ${option.flags}`);
      if (option.default !== undefined) assert.match(line, /\(default: .+\)$/);
    }
  }
});

Deno.test("the help of what captures says how options are given otherwise", async () => {
  for (
    const [command, table] of [["sniff", SNIFF_OPTIONS], ["analyze", ANALYZE_OPTIONS]] as const
  ) {
    const { out } = await webstat(`${command} --help`);
    const named = /\((WEBSTAT_\w+)=/.exec(out)?.[1] ?? "none";
    assert.ok(Object.values<OptionDefinition>(table).map(variableName).includes(named), named);
    assert.match(out, /\/etc\/webstat\.yaml/);
  }
});

Deno.test("every default is a valid value, and no two options share a name", () => {
  for (const table of Object.values(TABLES)) {
    const options: OptionDefinition[] = Object.values(table);
    const names = options.flatMap(({ flags }) => flags.match(/(?<=^|, )--?[\w-]+/g)!);
    assert.deepEqual(names, [...new Set(names)]);
    const { values } = resolveOptions(table, []);
    assert.deepEqual(Object.keys(values), Object.keys(table));
  }
  const { values } = resolveOptions(SNIFF_OPTIONS, []);
  assert.deepEqual([values.promiscuous, values.ip, values.filter], [true, false, null]);
  assert.deepEqual([values.interfaces, values.bufferSize], [[], 32 * 1024 * 1024]);
});

Deno.test("errors are JSON only with --log-format json", async () => {
  assert.match((await webstat("json")).err, /^webstat: Unknown command 'json'/);
  for (const flag of ["--log-format json", "--log-format=json"]) {
    const { err } = await webstat(`sniff ${flag} -c 0`);
    assert.match(JSON.parse(err).message, /^--count "0": give a whole number/);
  }
  const { err } = await webstat("sniff -c 0", { WEBSTAT_LOG_FORMAT: "json" });
  assert.equal(JSON.parse(err).level, "error");
});

Deno.test("without a command the help is shown on standard error", async () => {
  const { status, out, err } = await webstat("");
  assert.deepEqual([status, out], [2, ""]);
  assert.match(err, /^Usage: webstat/);
});

Deno.test("-m sniff means sniff, wherever it stands", async () => {
  for (const line of ["-m sniff -r a.pcap", "-r a.pcap -m sniff", "--mode=sniff -r a.pcap"]) {
    const { status, capture } = await webstat(line);
    assert.equal(status, 0, line);
    assert.deepEqual(startOptions(capture).files, ["a.pcap"], line);
  }
});

Deno.test("options reach the pipeline", async () => {
  const { capture } = await webstat(
    "sniff -r a.pcap b.pcap -r c.pcap -f tcp -c 5 --snaplen 96 --buffer-size 4 --max-hosts 7 " +
      "--buckets 0.0001,0.01,1 --by domain --dns-only-hosts=false --privacy --exclude ads ~^x\\.",
  );
  assert.deepEqual(startOptions(capture), {
    interfaces: [],
    files: ["a.pcap", "b.pcap", "c.pcap"],
    fresh: false,
    filter: "tcp",
    snaplen: 96,
    targets: false,
    bufferSize: 4 * 1024 * 1024,
    promiscuous: true,
    keyLogs: [],
    maxHosts: 7,
    maxPairs: 5000,
    buckets: [0.0001, 0.01, 1],
    by: "domain",
    dnsOnlyHosts: false,
    routes: null,
    privateSuffixes: false,
    asnDb: null,
    clients: false,
    dnsNames: true,
    privacy: true,
    exclude: ["ads", "~^x\\."],
    memory: memoryBudget(null),
    count: 5,
    events: false,
    watch: false,
  });
});

Deno.test("options that are not typed come from the environment", async () => {
  const env = {
    WEBSTAT_READ: "a.pcap,b.pcap",
    WEBSTAT_MAX_HOSTS: "12",
    WEBSTAT_NO_PROMISCUOUS: "1",
    WEBSTAT_JSON: "true",
    WEBSTAT_QUIET: "0",
  };
  const { capture, out } = await webstat("sniff --max-hosts 5", env);
  const options = startOptions(capture);
  assert.deepEqual(options.files, ["a.pcap", "b.pcap"]);
  assert.equal(options.maxHosts, 5);
  assert.equal(options.promiscuous, false);
  assert.equal(JSON.parse(out).hosts[0].host, "a.example");
});

Deno.test("errors in the environment name the variable", async () => {
  const bad = await webstat("sniff", { WEBSTAT_DURATION: "soon" });
  assert.deepEqual([bad.status, bad.out], [2, ""]);
  assert.match(bad.err, /^webstat: WEBSTAT_DURATION "soon": /);
  const odd = await webstat("sniff", { WEBSTAT_IP: "perhaps" });
  assert.match(odd.err, /^webstat: WEBSTAT_IP "perhaps": give true or false\n$/);
});

Deno.test("run leaves standard output to its command, whatever would go there", async () => {
  for (const option of ["--events", "--json", "--report", "--record-allow"]) {
    const { status, err } = await webstat(`run ${option} - -- true`);
    assert.equal(status, 2);
    assert.equal(
      err,
      `webstat: ${option} - cannot be used with run: standard output is the command's; name a file\n`,
    );
  }
});

Deno.test("-r on the command line goes before WEBSTAT_INTERFACE", async () => {
  const { status, capture } = await webstat("sniff -r a.pcap", { WEBSTAT_INTERFACE: "eth0" });
  assert.equal(status, 0);
  assert.deepEqual(startOptions(capture).interfaces, []);
});

Deno.test("without -i the default interface is used", async () => {
  const script = liveScript();
  const { capture, err } = await webstat("sniff -l 0 -d 10ms", {}, script);
  assert.deepEqual(startOptions(capture).interfaces, ["eth7"]);
  assert.match(err, /listening on eth7/);
});

Deno.test("interfaces lists them as a table and as JSON, without control characters", async () => {
  const { status, out } = await webstat("interfaces");
  assert.equal(status, 0);
  assert.equal(
    out,
    "index  name           addresses      state\n" +
      "    1  lo             127.0.0.1 ::1  up, loopback\n" +
      "    2  eth0\\u{1b}[2J  -              up, no carrier\n",
  );
  const json = await webstat("interfaces --json");
  assert.ok(!json.out.includes("\x1b"));
  assert.deepEqual(JSON.parse(json.out)[0], {
    index: 1,
    name: "lo",
    description: "",
    addresses: ["127.0.0.1", "::1"],
    up: true,
    running: true,
    loopback: true,
  });
});

Deno.test("unexpected errors are one line too; with -v the stack follows", async () => {
  const broken = () => {
    throw new TypeError("x is not a function\n    at y");
  };
  for (const [line, lines] of [["sniff -r a", 1], ["sniff -r a -v", 2]] as const) {
    const io = new FakeIo();
    const capture = new FakeBackend();
    capture.startWorker = broken;
    assert.equal(await run(line.split(" "), io, capture), 1);
    const told = io.err.split("\n").filter((each) => each.startsWith("webstat: "));
    assert.equal(told.length, lines);
    assert.match(told[0]!, /^webstat: Internal error \(TypeError: x is not a function\)/);
  }
});

function pick({ status, out, err }: { status: number; out: string; err: string }) {
  return [status, out, err];
}

function startOptions(capture: FakeBackend) {
  const [command] = capture.worker.commands;
  assert.equal(command?.type, "start");
  return command.options;
}
