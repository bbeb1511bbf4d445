// --workers: several count what one does. Live traffic is that of real programs.

import assert from "node:assert/strict";
import { httpRequest, httpResponse, TcpConnection } from "../packet_builder.ts";
import { pcap } from "../packets/files.ts";
import { Lab, type Namespace } from "../lab/lab.ts";
import { type Daemon, run, until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { joinByVxlan } from "../lab/vxlan.ts";
import { assertRefused, curl, endToEnd, fetchIn, startSniff, WEBSTAT } from "./webstat.ts";

interface Host {
  readonly host: string;
  readonly hits: number;
  readonly phases: Readonly<Record<string, { readonly count: number } | null>>;
}

interface Report {
  readonly interfaces: readonly { readonly name: string; readonly packets: number }[];
  readonly hosts: readonly Host[];
}

/** The report as far as it does not depend on when who saw what first. */
function comparable(text: string): unknown {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items = value.map(sorted).map((item) => [JSON.stringify(item), item] as const);
      return items.sort(([a], [b]) => a < b ? -1 : 1).map(([, item]) => item);
    }
    // The sum of durations depends on the order in which they are added.
    if (typeof value === "number") return Number(value.toPrecision(9));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
  };
  return sorted({ ...(JSON.parse(text) as object), time: null });
}

/** The report without times: the kernel stamps a packet for each socket that it comes to. */
function countsOf(text: string): unknown {
  return comparable(JSON.stringify(JSON.parse(text), (key, value) => {
    if (key === "phases") {
      return Object.entries(value as Host["phases"]).map(([phase, it]) => [phase, it?.count]);
    }
    return /_seen$|_seconds$/.test(key) ? undefined : value;
  }));
}

const packetsOf = (text: string): number =>
  (JSON.parse(text) as Report).interfaces.reduce((sum, { packets }) => sum + packets, 0);

/** The sockets that capture in a namespace, and the group that each of them is in. */
async function groups(lab: Lab): Promise<string[]> {
  const { stdout } = await lab.client.run(["ss", "-0", "-n", "-e", "-p"]);
  return [...stdout.matchAll(/fanout\((?:id:)?(\d+),/g)].map(([, id]) => id!);
}

async function report(daemon: Daemon): Promise<string> {
  const { code, stdout, stderr } = await daemon.stop("SIGINT");
  assert.equal(code, 0, stderr);
  return stdout;
}

endToEnd("live: one, two and three workers count the same", async (t) => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  const { client } = lab;
  // The system's own chatter would come to one and not to the other.
  const filter = ["-f", "tcp or udp port 53"];
  const sniff = (...args: string[]) =>
    startSniff(client, ["--json", "--ip", "-l", "127.0.0.1:0", ...filter, ...args]);

  for (const interfaces of [[client.interface], ["any"], [client.interface, "lo"]]) {
    await t.step(`on ${interfaces.join(" and ")}`, async () => {
      const sniffers = [];
      for (const n of [1, 2, 3]) {
        sniffers.push(await sniff("-i", ...interfaces, "--workers", `${n}`));
      }
      for (let i = 0; i < 12; i++) {
        await curl(lab, "http://shop.test/page.html", "http://shop.test/missing");
        await curl(lab, "https://blog.test/");
        await curl(lab, "-d", "a=1", "http://api.test/form");
      }
      for (const { url } of sniffers) {
        await until("/metrics has it all", async () => {
          const page = await fetchIn(client, `${url}/metrics`);
          return /^webstat_hits_total\{host="shop.test",source="http",.*\} 24$/m.test(page);
        });
      }
      // What asked for /metrics is seen on any and on lo, too: to its last packet by all, or by none.
      await until("all connections are closed", async () => {
        const states = ["state", "connected", "exclude", "time-wait"];
        return (await client.run(["ss", "-H", "-t", "-n", ...states])).stdout.trim() === "";
      });
      const [one, two, three] = await Promise.all(sniffers.map(({ daemon }) => report(daemon)));
      assert.deepEqual(countsOf(two!), countsOf(one!));
      assert.deepEqual(countsOf(three!), countsOf(one!));
      // A connection whose sides went to different workers would have none of these.
      const { hosts } = JSON.parse(three!) as Report;
      const shop = hosts.find(({ host }) => host === "shop.test")!;
      for (
        const [phase, count] of [["connect", 12], ["processing", 24], ["transfer", 24]] as const
      ) {
        assert.equal(shop.phases[phase]?.count, count, phase);
      }
      assert.equal(hosts.find(({ host }) => host === "blog.test")!.phases["tls"]?.count, 12);
    });
  }
}, ["ss"]);

