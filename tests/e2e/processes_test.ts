// deno-lint-ignore-file camelcase -- a field of events
// Which program each connection is of (--process): real programs, whose process numbers and ports are
// known, in namespaces and control groups, while webstat has given root away.

import assert from "node:assert/strict";
import { listSystemFolder } from "../../ffi/raw_file.ts";
import { startCaddy } from "../lab/caddy.ts";
import { browse, speakQuicTo } from "../lab/chromium.ts";
import { Lab, type Namespace } from "../lab/lab.ts";
import { type Daemon, run, until } from "../lab/process.ts";
import { makeCertificates, Nginx, startDnsmasq } from "../lab/servers.ts";
import { TapLink } from "../lab/tap_link.ts";
import { controlGroups, runInContainer, TRACING } from "../lab/tracing.ts";
import { endToEnd, fetchIn, WEBSTAT } from "./webstat.ts";

const INSTANCES = "/sys/kernel/tracing/instances";

interface Event {
  readonly kind: string;
  readonly src: string;
  readonly sport: number;
  readonly dport: number;
  readonly host: string;
  readonly process: string | null;
  readonly pid: number | null;
  readonly unit: string | null;
  readonly container: string | null;
  readonly command_line?: string;
}

/** A webstat that tells programs, and its events. */
class Watching implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly #events: string;
  readonly #at: Namespace;

  private constructor(daemon: Daemon, events: string, at: Namespace) {
    this.daemon = daemon;
    this.#events = events;
    this.#at = at;
  }

  static async start(lab: Lab, at: Namespace, ...more: readonly string[]): Promise<Watching> {
    const events = `${lab.directory}/${crypto.randomUUID()}.ndjson`;
    const from = more.includes("-i") ? [] : ["-i", at.interface];
    const args = [...from, "-l", "127.0.0.1:0", "--events", events];
    const how = more.some((arg) => arg.startsWith("--process")) ? more : ["--process", ...more];
    const daemon = at.start([WEBSTAT, "sniff", ...args, ...how]);
    await daemon.waitFor(/listening on/, 30_000);
    return new Watching(daemon, events, at);
  }

  /** Events until `count` of them are of `kind`. */
  events(kind: string, count: number): Promise<Event[]> {
    return until(`${count} events of ${kind}`, async () => {
      const lines = (await Deno.readTextFile(this.#events)).split("\n").slice(0, -1);
      const found = lines.map((line) => JSON.parse(line) as Event)
        .filter((event) => event.kind === kind);
      return found.length >= count && found;
    }, { timeout: 30_000 });
  }

  async page(): Promise<string> {
    return await fetchIn(this.#at, this.daemon.stderr.match(/http:\/\/\S+/)![0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { code, stderr } = await this.daemon.stop("SIGINT");
    assert.equal(code, 0, stderr);
  }
}

/** Shell that runs curl `count` times, each in a process of its own, and prints its number and port. */
const curls = (count: number, url: string) =>
  `for i in $(seq ${count}); do ` +
  `sh -c 'echo -n "$$ "; exec curl -sS -o /dev/null -w "%{local_port}\\n" ${url}'; done`;

/** The process of each port that was used. */
function portsOf(output: string): Map<number, number> {
  const lines = output.trim().split("\n").map((line) => line.split(" ").map(Number));
  return new Map(lines.map(([pid, port]) => [port!, pid!]));
}

endToEnd("programs that are gone before their packets are read are all told", async (t) => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  await Deno.chmod(lab.directory, 0o755);
  await Nginx.start(lab);
  await startDnsmasq(lab);
  for (const [where, at] of [["its own", client], ["another", server]] as const) {
    await t.step(`in ${where} network namespace`, async () => {
      await using watching = await Watching.start(lab, at);
      const loops = Array.from(
        { length: 3 },
        () => client.run(["sh", "-c", curls(40, `http://${server.ipv4}/`)], { timeout: 60_000 }),
      );
      const pids = portsOf((await Promise.all(loops)).map(({ stdout }) => stdout).join(""));
      const events = await watching.events("http", 120);
      for (const { sport, process, pid, unit, container } of events) {
        assert.deepEqual([process, pid, container], ["curl", pids.get(sport), null]);
        assert.equal(typeof unit === "string" || unit === null, true);
      }
      const dig =
        `for i in $(seq 40); do sh -c 'echo $$; exec dig +tries=5 @${server.ipv4} shop.test' ` +
        `| grep -o '^[0-9]*$'; done`;
      const { stdout } = await client.run(["sh", "-c", dig], { timeout: 60_000 });
      const diggers = new Set(stdout.trim().split("\n").map(Number));
      for (const { process, pid } of await watching.events("dns", 40)) {
        assert.equal(process, "dig");
        assert.ok(diggers.has(pid!));
      }
      const page = await watching.page();
      const [, unit] = /webstat_process_hits_total\{process="curl",unit="(.*?)"/.exec(page)!;
      const of = (program: string, host: string) =>
        `{process="${program}",unit="${unit}",host="${host}"`;
      assert.ok(page.includes(`webstat_process_connections_total${of("curl", server.ipv4)}} 120`));
      assert.ok(page.includes(`hits_total${of("curl", server.ipv4)},source="http"} 120`));
      // dig asks again if an answer is late.
      const asked = page.split(
        `webstat_process_hits_total${of("dig", "shop.test")},source="dns"} `,
      );
      assert.ok(parseInt(asked[1]!) >= 40);
      assert.doesNotMatch(page, /webstat_process_found_total\{by="none"\}/);
      const bytes = (metric: string) => {
        const rows = page.matchAll(new RegExp(`^${metric}\\{.*direction="sent"\\} (\\d+)$`, "gm"));
        return [...rows].reduce((sum, [, count]) => sum + Number(count), 0);
      };
      assert.equal(bytes("webstat_process_bytes_total"), bytes("webstat_host_bytes_total"));
    });
  }
  await until("no instance is left", async () => (await unusedInstances()).length === 0);
}, TRACING);

/** Those that no webstat has locked: other tests may trace too. */
async function unusedInstances(): Promise<string[]> {
  const folders = (listSystemFolder(INSTANCES) ?? []).filter((name) => name.startsWith("webstat"))
    .map((name) => `${INSTANCES}/${name}`);
  const isUnused = async (folder: string) =>
    (await run(["flock", "-n", folder, "true"], { mayFail: true })).code === 0;
  const unused = await Promise.all(folders.map(isUnused));
  return folders.filter((_, i) => unused[i]);
}

endToEnd(
  "a container is told by its control group, a number that is used again by its new program",
  async (t) => {
    await using lab = await Lab.create();
    const { client, server } = lab;
    await Deno.chmod(lab.directory, 0o755);
    await Nginx.start(lab);
    await using watching = await Watching.start(lab, client, "--process=cmdline");
    const url = `http://${server.ipv4}/`;

    await t.step({
      name: "a container like Docker's",
      ignore: controlGroups() === null,
      fn: async () => {
        const container = ["docker", "5e7a".repeat(16)] as const;
        const command = ["curl", "-sS", `${url}container`, "-o", "/dev/null"];
        await runInContainer(...container, client.inside(command));
        const [event] = await watching.events("http", 1);
        assert.equal(event!.container, "5e7a5e7a5e7a");
        assert.equal(event!.unit, "docker-5e7a5e7a5e7a");
        assert.equal(event!.process, "curl");
      },
    });

    await t.step("the same number twice", async () => {
      const before = (await watching.events("http", 0)).length;
      // The kernel gives the next number, unless another process was faster.
      const script = `
set -e
last=$(sh -c 'echo $$; exec curl -sS -A one ${url} -o /dev/null')
for i in $(seq 300); do
  echo $((last - 1)) > /proc/sys/kernel/ns_last_pid
  sh -c '[ $$ = '$last' ] && exec wget -q -O /dev/null ${url} || exit 9' && { echo $last; exit 0; }
done
exit 7`;
      const { code, stdout } = await client.run(["sh", "-c", script], { mayFail: true });
      // Somebody else may have the number, or the kernel may not have the file.
      if (code !== 0) {
        return;
      }
      const events = (await watching.events("http", before + 2)).slice(before);
      const pid = Number(stdout.trim());
      assert.deepEqual(events.map((event) => [event.process, event.pid]), [
        ["curl", pid],
        ["wget", pid],
      ]);
    });

    await t.step("a command line, as that was asked for", async () => {
      const before = (await watching.events("http", 0)).length;
      const slow = ["curl", "-sS", "--limit-rate", "1k", "-o", "/dev/null", `${url}?secret`];
      await client.run(slow);
      const [event] = (await watching.events("http", before + 1)).slice(before);
      if (event!.command_line !== undefined) assert.equal(event!.command_line, slow.join(" "));
    });
  },
  ["wget", ...TRACING],
);

endToEnd("what was open before is known too, and a crash leaves nothing behind", async () => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  await Deno.chmod(lab.directory, 0o755);
  await Nginx.start(lab);
  const old = client.start(["nc", server.ipv4, "80"]);
  await until(
    "the connection is open",
    async () => (await client.run(["ss", "-Htn", "state", "established"])).stdout.includes(":80"),
  );

  const first = await Watching.start(lab, client);
  await old.write("GET /old HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
  // Whose answer to what it is in the middle of a connection is known only at its end: no event yet.
  const page = await until("it is counted", async () => {
    const text = await first.page();
    return text.includes('webstat_hits_total{host="shop.test",source="http"} 1') && text;
  });
  assert.match(
    page,
    /webstat_process_hits_total\{process="nc",.*,host="shop.test",source="http"\} 1/,
  );
  assert.match(page, /webstat_process_found_total\{by="sock_diag"\} 1/);
  await first.daemon.stop("SIGKILL");

  // The next one uses the instance again, or makes it anew.
  await using second = await Watching.start(lab, client);
  const { stdout } = await client.run(["sh", "-c", curls(1, `http://${server.ipv4}/`)]);
  const [last] = await second.events("http", 1);
  assert.deepEqual([last!.process, last!.pid], ["curl", [...portsOf(stdout).values()][0]]);
}, TRACING);

endToEnd("a browser's connections by QUIC are the browser's", async () => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  await Deno.chmod(lab.directory, 0o755);
  const { certificate, key } = await makeCertificates(lab.directory);
  await startCaddy(
    lab,
    `{
  admin off
  auto_https disable_redirects
}
https://shop.test:4443, https://blog.test:4443 {
  tls ${certificate} ${key}
  header Content-Type text/html
  respond \`<p>hello</p><img src="https://blog.test:4443/picture">\`
}
`,
  );
  await using watching = await Watching.start(lab, client);
  const dom = await browse(lab, "https://shop.test:4443/", {
    resolve: [`MAP *.test ${server.ipv4}`],
    certificate,
    args: [speakQuicTo("shop.test:4443", "blog.test:4443")],
  });
  assert.match(dom, /hello/);
  const events = await watching.events("quic", 2);
  assert.deepEqual([...new Set(events.map(({ host }) => host))].sort(), ["blog.test", "shop.test"]);
  assert.deepEqual([...new Set(events.map(({ process }) => process))], ["chromium"]);
}, ["chromium", "caddy", ...TRACING]);

/** Connections that are there before webstat is. */
const MANY = 8000;

endToEnd("eight thousand connections that were open before are all known", async () => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  const deno = (script: string) => [Deno.execPath(), "eval", script];
  await using accepting = server.start(deno(`
    const kept = [];
    const listener = Deno.listen({ port: 8080 });
    console.log("listens");
    for await (const connection of listener) kept.push(connection);
  `));
  await accepting.waitFor(/listens/, 60_000);
  await using opening = client.start(deno(`
    const kept = [];
    while (kept.length < ${MANY}) kept.push(await Deno.connect({ hostname: "${server.ipv4}", port: 8080 }));
    console.log("all are open");
    await Deno.stdin.read(new Uint8Array(1));
    const request = new TextEncoder().encode("GET / HTTP/1.1\\r\\nHost: old.test\\r\\n\\r\\n");
    for (const connection of kept) await connection.write(request);
    await Deno.stdin.read(new Uint8Array(1));
  `));
  await opening.waitFor(/all are open/, 60_000);
  await using watching = await Watching.start(lab, client);
  await opening.write("\n");
  const page = await until("all are counted", async () => {
    const text = await watching.page();
    return text.includes(`webstat_hits_total{host="old.test",source="http"} ${MANY}`) && text;
  }, { timeout: 60_000 });
  assert.match(page, new RegExp(`^webstat_process_hits_total\\{process="deno",.* ${MANY}$`, "m"));
  assert.match(page, new RegExp(`^webstat_process_found_total\\{by="sock_diag"\\} ${MANY}$`, "m"));
  assert.doesNotMatch(page, /webstat_process_found_total\{by="none"\}/);
}, TRACING);

