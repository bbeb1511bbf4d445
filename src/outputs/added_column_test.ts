// A column is defined in one place: what is added there is in every output.

import assert from "node:assert/strict";
import { type Column, COLUMNS, viewOf } from "../hosts/columns.ts";
import { exampleHost, exampleSnapshot, hitsBy } from "./example.ts";
import { Prometheus } from "./prometheus.ts";
import { reportTable } from "./report.ts";
import { reportJson } from "./report_json.ts";

const NUMBER: Column = {
  of: "host",
  key: "active_seconds",
  title: "active",
  help: "Seconds from the first packet to the newest.",
  kind: "seconds",
  priority: 11,
  value: (host) => (host.lastSeen - host.firstSeen) / 1e6,
};

const TEXT: Column = {
  of: "host",
  key: "letter",
  title: "letter",
  help: "First letter of the name.",
  kind: "text",
  priority: 12,
  value: (host) => host.name[0]!,
};

const OF_ADDRESS: Column = {
  of: "address",
  key: "network",
  title: "network",
  help: "The network that the server is in.",
  priority: 13,
  value: (ip) => ip.replace(/\.\d+$/, ".0/24"),
};

/** The table, the JSON document and the metrics of one host, with a column added. */
function outputs(column: Column) {
  const host = exampleHost("zed.example", {
    hits: hitsBy({ http: 3 }),
    addresses: [{ ip: "192.0.2.1", hits: hitsBy({ http: 1 }) }, {
      ip: "192.0.2.9",
      hits: hitsBy({ http: 2 }),
    }],
  });
  const snapshot = exampleSnapshot({ hosts: [host] });
  const view = viewOf({ ip: false, place: null }, [...COLUMNS, column]);
  return {
    table: reportTable(snapshot, view, { width: null, top: null, color: false }),
    json: JSON.parse(reportJson(snapshot, view)).hosts[0],
    metrics: new TextDecoder().decode(new Prometheus(view).page(snapshot)),
  };
}

Deno.test("a number that is added is shown, is a field, and becomes a gauge", () => {
  const { table, json, metrics } = outputs(NUMBER);
  assert.match(table, /last seen +active\nzed\.example .* 500 ms\n/);
  assert.equal(json.active_seconds, 0.5);
  assert.match(metrics, /^# HELP webstat_host_active_seconds Seconds from the first packet/m);
  assert.match(metrics, /^# TYPE webstat_host_active_seconds gauge$/m);
  assert.match(metrics, /^webstat_host_active_seconds\{host="zed\.example"\} 0\.5$/m);
});

Deno.test("a text that is added is shown, is a field, and becomes a label of the hits", () => {
  const { table, json, metrics } = outputs(TEXT);
  assert.match(table, /last seen +letter\nzed\.example .* z\n/);
  assert.equal(json.letter, "z");
  assert.match(metrics, /^webstat_hits_total\{host="zed\.example",source="http",letter="z"\} 3$/m);
});

Deno.test("an address column that is added is shown for each address", () => {
  const { table, json, metrics } = outputs(OF_ADDRESS);
  assert.match(table, /last seen +network\nzed\.example .* 192\.0\.2\.0\/24\n/);
  assert.deepEqual(json.addresses.map((each: { network: string }) => each.network), [
    "192.0.2.0/24",
    "192.0.2.0/24",
  ]);
  assert.match(metrics, /^webstat_hits_total\{.*source="http",network="192\.0\.2\.0\/24"\} 3$/m);
});
