// Names from DNS for connections whose own names are taken away: real curl and openssl, a real dnsmasq,
// and tshark, which knows the names that the connections had.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { type Daemon, run, until } from "../lab/process.ts";
import { Nginx } from "../lab/servers.ts";
import { dnsAnswer, dnsQuery, ethernet, ipv4, PROTOCOL, udp } from "../packet_builder.ts";
import { pcap } from "../packets/files.ts";
import { curl, endToEnd, fetchIn, startSniff, WEBSTAT } from "./webstat.ts";

/** The names at each address; those of one address have the same main domain, as most have. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "10.77.0.11": ["www.one.test", "api.one.test"],
  "10.77.0.12": ["www.two.test"],
  "10.77.0.13": ["shop.three.test", "img.three.test", "three.test"],
  "10.77.0.14": ["four.test"],
};
/** At the first address, as the alias of a network that serves others. */
const ALIAS = "www.five.test";
const ALL = [...Object.values(NAMES).flat(), ALIAS];

/** Gives the server the addresses, and starts a DNS server that knows the names. */
async function startNames(lab: Lab): Promise<Daemon> {
  const { server } = lab;
  const records = Object.entries(NAMES).flatMap(([ip, names]) =>
    names.map((name) => `--host-record=${name},${ip}`)
  );
  for (const ip of Object.keys(NAMES)) {
    await server.ip("address", "add", `${ip}/24`, "dev", server.interface);
  }
  const daemon = server.start([
    ...["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"],
    ...["--user=root", "--pid-file=", "--log-facility=-", "--local=/test/", "--no-daemon"],
    ...records,
    `--cname=${ALIAS},www.two.test`,
  ]);
  await daemon.waitFor(/started, version/);
  await lab.useServersDns();
  return daemon;
}

const domainOf = (name: string): string => name.split(".").slice(-2).join(".");

/** The capture without the server names of its ClientHellos: their extension becomes one of no meaning. */
function withoutNames(capture: Uint8Array): Uint8Array {
  const bytes = capture.slice();
  const u16 = (at: number) => bytes[at]! << 8 | bytes[at + 1]!;
  let taken = 0;
  for (let at = 0; at + 9 < bytes.length; at++) {
    // Type 0, its length, that of its list, that of its only name (RFC 6066 section 3).
    const isServerName = u16(at) === 0 && bytes[at + 6] === 0 && u16(at + 2) === u16(at + 4) + 2 &&
      u16(at + 4) === u16(at + 7) + 3 && u16(at + 7) > 3 && u16(at + 7) < 64;
    if (!isServerName) continue;
    bytes[at] = 0xff;
    taken++;
  }
  assert.ok(taken >= ALL.length, `${taken} names were taken away`);
  return bytes;
}

/** The server names that tshark finds, by the client's port. */
async function namesByTshark(file: string): Promise<Map<string, string>> {
  const fields = ["tcp.srcport", "tls.handshake.extensions_server_name"];
  const { stdout } = await run([
    ...["tshark", "-r", file, "-Y", "tls.handshake.type == 1", "-T", "fields"],
    ...fields.flatMap((field) => ["-e", field]),
  ]);
  return new Map(stdout.trim().split("\n").map((line) => line.split("\t") as [string, string]));
}

