// Names that want to be something else: sent for real by clients, they can neither forge a line of
// /metrics or of the events, nor reach a terminal raw.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { run, until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { assertHarmless, endToEnd, fetchIn, startSniff, WEBSTAT } from "./webstat.ts";

const ESCAPES = "\x1b]0;owned\x07\x1b[2J";
const FORGED = 'webstat_hits_total{host="forged",source="http"} 1';

/** Host headers: text as Latin-1 bytes, so that invalid UTF-8 can be sent. */
const HOSTS = [
  `escape${ESCAPES}.test`,
  `quote"} 1 ${FORGED}.test`,
  `back\\slash\\n${FORGED}.test`,
  `return\r${FORGED}`,
  `tab\tvertical\x0bform\x0c.test`,
  "nul\x00.test",
  "invalid\xff\xfe\xc3.test",
  "c1\xc2\x9b31m.test",
  "line\xe2\x80\xa8separator\xe2\x80\xae.test",
  '","kind":"forged","x":"',
  "~other",
  "__proto__",
  "x".repeat(5000),
];

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Server names: whatever a C string can hold. */
const SERVER_NAMES = [
  `sni${ESCAPES}.test`,
  `sni\n${FORGED}\n.test`,
  'sni"quote\\.test',
  "sni\u202e.test",
];

const QUESTIONS = [
  "dns\\010webstat_hits_total\\123host=\\034forged\\034\\125.test",
  "dns\\027[2J.test",
  "dns\\000\\255\\254.test",
  "dns\\034\\092.test",
];

async function attack(lab: Lab): Promise<void> {
  for (const host of HOSTS) {
    const request = `GET /${ESCAPES}" HTTP/1.1\r\nHost: ${host}\r\n` +
      `User-Agent: agent${ESCAPES}\x9b"\r\nConnection: close\r\n\r\n`;
    await lab.client.run(["nc", lab.server.ipv4, "80"], { input: latin1(request), mayFail: true });
  }
  const method = "FORGED HTTP/1.1\r\nHost: method.test\r\nConnection: close\r\n\r\n";
  for (const first of ["G\x1b[2JT", 'G"ET', "VERYLONG".repeat(100), "FROBNICATE", "get"]) {
    const input = latin1(`${first} ${method}`);
    await lab.client.run(["nc", lab.server.ipv4, "80"], { input, mayFail: true });
  }
  for (const name of SERVER_NAMES) {
    await lab.client.run(
      ["openssl", "s_client", "-connect", `${lab.server.ipv4}:443`, "-servername", name],
      { input: "", mayFail: true },
    );
  }
  for (const name of QUESTIONS) {
    await lab.client.run(["dig", `@${lab.server.ipv4}`, "+tries=1", "+time=2", name, "A"], {
      mayFail: true,
    });
  }
}

endToEnd("hostile names forge nothing and stay off the terminal", async (t) => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  const events = `${lab.directory}/events.ndjson`;
  const capture = `${lab.directory}/hostile.pcap`;
  const { client } = lab;
  const tcpdump = client.start(
    ["tcpdump", "-n", "-U", "--immediate-mode", "-i", client.interface, "-w", capture],
  );
  await tcpdump.waitFor(/listening on/);
  const { daemon, url } = await startSniff(
    client,
    ["-i", client.interface, "--events", events, "-v"],
  );
  await attack(lab);
  await client.run(["dig", `@${lab.server.ipv4}`, "last.test", "A"]);
  const page = await until("the last question is counted", async () => {
    const text = await fetchIn(client, `${url}/metrics`);
    return text.includes('host="last.test"') && text;
  });
  await tcpdump.stop("SIGINT");
  const { code, stdout, stderr } = await daemon.stop("SIGINT");

  await t.step("/metrics keeps its grammar, and its label values are whole", async () => {
    assertHarmless(page, "/metrics");
    const sample = /^[a-z_]+(\{([a-z0-9_]+="([^"\\\n]|\\["\\n])*",?)*\})? [-+0-9.e]+(Inf|NaN)?$/i;
    for (const line of page.trimEnd().split("\n")) {
      if (line !== "" && !line.startsWith("# ")) assert.match(line, sample);
      assert.ok(!line.startsWith('webstat_hits_total{host="forged"'), line);
      assert.doesNotMatch(line, /^kind=|"kind":"forged"[^\\]/);
    }
    const names = [...page.matchAll(/^webstat_hits_total\{host="((?:[^"\\]|\\.)*)"/gm)];
    assert.ok(names.length > 15, `${names.length} hosts are counted`);
    const { stdout, stderr } = await client.run(["promtool", "check", "metrics"], { input: page });
    assert.equal(stdout + stderr, "");
  });

  await t.step("methods are of a closed set, and no label is long", () => {
    const methods = [...page.matchAll(/method="([^"]*)"/g)].map(([, method]) => method!);
    assert.deepEqual([...new Set(methods)].sort(), ["GET", "other"]);
    const labels = [...page.matchAll(/="((?:[^"\\]|\\.)*)"/g)].map(([, value]) => value!.length);
    assert.ok(Math.max(...labels) < 2000, `a label of ${Math.max(...labels)} characters`);
  });

  await t.step("each event is one line of JSON with a kind of ours", async () => {
    const bytes = await Deno.readFile(events);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    assertHarmless(text, "the events");
    for (const line of text.trimEnd().split("\n")) {
      const event = JSON.parse(line) as { kind: string };
      assert.ok(["http", "tls", "dns"].includes(event.kind), line);
      assert.equal(line.match(/"kind":/g)?.length, 1, line);
    }
  });

  await t.step("the report and the messages are plain text", () => {
    assert.equal(code, 0, stderr);
    assertHarmless(stdout, "the report");
    assertHarmless(stderr, "the messages");
  });

  await t.step("on a terminal too, where colours are the only escapes", async () => {
    const command = `${WEBSTAT} sniff -r ${capture}`;
    const { stdout } = await run(["script", "-qec", command, "/dev/null"], {
      env: { TERM: "xterm-256color", COLUMNS: "200" },
    });
    assert.match(stdout, /last\.test/);
    // Colours, erasing a line and moving to its begin are webstat's own (progress, table).
    // deno-lint-ignore no-control-regex
    const rest = stdout.replaceAll(/\x1b\[[0-9;]*m|\x1b\[[0-2]?K|\x1b\[\?25[hl]/g, "");
    assertHarmless(rest.replaceAll("\r", ""), "the terminal");
    assert.ok(!stdout.includes("\x1b[2J"));
  });
}, ["promtool", "script"]);
