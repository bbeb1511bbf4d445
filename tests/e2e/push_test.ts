// The compiled program sends metrics and events to real servers, as root that has given its rights away.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { type Daemon, until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import type { Collected } from "../push/collector.ts";
import { makeCertificate } from "../push/certificate.ts";
import { curl, endToEnd, fetchIn, startSniff } from "./webstat.ts";

/** A lab whose server has a name, and files that only root may read. */
async function withLab(test: (lab: Lab, secrets: string) => Promise<void>): Promise<void> {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  const secrets = `${lab.directory}/secrets`;
  await Deno.mkdir(secrets, { mode: 0o700 });
  await test(lab, secrets);
}

const metric = async (lab: Lab, url: string, name: RegExp): Promise<number> => {
  const page = await fetchIn(lab.client, `${url}/metrics`);
  return Number(new RegExp(`^${name.source} (\\S+)$`, "m").exec(page)?.[1]);
};

/** Of "s3cret": htpasswd -nbBC 4 me s3cret */
const HASH = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG";

const SENT = /webstat_push_sent_total\{to="otlp"\}/;
const COLLECTOR = decodeURIComponent(new URL("../push/collector.ts", import.meta.url).pathname);

/** What a client sends to make a stream: https://docs.nats.io/reference/reference-protocols/nats-protocol */
const STREAM = `{"name":"WEB","subjects":["webstat.>"]}`;
const MAKE_STREAM = `CONNECT {"user":"me","pass":"s3cret","verbose":false}\r\n` +
  `PUB $JS.API.STREAM.CREATE.WEB answer ${STREAM.length}\r\n${STREAM}\r\nPING\r\n`;

/** Prometheus at shop.test:9090, with TLS and a password. */
async function startPrometheus(lab: Lab): Promise<Daemon> {
  const folder = lab.directory;
  await Deno.writeTextFile(`${folder}/prometheus.yml`, "global: {}\n");
  await Deno.writeTextFile(
    `${folder}/web.yml`,
    `tls_server_config: { cert_file: cert.pem, key_file: key.pem }
basic_auth_users: { me: ${HASH} }
`,
  );
  const daemon = lab.server.start([
    ...[
      "prometheus",
      `--config.file=${folder}/prometheus.yml`,
      `--web.config.file=${folder}/web.yml`,
    ],
    ...["--web.enable-remote-write-receiver", `--storage.tsdb.path=${folder}/tsdb`],
    "--web.listen-address=0.0.0.0:9090",
  ]);
  await daemon.waitFor(/Server is ready/, 20_000);
  return daemon;
}

endToEnd(
  "remote write: by name, with TLS and a password, also after the server was away",
  async () => {
    await withLab(async (lab, secrets) => {
      const { client, directory } = lab;
      await makeCertificate(directory, "shop.test");
      await Deno.copyFile(`${directory}/cert.pem`, `${secrets}/ca.pem`);
      await Deno.writeTextFile(`${secrets}/password`, "s3cret\n", { mode: 0o600 });
      await Deno.writeTextFile(
        `${secrets}/push.yml`,
        `interval: 1s
labels: { instance: web-1 }
remote_write:
  basic_auth: { username: me, password_file: password }
  tls_config: { ca_file: ca.pem }
`,
      );
      const first = await startPrometheus(lab);
      const args = [
        "--remote-write",
        "https://shop.test:9090",
        "--push-config",
        `${secrets}/push.yml`,
      ];
      const { daemon, url } = await startSniff(client, [
        "-i",
        client.interface,
        "-l",
        "127.0.0.1:0",
        ...args,
      ]);
      const sent = () => metric(lab, url, /webstat_push_sent_total\{to="remote-write"\}/);
      await curl(lab, "http://shop.test/");
      await until("it is sent", async () => await sent() > 0, { timeout: 20_000 });
      const query = (promql: string) =>
        lab.server.run([
          ...["curl", "-sS", "-k", "-u", "me:s3cret", "-G", "https://127.0.0.1:9090/api/v1/query"],
          ...["--data-urlencode", `query=${promql}`],
        ]).then(({ stdout }) => stdout);
      await until(
        "the request is there",
        async () =>
          (await query(`webstat_hits_total{instance="web-1",host="shop.test",source="http"}`))
            .includes('"1"]'),
        { timeout: 20_000 },
      );

      await first.stop("SIGKILL");
      await until(
        "it is tried again",
        async () => await metric(lab, url, /webstat_push_retries_total\{to="remote-write"\}/) > 0,
        {
          timeout: 20_000,
        },
      );
      await curl(lab, "http://shop.test/");
      assert.match(
        daemon.stderr,
        /remote-write: metrics are not taken \(.+\); they are tried again/,
      );
      await startPrometheus(lab);
      await until(
        "the second request is there",
        async () =>
          (await query(`webstat_hits_total{host="shop.test",source="http"}`)).includes('"2"]'),
        {
          timeout: 40_000,
        },
      );
      const { code, stderr } = await daemon.stop("SIGINT");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /remote-write: the server takes metrics again/);
      // Its series have ended with it.
      assert.match(await query(`webstat_hits_total`), /"result":\[\]/);
    });
  },
  ["prometheus"],
);