endToEnd("live: connections over IPv6 and in a tunnel are not torn", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  const overlay = (side: Namespace) => [side === lab.client ? "10.78.0.1/24" : "10.78.0.2/24"];
  await joinByVxlan(lab, overlay);
  const { daemon } = await startSniff(
    lab.client,
    ["-i", lab.client.interface, "--json", "--workers", "3"],
  );
  for (let i = 0; i < 20; i++) {
    await lab.client.run([
      ...["curl", "-sS", "-H", "Host: shop.test", "-o", "/dev/null", "-o", "/dev/null"],
      ...["http://10.78.0.2/page.html", `http://[${lab.server.ipv6}]/page.html`],
    ]);
  }
  const [shop] = (JSON.parse(await report(daemon)) as Report).hosts;
  assert.deepEqual([shop?.host, shop?.hits], ["shop.test", 40]);
  for (const phase of ["connect", "processing", "transfer"]) {
    assert.equal(shop!.phases[phase]?.count, 40, phase);
  }
});

endToEnd("live: the workers of one webstat share its interfaces with nobody else", async () => {
  await using lab = await Lab.create();
  const { client } = lab;
  const start = (...interfaces: string[]) =>
    startSniff(client, ["-i", ...interfaces, "-l", "127.0.0.1:0", "--workers", "2"]);
  const first = await start(client.interface, "lo");
  const of = await groups(lab);
  assert.equal(of.length, 4, "two sockets for each interface");
  assert.equal(new Set(of).size, 2, `${of}`);
  await start(client.interface);
  const all = await groups(lab);
  assert.deepEqual([all.length, new Set(all).size], [6, 3], `${all}`);
  assert.equal((await first.daemon.stop("SIGINT")).code, 0);
}, ["ss"]);

endToEnd("live: fragments go where their connection goes", async () => {
  await using lab = await Lab.create({ mtu: 600 });
  await startDnsmasq(lab);
  const { daemon } = await startSniff(
    lab.client,
    ["-i", lab.client.interface, "--json", "--workers", "3", "-f", "ip"],
  );
  const dig = [
    "dig",
    `@${lab.server.ipv4}`,
    "+short",
    "+ignore",
    "+bufsize=4096",
    "long.test",
    "TXT",
  ];
  for (let i = 0; i < 20; i++) await lab.client.run(dig);
  const { hosts } = JSON.parse(await report(daemon)) as Report;
  assert.deepEqual(hosts.map(({ host, hits }) => [host, hits]), [["long.test", 20]]);
  assert.equal(hosts[0]!.phases["dns"]?.count, 20);
});

endToEnd("live: begun amid traffic, nothing is counted twice, nor by nobody", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  const { client, server } = lab;
  // One connection after the other, and each asks for its own number.
  const load = client.start([
    ...["curl", "-sS", "-o", "/dev/null", "-H", "Connection: close", "-H", "Host: shop.test"],
    `http://${server.ipv4}/page.html?n=[1-1000000]`,
  ]);
  const { daemon } = await startSniff(
    client,
    ["-i", client.interface, "--workers", "3", "--events", "-"],
  );
  const seen = () => {
    const whole = daemon.stdout.slice(0, daemon.stdout.lastIndexOf("\n") + 1);
    return [...whole.matchAll(/"target":"\/page\.html\?n=(\d+)"/g)].map(([, n]) => Number(n));
  };
  await until("many requests", () => Promise.resolve(seen().length > 500));
  const newest = Math.max(...seen());
  await load.stop("SIGKILL");
  assert.equal((await daemon.stop("SIGINT")).code, 0);
  const numbers = seen().filter((n) => n <= newest).sort((a, b) => a - b);
  assert.equal(new Set(numbers).size, numbers.length, "each once");
  // The first were under way while the workers joined.
  const whole = numbers.filter((n) => n > numbers[0]! + 20);
  assert.equal(whole.length, newest - numbers[0]! - 20, `${whole[0]} to ${newest}`);
});

endToEnd("live: what fails fails once, as with one worker", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  const sniff = (...args: string[]) =>
    client.run([WEBSTAT, "sniff", "--workers", "3", ...args], { mayFail: true });
  await t.step("no such interface", async () => {
    assertRefused(await sniff("-i", client.interface, "eth99"), 1, /eth99/);
  });
  await t.step("a wrong filter", async () => {
    assertRefused(await sniff("-i", "lo", "-f", "port http or"), 2, /wrong filter/);
  });
  await t.step("the interface goes down", async () => {
    const { daemon } = await startSniff(client, ["-i", client.interface, "--workers", "3"]);
    const before = daemon.stderr.length;
    await client.ip("link", "set", client.interface, "down");
    await daemon.waitFor(/is down/);
    const { code, stderr } = await daemon.stop("SIGINT");
    assert.equal(code, 0, stderr);
    assert.match(stderr.slice(before), /^webstat: warning: lan0: the interface is down[^\n]*\n$/);
  });
});