endToEnd("one that starts while another ends can trace", async () => {
  await using lab = await Lab.create();
  await Deno.chmod(lab.directory, 0o755);
  const { client } = lab;
  let before = await Watching.start(lab, client);
  for (let i = 0; i < 5; i++) {
    const ended = before.daemon.stop("SIGINT");
    before = await Watching.start(lab, client);
    assert.doesNotMatch(before.daemon.stderr, /cannot be traced/);
    await ended;
  }
  await before[Symbol.asyncDispose]();
}, TRACING);

/** In a frame of IPv4: 10.79.0.1, the client of a TapLink, is another machine's 10.78.0.2. Checksums stay. */
function fromAnotherMachine(frame: Uint8Array): Uint8Array {
  const changed = frame.slice();
  for (const at of [26, 30]) {
    if (`${changed.subarray(at, at + 4)}` === "10,79,0,1") changed.set([10, 78, 0, 2], at);
  }
  return changed;
}

endToEnd("connections of other machines are those of the program that accepts them", async () => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  await Deno.chmod(lab.directory, 0o755);
  await using link = await TapLink.create(client, server, {
    mirror: { to: server, change: fromAnotherMachine },
  });
  await Nginx.start(lab);
  await using watching = await Watching.start(lab, server, "-i", link.mirrorInterface);
  // One server was there before, the other comes later.
  const address = link.serverAddress;
  const files = ["--bind", address, "--directory", "/usr/share/doc/nginx"];
  server.start(["python3", "-m", "http.server", ...files, "8090"]);
  const fetch = (port: number) =>
    client.run(["curl", "-sS", "-o", "/dev/null", `http://${address}:${port}/`], { mayFail: true });
  // Not 80: other programs may listen on it in other network namespaces, and then it is nobody's.
  await fetch(8080);
  await until("the server answers", async () => (await fetch(8090)).code === 0);
  const events = await watching.events("http", 2);
  assert.deepEqual(events.map(({ dport, process }) => [dport, process]), [
    [8080, "nginx"],
    [8090, "python3"],
  ]);
  assert.deepEqual(events.map(({ src }) => src), ["10.78.0.2", "10.78.0.2"]);
  const page = await watching.page();
  assert.match(page, /^webstat_process_hits_total\{process="nginx",.*source="http"\} 1$/m);
  assert.match(page, /^webstat_process_found_total\{by="sock_diag"\} 1$/m);
  assert.match(page, /^webstat_process_found_total\{by="trace"\} 1$/m);
}, TRACING);

