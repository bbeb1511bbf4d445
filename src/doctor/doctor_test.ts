import assert from "node:assert/strict";
import { buildDatabase } from "../geo/testing.ts";
import type { Check, Finding } from "./finding.ts";
import { geoData } from "./geo_check.ts";
import { interfaceChecks } from "./network_checks.ts";
import { servingChecks } from "./serving_checks.ts";
import { keyLog, libpcap, pasta } from "./system_checks.ts";

const LOOPBACK = {
  index: 1,
  name: "lo",
  description: "",
  addresses: [],
  up: true,
  running: true,
  loopback: true,
};

const all = (checks: readonly Check[]): Promise<Finding[]> =>
  Promise.all(checks.map((check) => check()));

Deno.test("a machine whose interfaces are down cannot capture", async () => {
  const [down] = await all(interfaceChecks(() => Promise.resolve([LOOPBACK])));
  assert.equal(down?.state, "fail");
  assert.match(down.message, /ip link set NAME up/);
  const ethernet = { ...LOOPBACK, index: 2, name: "eth9", loopback: false };
  const [up, links, offloads] = await all(
    interfaceChecks(() => Promise.resolve([LOOPBACK, ethernet])),
  );
  assert.match(links!.message, /^lo: (?:Ethernet|not told by this system), eth9: /);
  assert.deepEqual([up?.state, up?.message], ["ok", "eth9 by default; up: lo, eth9"]);
  assert.match(offloads!.message, /^eth9: none/);
});

Deno.test("a port that another program has is told", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const accepted = other.accept().then((connection) => connection.close());
  const [taken] = await all(servingChecks({ hostname: "127.0.0.1", port }));
  await accepted;
  assert.equal(taken?.state, "fail");
  assert.match(taken.message, new RegExp(`^${port}: .*--listen`));
});

Deno.test("what a webstat that runs has dropped is told", async () => {
  const page =
    'webstat_build_info{version="1"} 1\nwebstat_capture_packets_total{interface="a"} 90\n' +
    'webstat_capture_dropped_total{interface="a",by="kernel"} 4\n' +
    'webstat_capture_dropped_total{interface="b",by="kernel"} 6\nwebstat_repeated_packets_total 7\n';
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(page),
  );
  const [port, capture, duplicates] = await all(
    servingChecks({ hostname: "", port: server.addr.port }),
  );
  assert.match(duplicates!.message, /^7 packets were captured twice/);
  assert.deepEqual([port?.state, capture?.state], ["ok", "warn"]);
  assert.match(capture!.message, /^10 packets dropped beside 90 captured: give --buffer-size/);
});

Deno.test("a key log that others can read is warned of", async () => {
  const path = await Deno.makeTempFile();
  const before = Deno.env.get("SSLKEYLOGFILE");
  try {
    Deno.env.set("SSLKEYLOGFILE", path);
    await Deno.chmod(path, 0o644);
    assert.equal((await keyLog()).state, "warn");
    await Deno.chmod(path, 0o600);
    assert.equal((await keyLog()).state, "ok");
  } finally {
    await Deno.remove(path);
    if (before === undefined) Deno.env.delete("SSLKEYLOGFILE");
    else Deno.env.set("SSLKEYLOGFILE", before);
  }
});

Deno.test({
  name: "pasta is looked for where webstat run looks",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    const before = Deno.env.get("PATH");
    try {
      Deno.env.set("PATH", folder);
      const path = `${folder}/pasta`;
      await Deno.writeTextFile(path, "");
      assert.ok(!(await pasta()).message.includes(folder), "it cannot be started");
      await Deno.chmod(path, 0o755);
      const { state, message } = await pasta();
      assert.match(message, state === "ok" ? new RegExp(`^${path}$`) : /sysctl/);
    } finally {
      if (before !== undefined) Deno.env.set("PATH", before);
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("libpcap tells its version", async () => {
  const { state, message } = await libpcap();
  assert.equal(state, "ok");
  assert.match(message, /^libpcap version \d/);
});

Deno.test("databases that are old, or none, are told", async () => {
  const path = await Deno.makeTempFile({ suffix: ".mmdb" });
  const look = () => geoData({ "--geoip-db": path, "--asn-db": null })();
  try {
    await Deno.writeFile(path, buildDatabase("GeoLite2-City", 6, []));
    const old = await look();
    assert.equal(old.state, "warn");
    assert.match(old.message, /: \d{3,} days old: get a newer one$/);
    await Deno.writeTextFile(path, "no database");
    assert.deepEqual([(await look()).state], ["fail"]);
  } finally {
    await Deno.remove(path);
  }
  const none = await geoData({ "--geoip-db": null, "--asn-db": null })();
  assert.match(none.message, /^places of August 2019 are built in/);
});
