// Where servers are, by the data inside of the compiled program: also without a home, and when two
// start at once.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx } from "../lab/servers.ts";
import { endToEnd, fetchIn, startSniff, WEBSTAT } from "./webstat.ts";

/** Addresses whose country will not change soon; the lab's server has them too. */
const SERVERS = { "8.8.8.8": "US", "2001:4860:4860::8888": "US" };

interface Report {
  readonly hosts: {
    readonly host: string;
    readonly addresses: { readonly ip: string; readonly country: string; readonly city: string }[];
  }[];
}

endToEnd("--location: country of public servers, a plain word for private ones", async (t) => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  for (const address of Object.keys(SERVERS)) {
    await server.ip("address", "add", address, "dev", server.interface);
    await client.ip("route", "add", address, "dev", client.interface);
  }
  await Nginx.start(lab);
  const capture = `${lab.directory}/places.pcap`;
  const tcpdump = client.start(
    ["tcpdump", "-n", "-U", "--immediate-mode", "-i", client.interface, "-w", capture],
  );
  await tcpdump.waitFor(/listening on/);
  const { daemon, url } = await startSniff(client, ["-i", client.interface, "--location"]);
  const get = async (address: string) => {
    const at = address.includes(":") ? `[${address}]` : address;
    await client.run(["curl", "-sS", "-o", "/dev/null", "-H", "Host: far.test", `http://${at}/`]);
  };
  for (const address of [...Object.keys(SERVERS), server.ipv4]) await get(address);
  const page = await until("three requests are counted", async () => {
    const text = await fetchIn(client, `${url}/metrics`);
    return (text.match(/^webstat_hits_total\{host="far\.test".*country=/gm) ?? []).length >= 2 &&
      text;
  });
  await tcpdump.stop("SIGINT");

  await t.step("as labels, live", async () => {
    assert.match(page, /webstat_hits_total\{host="far\.test",.*country="US"/);
    assert.match(page, /webstat_hits_total\{host="far\.test",.*"private"/);
    assert.equal((await daemon.stop("SIGINT")).code, 0);
  });

  await t.step("two at once, without a home to write to", async () => {
    const sniff = () =>
      client.run(
        [
          "env",
          "-u",
          "XDG_CACHE_HOME",
          "HOME=/nonexistent",
          WEBSTAT,
          "sniff",
          "-r",
          capture,
          "--location",
          "--ip",
          "--json",
        ],
      );
    const reports = await Promise.all([sniff(), sniff()]);
    for (const { stdout } of reports) {
      const { hosts } = JSON.parse(stdout) as Report;
      const countries = Object.fromEntries(
        hosts[0]!.addresses.map(({ ip, country }) => [ip, country]),
      );
      for (const [address, country] of Object.entries(SERVERS)) {
        assert.equal(countries[address], country, stdout);
      }
      assert.ok(JSON.stringify(hosts[0]!.addresses).includes("private"));
    }
  });
});
