// Every way of scripts/fleet to bring the metrics of many machines to one place: the one place has them.

import assert from "node:assert/strict";
import { endToEnd } from "../e2e/webstat.ts";
import { Fleet } from "./fleet.ts";

/** Requests of each machine. */
const REQUESTS = 5;
const COUNTED = 'sum by (instance) (webstat_http_requests_total{code="404"})';
const EXPECTED = new Map(["web-1", "web-2", "web-3"].map((name) => [name, REQUESTS]));

const sorted = (map: ReadonlyMap<string, number>) => new Map([...map].sort());

endToEnd("fleet: every way brings the metrics of three machines to one place", async (t) => {
  await using fleet = await Fleet.create();
  await fleet.watch(REQUESTS);

  await t.step("one Prometheus asks all, as files tell", async () => {
    const prometheus = await fleet.prometheus(9090, "pull", "--config.file=pull.yml");
    assert.deepEqual(sorted(await fleet.untilAnswered(9090, COUNTED)), EXPECTED);
    await prometheus.stop();
  });

  await t.step("a Prometheus in agent mode writes to another, whose rules see all", async () => {
    const central = await fleet.prometheus(
      ...[9090, "central", "--config.file=central.yml"] as const,
      "--web.enable-remote-write-receiver",
    );
    const agent = await fleet.prometheus(
      ...[9091, "agent", "--config.file=agent.yml", "--enable-feature=agent"] as const,
    );
    const ofRegion = COUNTED.replace("{", '{region="north",');
    assert.deepEqual(sorted(await fleet.untilAnswered(9090, ofRegion)), EXPECTED);
    const hosts = await fleet.untilAnswered(9090, "instance:webstat_hosts:max");
    assert.deepEqual([...hosts.values()], [1, 1, 1]);
    for (const each of [agent, central]) await each.stop();
  });

  await t.step("vmagent writes to VictoriaMetrics", async () => {
    const victoria = await fleet.start(
      "http://127.0.0.1:8428/health",
      ...["victoria-metrics", "-httpListenAddr=127.0.0.1:8428", "-loggerLevel=ERROR"],
      ...["-storageDataPath=victoria", "-search.latencyOffset=0s", "-memory.allowedBytes=128MB"],
    );
    const agent = await fleet.start(
      "http://127.0.0.1:8429/health",
      ...["vmagent", "-promscrape.config=vmagent.yml", "-httpListenAddr=127.0.0.1:8429"],
      ...["-remoteWrite.url=http://victoria.test:8428/api/v1/write", "-loggerLevel=ERROR"],
      ...["-remoteWrite.tmpDataPath=vmagent", "-memory.allowedBytes=128MB"],
    );
    const ofRegion = COUNTED.replace("{", '{region="north",');
    assert.deepEqual(sorted(await fleet.untilAnswered(8428, ofRegion)), EXPECTED);
    for (const each of [agent, victoria]) await each.stop();
  });

  await t.step("a global Prometheus asks a regional one for what its rules made", async () => {
    const regional = await fleet.prometheus(9090, "regional", "--config.file=regional.yml");
    const global = await fleet.prometheus(9091, "global", "--config.file=global.yml");
    const hosts = await fleet.untilAnswered(9091, 'instance:webstat_hosts:max{region="north"}');
    assert.deepEqual(sorted(hosts), new Map([...EXPECTED.keys()].map((name) => [name, 1])));
    assert.deepEqual(await fleet.query(9091, "webstat_hits_total"), []);
    for (const each of [global, regional]) await each.stop();
  });
}, ["prometheus", "victoria-metrics", "vmagent", "python3"]);