/** Captures in which each connection has addresses of its own. */
async function writeCaptures(folder: string, files: number): Promise<string[]> {
  const paths: string[] = [];
  for (let file = 0; file < files; file++) {
    const packets = [];
    for (let i = 0; i < 200 * (file + 1); i++) {
      const client = `10.${file}.${i >> 8}.${i & 255}`;
      const connection = new TcpConnection({ client, clientPort: 40000 + i });
      packets.push(
        ...connection.open(),
        ...connection.request(httpRequest({ host: `host${i % 40}.test`, target: `/${file}/${i}` })),
        ...connection.answer(
          httpResponse({ status: i % 7 === 0 ? 404 : 200, body: "x".repeat(i) }),
        ),
        ...connection.close(),
      );
    }
    paths.push(`${folder}/${file}.pcap`);
    await Deno.writeFile(paths.at(-1)!, pcap(packets));
  }
  return paths;
}

endToEnd("files: one, two and three workers report the same", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "webstat-workers-" });
  const paths = await writeCaptures(folder, 4);
  const sniff = (...args: string[]) =>
    run([WEBSTAT, "sniff", "-r", ...paths, ...args], { mayFail: true });
  try {
    const one = await sniff("--json");
    assert.equal(packetsOf(one.stdout), 2000 * 8);

    await t.step("all of it, in the order of the files", async () => {
      for (const workers of ["2", "3", "9"]) {
        const { code, stdout, stderr } = await sniff("--json", "--workers", workers);
        assert.deepEqual([code, stderr], [0, ""]);
        assert.deepEqual(comparable(stdout), comparable(one.stdout), `${workers} workers`);
        const names = (JSON.parse(stdout) as Report).interfaces.map(({ name }) => name);
        assert.deepEqual(names, ["0.pcap", "1.pcap", "2.pcap", "3.pcap"]);
      }
    });

    await t.step("no more hosts than --max-hosts, and none lost", async () => {
      const { stdout } = await sniff("--json", "--workers", "3", "--max-hosts", "10");
      const { hosts } = JSON.parse(stdout) as Report;
      assert.equal(hosts.length, 11);
      assert.equal(hosts.reduce((sum, { hits }) => sum + hits, 0), 2000);
    });

    await t.step("--count is of all together", async () => {
      const { stdout } = await sniff("--json", "--workers", "3", "--count", "3333");
      assert.equal(packetsOf(stdout), 3333);
    });

    await t.step("every event once, in whole lines", async () => {
      const { stdout } = await sniff("--workers", "3", "--events", "-");
      const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
      assert.equal(new Set(events.map(({ target }) => target)).size, 2000);
      assert.equal(events.length, 2000);
    });

    await t.step(
      "a damaged file is told as by one worker, and the others are reported",
      async () => {
        const bytes = await Deno.readFile(paths[1]!);
        await Deno.writeFile(paths[1]!, bytes.subarray(0, bytes.length - 7));
        await Deno.writeTextFile(paths[3]!, "this is no capture, whatever its name may say");
        const alone = await sniff("--json");
        for (const workers of ["2", "3"]) {
          const { code, stdout, stderr } = await sniff("--json", "--workers", workers);
          assert.deepEqual([code, stderr], [1, alone.stderr]);
          assert.deepEqual(comparable(stdout), comparable(alone.stdout));
        }
        assert.match(alone.stderr, /1\.pcap" is cut off.*3\.pcap" is not a capture file/);
      },
    );

    await t.step("a file that is missing stops it before anything is read", async () => {
      const args = ["sniff", "-r", paths[0]!, `${folder}/none.pcap`, "--workers", "2"];
      assertRefused(await run([WEBSTAT, ...args], { mayFail: true }), 1, /no such file/);
    });

    await t.step("standard input is one of them", async () => {
      const args = ["sniff", "-r", paths[0]!, "-", "--json", "--workers", "2"];
      const input = await Deno.readFile(paths[2]!);
      const { stdout } = await run([WEBSTAT, ...args], { input });
      assert.equal(packetsOf(stdout), 800 * 8);
    });

    await t.step("SIGINT ends it within two seconds, also where a pipe gives nothing", async () => {
      const pipe = `${folder}/pipe`;
      await run(["mkfifo", pipe]);
      const args = ["sniff", "-r", paths[0]!, "-", "--json", "--workers", "2", "-l", "127.0.0.1:0"];
      await using lab = await Lab.create();
      const daemon = lab.client.start([WEBSTAT, ...args]);
      await daemon.waitFor(/metrics at/);
      const began = Date.now();
      const { code, stdout } = await daemon.stop("SIGINT");
      assert.ok(Date.now() - began < 2000, `ended after ${Date.now() - began} ms`);
      assert.equal(code, 0);
      assert.equal(packetsOf(stdout), 200 * 8);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
