// The lab itself: its servers answer, its second cable impairs, and nothing of it stays behind.

import assert from "node:assert/strict";
import { Lab, missingForLab, removeLeftovers } from "./lab.ts";
import { run } from "./process.ts";
import { Nginx, startDnsmasq } from "./servers.ts";
import { TapLink } from "./tap_link.ts";

const missing = missingForLab();

function labTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: missing === null ? name : `${name} (${missing})`,
    ignore: missing !== null,
    fn,
  });
}

const namespaces = async () => (await run(["ip", "netns", "list"])).stdout;

labTest("a lab serves its names over HTTP, HTTPS and DNS, and leaves nothing behind", async () => {
  let names: string[];
  let directory: string;
  let pids: number[];
  {
    await using lab = await Lab.create();
    names = [lab.client.name, lab.server.name];
    directory = lab.directory;
    const nginx = await Nginx.start(lab);
    const dnsmasq = await startDnsmasq(lab);
    await lab.useServersDns();
    const curl = ["curl", "-sS", "--cacert", nginx.certificates.authority];
    assert.match((await lab.client.run([...curl, "http://shop.test/"])).stdout, /hello/);
    assert.match((await lab.client.run([...curl, "-6", "https://blog.test/"])).stdout, /hello/);
    const log = await nginx.takeLog();
    assert.deepEqual(log.map(({ request, tls }) => [request, tls]), [
      ["GET / HTTP/1.1", ""],
      ["GET / HTTP/2.0", "TLSv1.3"],
    ]);
    pids = [dnsmasq.pid];
  }
  const left = await namespaces();
  assert.deepEqual(names.filter((name) => left.includes(name)), []);
  await assert.rejects(Deno.stat(directory));
  await assert.rejects(Deno.stat(`/etc/netns/${names[0]}`));
  for (const pid of pids) await assert.rejects(Deno.stat(`/proc/${pid}`));
});

labTest("what a lab left whose process died is removed by the next", async () => {
  const { pid } = await endedProcess();
  const name = `webstat-lab-${pid}-abc123-client`;
  await run(["ip", "netns", "add", name]);
  await removeLeftovers();
  assert.ok(!(await namespaces()).includes(name));
});

labTest("a link delivers everything, or loses everything", async () => {
  await using lab = await Lab.create();
  await startDnsmasq(lab);
  const ask = async (impairment: { lose: number }) => {
    await using link = await TapLink.create(lab.client, lab.server, {
      impairment: { seed: 1, delay: 0, repeat: 0, ...impairment },
    });
    const dig = ["dig", `@${link.serverAddress}`, "+short", "+tries=1", "+time=1", "shop.test"];
    return (await lab.client.run(dig, { mayFail: true })).stdout.trim();
  };
  assert.equal(await ask({ lose: 0 }), lab.server.ipv4);
  assert.match(await ask({ lose: 1 }), /timed out|no servers/);
});

async function endedProcess(): Promise<{ pid: number }> {
  const child = new Deno.Command("true").spawn();
  await child.status;
  return { pid: child.pid };
}