endToEnd(
  "events to NATS: by name and with a password; the server is killed, and has all in the end",
  async () => {
    await withLab(async (lab, secrets) => {
      const { client, server, directory } = lab;
      await Deno.writeTextFile(`${secrets}/password`, "s3cret\n");
      await Deno.writeTextFile(
        `${secrets}/push.yml`,
        "events: { basic_auth: { username: me, password_file: password } }\n",
      );
      await Deno.writeTextFile(
        `${directory}/nats.conf`,
        `listen: "0.0.0.0:4222"
jetstream { store_dir: "${directory}/nats", max_memory_store: 16M, max_file_store: 64M }
authorization { user: me, password: s3cret }
http: "127.0.0.1:8222"
`,
      );
      const startNats = async () => {
        const daemon = server.start(["nats-server", "-c", `${directory}/nats.conf`]);
        await daemon.waitFor(/Server is ready/, 20_000);
        return daemon;
      };
      const events = "nats://shop.test/webstat.events";
      const args = ["--events", events, "--push-config", `${secrets}/push.yml`];
      const { daemon, url } = await startSniff(client, [
        "-i",
        client.interface,
        "-l",
        "127.0.0.1:0",
        ...args,
      ]);
      await daemon.waitFor(/nats:\/\/shop\.test.* takes no events/);
      await curl(lab, "http://shop.test/one");
      const first = await startNats();
      await server.run(["nc", "-q", "1", "127.0.0.1", "4222"], { input: MAKE_STREAM });
      const kept = async () => {
        const page = await fetchIn(server, "http://127.0.0.1:8222/jsz?streams=1");
        return Number(/"messages": (\d+)/.exec(page)?.[1] ?? 0);
      };
      await until("the first events are kept", async () => await kept() >= 2, { timeout: 30_000 });
      await first.stop("SIGKILL");
      await curl(lab, "http://shop.test/two");
      await startNats();
      await until("all events are kept", async () => await kept() >= 4, { timeout: 30_000 });
      assert.equal(await metric(lab, url, /webstat_events_dropped_total/), 0);
      const { code, stderr } = await daemon.stop("SIGINT");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /takes events again; 0 were lost so far/);
    });
  },
  ["nats-server"],
);

endToEnd(
  "OTLP: again and again, with a token, as OpenTelemetry's own code reads it",
  async () => {
    await withLab(async (lab, secrets) => {
      const { client, server } = lab;
      await Deno.writeTextFile(`${secrets}/token`, "t0ken\n", { mode: 0o600 });
      await Deno.writeTextFile(
        `${secrets}/push.yml`,
        "{ interval: 1s, otlp: { authorization: { credentials_file: token } } }\n",
      );
      const collector = server.start([Deno.execPath(), "run", "-A", COLLECTOR, "0.0.0.0:4318"]);
      await collector.waitFor(/ready/, 60_000);
      const requests = (): Collected[] =>
        collector.stdout.split("\n").slice(1, -1).map((line) => JSON.parse(line));
      const { daemon, url } = await startSniff(client, [
        ...["-i", client.interface, "-l", "127.0.0.1:0", "--otlp", "http://shop.test:4318"],
        ...["--push-config", `${secrets}/push.yml`],
      ]);
      // Not shop.test: that is asked with each push.
      const hits = () => requests().at(-1)?.hits["blog.test http"] ?? 0;
      const untilTrue = (what: string, is: () => boolean) =>
        until(what, () => Promise.resolve(is()), { timeout: 30_000 });
      await curl(lab, "http://blog.test/");
      await untilTrue("the request is there", () => hits() === 1);
      const before = requests().length;
      await untilTrue("more were sent", () => requests().length > before + 3);
      const [first] = requests();
      assert.equal(first!.path, "/v1/metrics");
      assert.equal(first!.fields["content-encoding"], "gzip");
      assert.equal(first!.fields.authorization, "Bearer t0ken");
      assert.ok(await metric(lab, url, SENT) >= 4 * first!.points);
      assert.equal(await metric(lab, url, /webstat_push_retries_total\{to="otlp"\}/), 0);
      await curl(lab, "http://blog.test/");
      const { code, stderr } = await daemon.stop("SIGINT");
      assert.equal(code, 0, stderr);
      await untilTrue("the second request was sent at the end", () => hits() === 2);
    });
  },
);