endToEnd("names from DNS are those that connections had, which tshark knows", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startNames(lab);
  const file = `${lab.directory}/named.pcap`;
  const dump = lab.client.start(["tcpdump", "-i", lab.client.interface, "-U", "-w", file]);
  await dump.waitFor(/listening/);
  // One after another, as a person browses: several connections to some.
  for (const name of [...ALL, ...ALL.toReversed()]) {
    await curl(lab, `https://${name}/`, `https://${name}/page.html`);
  }
  await until(
    "the capture is written",
    async () => (await namesByTshark(file)).size >= 2 * ALL.length,
  );
  await dump.stop();
  const unnamed = `${lab.directory}/unnamed.pcap`;
  await Deno.writeFile(unnamed, withoutNames(await Deno.readFile(file)));
  const { stdout } = await run([WEBSTAT, "sniff", "-r", unnamed, "--events", "-"]);
  const handshakes = stdout.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === "tls");
  const truth = await namesByTshark(file);
  assert.equal(handshakes.length, truth.size);
  assert.ok(handshakes.every(({ host }) => host === ""));
  const named = handshakes.filter(({ name_source }) => name_source === "dns");
  const right = named.filter(({ name, sport }) =>
    domainOf(name) === domainOf(truth.get(String(sport))!)
  );
  assert.ok(named.length >= 0.98 * truth.size, `${named.length} of ${truth.size} have a name`);
  assert.ok(right.length >= 0.95 * named.length, `${right.length} of ${named.length} are right`);
}, ["tshark"]);

/** Many clients ask DNS, and are told more addresses than are kept. */
function manyAnswers(): Uint8Array[] {
  return Array.from({ length: 5000 }, (_, i) => {
    const [client, server] = [`10.1.${i >> 8}.${i & 255}`, "10.0.0.53"];
    const addresses = Array.from({ length: 12 }, (_, j) => `192.0.${j}.${i % 200}`);
    const message = { id: i, name: `n${i % 700}.test`, addresses };
    const protocol = PROTOCOL.UDP;
    const query = udp({ sport: 51000, dport: 53 }, dnsQuery(message));
    const answer = udp({ sport: 53, dport: 51000 }, dnsAnswer(message));
    return [
      ethernet(ipv4({ src: client, dst: server, protocol }, query)),
      ethernet(ipv4({ src: server, dst: client, protocol }, answer)),
    ];
  }).flat();
}

endToEnd("a file gives the same bytes each time, also if names are given up", async () => {
  await using lab = await Lab.create();
  const file = `${lab.directory}/answers.pcap`;
  await Deno.writeFile(file, pcap(manyAnswers()));
  const reports: string[] = [];
  for (let i = 0; i < 3; i++) {
    reports.push((await run([WEBSTAT, "sniff", "-r", file, "--json"])).stdout);
  }
  const [{ what, count }] = JSON.parse(reports[0]!).evicted as [{ what: string; count: number }];
  assert.equal(what, "names");
  assert.ok(count > 1000, `${count} were given up`);
  assert.ok(reports.every((report) => report === reports[0]), "the reports differ");
});

for (const workers of [1, 3]) {
  const name = "live, connections without a name have the one that was asked for";
  endToEnd(`${name}: --workers ${workers}`, async () => {
    await using lab = await Lab.create();
    await Nginx.start(lab);
    await startNames(lab);
    const { client } = lab;
    const options = ["--clients", "--workers", String(workers)];
    const { url } = await startSniff(client, ["-i", client.interface, ...options]);
    const hello = "openssl s_client -noservername -connect api.one.test:443 </dev/null";
    await client.run(["sh", "-c", hello], { mayFail: true });
    await curl(lab, "-0", "-H", "Host:", "http://four.test/");
    await curl(lab, "https://www.two.test/");
    const connections = (host: string, by: string) =>
      `webstat_host_connections_total{host="${host}",transport="tcp",name_source="${by}"} 1`;
    const expected = [
      connections("api.one.test", "dns"),
      connections("www.two.test", "sni"),
      connections("four.test", "dns"),
      'webstat_connections_by_name_source_total{name_source="dns"} 2',
      `webstat_client_hits_total{client="${client.ipv4}",host="four.test",source="http"} 1`,
    ];
    const lacking = async () => {
      const lines = (await fetchIn(client, `${url}/metrics`)).split("\n");
      return expected.filter((line) => !lines.includes(line));
    };
    await until("all are counted", async () => (await lacking()).length === 0).catch(() => {});
    assert.deepEqual(await lacking(), []);
  });
}
