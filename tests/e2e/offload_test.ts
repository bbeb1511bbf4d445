// Packets that look different on the interfaces of one machine, for what the network card does is done
// in between: checksums filled in, large segments cut. Their bytes count once.

import assert from "node:assert/strict";
import { Lab, type Namespace } from "../lab/lab.ts";
import { Nginx } from "../lab/servers.ts";
import { type Seen, watch } from "./watch.ts";
import { endToEnd } from "./webstat.ts";

const HOST = "shop.test";
const SIZE = 10_000_000;

/**
 * Makes the server's end of the cable a port of a bridge, and changes what each of both leaves to the
 * network card: "tx off gso off".
 */
async function bridge({ server }: Lab, ofBridge: string, ofPort: string): Promise<void> {
  await server.ip("link", "add", "br0", "type", "bridge");
  await server.ip("address", "flush", "dev", server.interface);
  await server.ip("link", "set", server.interface, "master", "br0");
  await server.configure("br0", [`${server.ipv4}/24`, `${server.ipv6}/64`]);
  await server.run(["ethtool", "-K", "br0", ...ofBridge.split(" ")]);
  await server.run(["ethtool", "-K", server.interface, ...ofPort.split(" ")]);
}

/**
 * Keeps what is on its way small. A busy machine throws away packets of a large window, and what is sent again
 * looks to two interfaces like a copy, or does not.
 */
async function keepWindowsSmall({ client, server }: Lab): Promise<void> {
  for (const side of [client, server]) {
    await side.run(["sysctl", "-q", "-w", "net.ipv4.tcp_rmem=4096 32768 65536"]);
  }
}

/** Small requests, a large answer, and a large request, over both families. */
async function talk({ client, server, directory }: Lab): Promise<void> {
  const curl = ["curl", "-sS", "-o", "/dev/null", "-o", "/dev/null", "--connect-to"];
  for (const address of [server.ipv4, `[${server.ipv6}]`]) {
    const to = [...curl, `::${address}:`];
    await client.run([...to, `http://${HOST}/large.bin`, `http://${HOST}/missing`]);
    await client.run([...to, "-T", `${directory}/large.bin`, `http://${HOST}/upload/put.bin`]);
  }
}

/** What is seen of it on each of some sets of interfaces. */
async function seenOn(lab: Lab, ...sets: readonly (readonly string[])[]): Promise<Seen[]> {
  const large = new Uint8Array(SIZE).fill(0x78);
  await keepWindowsSmall(lab);
  await Nginx.start(lab);
  await Deno.writeFile(`${lab.directory}/nginx/www/large.bin`, large);
  await Deno.writeFile(`${lab.directory}/large.bin`, large.slice(0, 500_000));
  const seen: Seen[] = [];
  const watchFrom = async (at: Namespace, i: number): Promise<void> => {
    if (i === sets.length) return await talk(lab);
    seen[i] = await watch(at, sets[i]!, () => watchFrom(at, i + 1));
  };
  await watchFrom(lab.server, 0);
  return seen;
}

type Bytes = readonly [sent: number, received: number];

const bytesOf = (seen: Seen): Bytes => {
  const { sent_bytes, received_bytes } = seen.host(HOST);
  return [sent_bytes, received_bytes];
};

function assertHits(all: readonly Seen[]): void {
  for (const seen of all) {
    assert.deepEqual(seen.exchanges, [
      "GET shop.test /large.bin 1.1 200",
      "GET shop.test /large.bin 1.1 200",
      "GET shop.test /missing 1.1 404",
      "GET shop.test /missing 1.1 404",
      "PUT shop.test /upload/put.bin 1.1 201",
      "PUT shop.test /upload/put.bin 1.1 204",
    ]);
    assert.equal(seen.host(HOST).connections.tcp, 4);
  }
}

/**
 * On `any` each packet has up to 6 bytes more than on Ethernet. A few segments of thousands may be missing
 * from one of several captures; bytes that are charged twice would be twice as many.
 */
function assertAbout(found: number, least: number, most: number): void {
  const isRight = found >= least * 0.995 && found <= most * 1.12;
  assert.ok(isRight, `${found} bytes, not ${least} to ${most}`);
}

endToEnd("checksums that are filled in on one interface only", async () => {
  await using lab = await Lab.create();
  await bridge(lab, "tso off gso off", "tx off");
  const { interface: name } = lab.server;
  const seen = await seenOn(lab, [name], ["br0"], [name, "br0"], ["any"]);
  assertHits(seen);
  const [port, whole, both, any] = seen.map(bytesOf) as [Bytes, Bytes, Bytes, Bytes];
  for (const i of [0, 1] as const) {
    for (const seen of [whole, both, any]) assertAbout(seen[i], port[i], port[i]);
  }
}, ["ethtool"]);

endToEnd("large segments on one interface, and what they are cut into on another", async () => {
  await using lab = await Lab.create();
  await bridge(lab, "tso on gso on", "tx off tso off gso off");
  const { interface: name } = lab.server;
  const seen = await seenOn(lab, [name], ["br0"], [name, "br0"], ["any"]);
  assertHits(seen);
  const [port, whole, both, any] = seen.map(bytesOf) as [Bytes, Bytes, Bytes, Bytes];
  assert.ok(port[1] > whole[1] * 1.03, "the bridge shows fewer headers");
  // A busy machine sends some again, and captures copies far apart: never twice as much, as without a look.
  assertAbout(both[0], port[0], port[0]);
  assertAbout(both[1], whole[1], port[1]);
  assertAbout(any[0], port[0], port[0]);
  assertAbout(any[1], whole[1], port[1]);
}, ["ethtool"]);