/** ClickHouse in the client's namespace, which answers to HTTP at port 8123. */
async function startClickHouse({ client, directory }: Lab): Promise<void> {
  const folder = `${directory}/clickhouse`;
  await Deno.mkdir(folder);
  const users = "<networks><ip>127.0.0.1</ip></networks>";
  await Deno.writeTextFile(
    `${folder}/users.xml`,
    `<yandex>
  <profiles><default/></profiles><quotas><default/></quotas>
  <users><default><password/>${users}<profile>default</profile><quota>default</quota></default></users>
</yandex>`,
  );
  await Deno.writeTextFile(
    `${folder}/config.xml`,
    `<yandex>
  <logger><level>error</level><console>1</console></logger>
  <http_port>8123</http_port><listen_host>127.0.0.1</listen_host>
  <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
  <users_config>users.xml</users_config><mark_cache_size>5368709</mark_cache_size>
  <default_profile>default</default_profile><default_database>default</default_database>
</yandex>`,
  );
  client.start(["clickhouse-server", `--config-file=${folder}/config.xml`]);
  await until(
    "ClickHouse is there",
    async () =>
      (await client.run(["curl", "-s", CLICKHOUSE], { mayFail: true })).stdout === "Ok.\n",
    {
      timeout: 30_000,
      every: 200,
    },
  );
}

const CLICKHOUSE = "http://127.0.0.1:8123/";
const SCRIPTS = decodeURIComponent(new URL("../../scripts/clickhouse", import.meta.url).pathname);

endToEnd("events into ClickHouse: scripts/clickhouse/ship", async () => {
  await withLab(async (lab) => {
    const { client, directory } = lab;
    await startClickHouse(lab);
    const ask = async (query: string) =>
      (await client.run(["curl", "-sS", "--fail-with-body", CLICKHOUSE, "-d", query])).stdout;
    await ask(await Deno.readTextFile(`${SCRIPTS}/events.sql`));
    // The folder is webstat's after root is given away: it begins new files there.
    const folder = `${directory}/events`;
    await Deno.mkdir(folder, { mode: 0o755 });
    await Deno.chmod(directory, 0o755);
    await Deno.chown(folder, 65534, 65534);
    const events = `${folder}/events.ndjson`;
    const args = ["-l", "127.0.0.1:0", "--events", events, "-i", client.interface];
    const { daemon } = await startSniff(client, args);
    const ship = () =>
      client.run([`${SCRIPTS}/ship`, events, CLICKHOUSE.slice(0, -1), `${daemon.pid}`]);
    const written = (text: string) => async () => (await Deno.readTextFile(events)).includes(text);
    for (const path of ["one?a=1", "error"]) await curl(lab, `http://shop.test/${path}`);
    await curl(lab, "https://shop.test/");
    await until("they are written", written('"kind":"tls"'));
    await ship();
    await curl(lab, "http://shop.test/two");
    await until("it is written", written("/two"));
    await ship();
    assert.equal(
      await ask("SELECT kind, count() FROM webstat_events GROUP BY kind ORDER BY kind"),
      "dns\t4\nhttp\t3\ntls\t1\n",
    );
    assert.equal(
      await ask(
        "SELECT host, method, target, status, duration_ms > 0, abs(toUInt32(time) - ts) < 1, " +
          "instance = hostName() FROM webstat_events WHERE kind = 'http' ORDER BY ts",
      ),
      ["/one?a=1\t404", "/error\t500", "/two\t404"].map((target) =>
        `shop.test\tGET\t${target}\t1\t1\t1\n`
      ).join(""),
    );
    assert.equal(
      await ask("SELECT length(answers) > 0 FROM webstat_events WHERE kind = 'dns' LIMIT 1"),
      "1\n",
    );
    assert.equal((await daemon.stop("SIGINT")).code, 0);
  });
}, ["clickhouse-server"]);