endToEnd("--process says why it cannot work", async () => {
  await using lab = await Lab.create();
  const { client } = lab;
  const file = await client.run([WEBSTAT, "sniff", "-r", "a.pcap", "--process"], { mayFail: true });
  assert.equal(file.code, 2);
  assert.match(file.stderr, /^webstat: --process needs a live capture: .*\n$/);
  const how = await client.run([WEBSTAT, "sniff", "--process=all"], { mayFail: true });
  assert.equal(how.code, 2);
  assert.match(how.stderr, /^webstat: --process "all": give .*\n$/);
});

endToEnd("without the right to trace, sockets that last are named, and it is said", async () => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  await Nginx.start(lab);
  const command = `exec ${WEBSTAT} sniff -i ${client.interface} -l 127.0.0.1:0 --process --no-drop`;
  const daemon = client.start(["capsh", "--drop=cap_sys_admin", "--", "-c", command]);
  const [url] = await daemon.waitFor(/http:\/\/\S+/, 30_000);
  assert.match(
    daemon.stderr,
    /warning: --process: connections cannot be traced \(.+\): only those/,
  );
  const lasting = client.start(["nc", server.ipv4, "80"]);
  // Sockets are looked at ten times a second, or less often on a busy machine.
  await until("the socket is named", async () => {
    await lasting.write("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    return /^webstat_process_hits_total\{process="nc",/m.test(await fetchIn(client, url!));
  }, { every: 500, timeout: 30_000 });
  assert.match(await fetchIn(client, url!), /^webstat_process_found_total\{by="sock_diag"\} 1$/m);
  assert.equal((await daemon.stop("SIGINT")).code, 0);
}, ["capsh"]);
