import assert from "node:assert/strict";
import { viewOf } from "../hosts/columns.ts";
import { busyHost, exampleSnapshot } from "./example.ts";
import { checkSelection, groupOf, selection } from "./metric_groups.ts";
import { Prometheus } from "./prometheus.ts";

const PLAIN = { ip: false, place: null };

/** The names on a page with these items of --metrics. */
const served = (...items: string[]) => servedBy("host", ...items);

/** The same, if hosts are counted by this. */
async function servedBy(by: "host" | "domain", ...items: string[]): Promise<string[]> {
  const view = viewOf(PLAIN, undefined, "report", selection(items, by));
  const page = await new Prometheus(view).page(exampleSnapshot({ hosts: [busyHost("a.example")] }));
  return [...new TextDecoder().decode(page).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!);
}

Deno.test("groups and names: only these", async () => {
  assert.deepEqual(await served("hits"), ["webstat_hits_total"]);
  assert.deepEqual(await served("hits", "webstat_hosts", "webstat_build_info"), [
    "webstat_hits_total",
    "webstat_hosts",
    "webstat_build_info",
  ]);
});

Deno.test("with a minus: all but them", async () => {
  const all = await served();
  const some = await served("-phases", "-webstat_hits_total");
  assert.deepEqual(
    all.filter((name) => !some.includes(name)),
    ["webstat_hits_total", "webstat_phase_duration_seconds"],
  );
});

Deno.test("both: these without those", async () => {
  assert.deepEqual(await served("connections", "-webstat_host_connections_open"), [
    "webstat_host_connections_total",
  ]);
  assert.deepEqual(await served("hits", "-hits"), []);
});

Deno.test("by domain: details have to be asked for, all else is there", async () => {
  const details = [
    "webstat_tls_handshakes_total",
    "webstat_quic_handshakes_total",
    "webstat_host_connections_total",
    "webstat_http_request_body_bytes_total",
    "webstat_http_response_body_bytes_total",
    "webstat_host_connections_open",
  ];
  const without = (all: string[], some: string[]) => all.filter((name) => !some.includes(name));
  const [all, usual] = [await served(), await servedBy("domain")];
  assert.deepEqual(without(all, usual).sort(), details.sort());
  const more = await servedBy("domain", "+handshakes", "+webstat_host_connections_open", "-phases");
  assert.deepEqual(without(more, usual), [
    "webstat_tls_handshakes_total",
    "webstat_quic_handshakes_total",
    "webstat_host_connections_open",
  ]);
  assert.deepEqual(without(usual, more), ["webstat_phase_duration_seconds"]);
  assert.deepEqual(await servedBy("domain", "hits", "bodies"), await served("hits", "bodies"));
  assert.deepEqual(await served("+handshakes"), all);
});

Deno.test("every metric is in a group that says what it is", async () => {
  const byGroup = Map.groupBy(await served(), (name) => groupOf(name)!);
  assert.deepEqual(byGroup.get("bodies"), [
    "webstat_http_request_body_bytes_total",
    "webstat_http_response_body_bytes_total",
  ]);
  assert.deepEqual(byGroup.get("requests"), [
    "webstat_http_requests_total",
    "webstat_grpc_responses_total",
  ]);
  assert.ok(byGroup.get("process")!.includes("webstat_series"));
  assert.ok(byGroup.get("capture")!.includes("webstat_capture_packets_total"));
  assert.ok([...byGroup.keys()].every((group) => group !== undefined));
});

Deno.test("what is no metric and no group is refused, with what there is", async () => {
  await checkSelection("--metrics", ["hits", "-phases", "+bodies", "-webstat_hosts"]);
  await assert.rejects(
    checkSelection("--metrics", ["webstat_hitz_total"]),
    /^UserError: --metrics "webstat_hitz_total": give names of metrics or hits, phases, .*all but/,
  );
  await assert.rejects(checkSelection("--metrics", ["-phase"]), /"phase"/);
});
