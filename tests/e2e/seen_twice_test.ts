// Traffic that an interface shows in a wrapping, or that several interfaces show at once, watched: it is
// what it would be on one plain interface, and counts once.

import assert from "node:assert/strict";
import { Lab, type Namespace } from "../lab/lab.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { TapLink } from "../lab/tap_link.ts";
import { joinByVxlan, OVERLAY } from "../lab/vxlan.ts";
import { type Seen, watch } from "./watch.ts";
import { endToEnd } from "./webstat.ts";

/** How much more a host may weigh in a capture on `any`, which shows other link layers than Ethernet. */
const MORE = 1.15;

/** And on two interfaces, of which one shows segments joined that the other shows apart. */
const JOINED = 1.1;

/** What the client asks of the server at `address`; HITS counts it. */
async function talk({ client }: Lab, address: string): Promise<void> {
  const curl = ["curl", "-sS", "-k", "-o", "/dev/null", "--connect-to", `::${address}:`];
  await client.run([
    ...curl,
    "http://shop.test/longer.txt",
    "-o",
    "/dev/null",
    "http://shop.test/missing",
  ]);
  await client.run([...curl, "-d", "a=1&b=two", "http://api.test/form"]);
  await client.run([...curl, "https://blog.test/long.txt"]);
  const dig = ["dig", `@${address}`, "+tries=1", "+time=5"];
  await client.run([...dig, "shop.test", "A"]);
  await client.run([...dig, "shop.test", "AAAA"]);
  await client.run([...dig, "+tcp", "missing.test", "A"]);
}

const EXCHANGES = [
  "GET shop.test /longer.txt 1.1 200",
  "GET shop.test /missing 1.1 404",
  "POST api.test /form 1.1 200",
];

const HITS = {
  "api.test http": 1,
  "blog.test tls": 1,
  "missing.test dns": 1,
  "shop.test dns": 2,
  "shop.test http": 2,
};

function assertSeenOnce(seen: Seen): void {
  assert.deepEqual(seen.exchanges, EXCHANGES);
  assert.deepEqual(seen.hits, HITS);
  assert.deepEqual([seen.of("tls").length, seen.of("dns").length], [1, 3]);
  assert.deepEqual(seen.host("shop.test").connections, { tcp: 1, udp: 0 });
  assert.equal(seen.host("shop.test").phases["connect"]?.count, 1);
}

/** Each host weighs about what it does where each packet is seen once. */
function assertSameBytes(seen: Seen, plain: Seen, more: number): void {
  for (const { host, sent_bytes, received_bytes } of plain.hosts.values()) {
    const found = seen.host(host);
    for (
      const [bytes, truth] of [[found.sent_bytes, sent_bytes], [
        found.received_bytes,
        received_bytes,
      ]] as const
    ) {
      assert.ok(
        bytes >= truth / more && bytes <= truth * more,
        `${host}: ${bytes} bytes, not ${truth}`,
      );
    }
  }
}

/** What several webstats see of the same, each watching other interfaces. */
async function watchEach(
  at: Namespace,
  each: readonly (readonly string[])[],
  happen: () => Promise<void>,
): Promise<Seen[]> {
  const [first, ...others] = each;
  if (first === undefined) {
    await happen();
    return [];
  }
  let seen: Seen[] = [];
  const own = await watch(at, first, async () => {
    seen = await watchEach(at, others, happen);
  });
  return [own, ...seen];
}

endToEnd("VXLAN: from inside, from outside, and from both at once", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  await joinByVxlan(lab, (side) => [side.ipv4.replace("10.77", "10.78") + "/24"]);
  await Nginx.start(lab);
  await startDnsmasq(lab);
  const [inside, outside, both] = await watchEach(
    client,
    [[OVERLAY], [client.interface], ["any"]],
    () => talk(lab, lab.server.ipv4.replace("10.77", "10.78")),
  ) as [Seen, Seen, Seen];
  await t.step("inside", () => assertSeenOnce(inside));
  await t.step("outside: what the tunnel carries, not the tunnel", () => {
    assertSeenOnce(outside);
    assertSameBytes(outside, inside, 2);
  });
  await t.step("both", () => {
    assertSeenOnce(both);
    assertSameBytes(both, inside, 2);
  });
});

endToEnd("a bridge and its port, both seen on any", async () => {
  await using lab = await Lab.create();
  const { server } = lab;
  await server.ip("link", "add", "br0", "type", "bridge");
  await server.ip("address", "flush", "dev", server.interface);
  await server.ip("link", "set", server.interface, "master", "br0");
  await server.configure("br0", [`${server.ipv4}/24`]);
  await Nginx.start(lab);
  await startDnsmasq(lab);
  const [one, all] = await watchEach(
    server,
    [[server.interface], ["any"]],
    () => talk(lab, server.ipv4),
  ) as [Seen, Seen];
  assertSeenOnce(one);
  assertSeenOnce(all);
  assertSameBytes(all, one, MORE);
});

endToEnd("a mirror port beside the wire", async () => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  await using link = await TapLink.create(client, server, {
    mirror: { to: server, change: (frame) => frame },
  });
  await Nginx.start(lab);
  await startDnsmasq(lab);
  const [one, all] = await watchEach(
    server,
    [[link.interface], [link.interface, link.mirrorInterface]],
    () => talk(lab, link.serverAddress),
  ) as [Seen, Seen];
  assertSeenOnce(one);
  assertSeenOnce(all);
  assertSameBytes(all, one, JOINED);
});
