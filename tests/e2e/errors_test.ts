// What bad input and a bad environment get: one line that says what is wrong, and a status.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { run } from "../lab/process.ts";
import { assertRefused, endToEnd, startSniff, WEBSTAT } from "./webstat.ts";

const FIXTURE = decodeURIComponent(
  new URL("../fixtures/http1-keepalive.pcap", import.meta.url).pathname,
);

const webstat = (...args: string[]) => run([WEBSTAT, ...args], { mayFail: true });

endToEnd("wrong usage: status 2 and what is wrong", async (t) => {
  const cases: readonly (readonly [string, string[], RegExp])[] = [
    ["an unknown option", ["sniff", "--no-such-option"], /--no-such-option/],
    ["an unknown command", ["sniffle"], /sniffle/],
    ["a count that is none", ["sniff", "-r", FIXTURE, "-c", "many"], /many/],
    ["a duration that is none", ["sniff", "-r", FIXTURE, "-d", "soon"], /soon/],
    ["a port that is none", ["sniff", "-r", FIXTURE, "-l", "127.0.0.1:99999"], /99999/],
  ];
  for (const [what, args, message] of cases) {
    await t.step(what, async () => assertRefused(await webstat(...args), 2, message));
  }
});

endToEnd("files: missing, not a capture, wrong filter", async (t) => {
  await t.step("no such file", async () => {
    const result = await webstat("sniff", "-r", "/no/such.pcap");
    assertRefused(result, result.code === 2 ? 2 : 1, /\/no\/such\.pcap/);
  });
  await t.step("not a capture file", async () => {
    const script = decodeURIComponent(new URL(import.meta.url).pathname);
    assertRefused(await webstat("sniff", "-r", script), 1, /not a (pcap|capture)|capture file/i);
  });
  await t.step("an empty file", async () => {
    const empty = await Deno.makeTempFile();
    assertRefused(await webstat("sniff", "-r", empty), 1, /capture file|empty/i);
    await Deno.remove(empty);
  });
  await t.step("a wrong filter, in libpcap's words", async () => {
    const result = await webstat("sniff", "-r", FIXTURE, "-f", "prot tcp and");
    assertRefused(result, result.code === 2 ? 2 : 1, /syntax error|filter/);
  });
});

endToEnd("a truncated file: what could be read is reported, and status 1", async () => {
  const cut = FIXTURE.replace("http1-keepalive", "http1-cut-file");
  const result = await webstat("sniff", "-r", cut, "--json");
  assertRefused(result, 1, /truncated|cut|ends/i);
  const report = JSON.parse(result.stdout) as { hosts: { host: string }[] };
  assert.deepEqual(report.hosts.map(({ host }) => host), ["shop.test"]);
});

endToEnd("a full disk: one line and status 1", async () => {
  const result = await webstat("sniff", "-r", FIXTURE, "--events", "/dev/full");
  assertRefused(result, 1, /\/dev\/full|space/);
});

endToEnd("a capture file from standard input, --count, and the original's -m sniff", async () => {
  const input = await Deno.readFile(FIXTURE);
  const all = await run([WEBSTAT, "sniff", "-r", "-", "--json"], { input });
  assert.match(all.stdout, /"shop\.test"/);
  assert.match(all.stdout, /"api\.test"/);
  const few = await run([WEBSTAT, "sniff", "-r", "-", "--json", "-c", "6"], { input });
  assert.match(few.stdout, /"shop\.test"/);
  assert.doesNotMatch(few.stdout, /"api\.test"/);
  const older = await run([WEBSTAT, "-m", "sniff", "-r", FIXTURE, "--json"]);
  const hosts = (report: string) => (JSON.parse(report) as { hosts: unknown }).hosts;
  assert.deepEqual(hosts(older.stdout), hosts(all.stdout));
});

endToEnd("live: no such interface, port in use, not root, wrong filter", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  const sniff = (...args: string[]) => client.run([WEBSTAT, "sniff", ...args], { mayFail: true });

  await t.step("no such interface, and which there are", async () => {
    const result = await sniff("-i", "eth99");
    assertRefused(result, result.code === 2 ? 2 : 1, /eth99/);
    assert.match(result.stderr, new RegExp(client.interface));
  });

  await t.step("a wrong filter", async () => {
    const result = await sniff("-i", client.interface, "-f", "port http or");
    assertRefused(result, result.code === 2 ? 2 : 1, /syntax error|filter/);
  });

  await t.step("the port is in use", async () => {
    const first = await startSniff(client, ["-i", client.interface]);
    const second = await sniff("-i", client.interface);
    assertRefused(second, 1, /8000.*in use|in use.*8000|already/i);
    assert.equal((await first.daemon.stop("SIGINT")).code, 0);
  });

  await t.step("not root", async () => {
    // The tree may not be open to others: they get a copy.
    const copy = `${lab.directory}/webstat`;
    await Deno.copyFile(WEBSTAT, copy);
    await Deno.chmod(lab.directory, 0o755);
    await Deno.chmod(copy, 0o755);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const result = await client.run(
      [...nobody, "env", "HOME=/nonexistent", copy, "sniff", "-i", client.interface],
      { mayFail: true },
    );
    assertRefused(result, 1, /root|sudo|CAP_NET_RAW|permi/i);
  });
});

endToEnd("interfaces lists what can be captured from", async () => {
  await using lab = await Lab.create();
  const { stdout } = await lab.client.run([WEBSTAT, "interfaces", "--json"]);
  const list = JSON.parse(stdout) as { name: string; addresses: unknown }[];
  const lan = list.find(({ name }) => name === lab.client.interface);
  assert.ok(JSON.stringify(lan?.addresses).includes(lab.client.ipv4), stdout);
  const text = await lab.client.run([WEBSTAT, "interfaces"]);
  assert.match(text.stdout, new RegExp(`${lab.client.interface}.*${lab.client.ipv4}`));
});
