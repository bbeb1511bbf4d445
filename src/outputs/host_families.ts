// The metrics of hosts, as src/hosts/fields.ts lists them.

import {
  HOST_NUMBERS,
  HOST_TABLES,
  HOST_VECTORS,
  NUMBER_NAMES,
  type NumberMetric,
  type NumberName,
  SOURCE_INDEX,
  TABLE_NAMES,
  type TableField,
  type TableName,
  VECTOR_NAMES,
  type VectorName,
} from "../hosts/fields.ts";
import type { LabelledRow } from "../hosts/labelled.ts";
import { type NumberFamily, sinceOf } from "./family.ts";

const metricOf = (name: NumberName): NumberMetric | null => HOST_NUMBERS[name].metric;

/** The numbers that share a metric. */
const SHARED = Map.groupBy(NUMBER_NAMES, (name) => metricOf(name)?.name);

export const HOST_FAMILIES: readonly NumberFamily[] = [
  ...TABLE_NAMES.flatMap(tableFamily),
  ...[...SHARED].flatMap(([metric, names]) => metric === undefined ? [] : numberFamily(names)),
  ...VECTOR_NAMES.flatMap(vectorFamily),
];

/** A series for each row. */
function tableFamily(table: TableName): NumberFamily[] {
  const { labels, metric }: TableField = HOST_TABLES[table];
  if (metric === null) return [];
  return [{
    ...metric,
    ofHosts: true,
    *values({ hosts }) {
      for (const host of hosts) {
        const rows: readonly LabelledRow[] = host[table];
        for (const row of rows) {
          const all: Record<string, string> = { host: host.name };
          for (const label of labels) all[label] = String(row[label]);
          yield [all, row.count, sinceOf(host)];
        }
      }
    },
  }];
}

/** A series for each number. */
function numberFamily(names: readonly NumberName[]): NumberFamily {
  const { of, ...metric } = metricOf(names[0]!)!;
  return {
    ...metric,
    ofHosts: true,
    *values({ hosts }) {
      for (const host of hosts) {
        if (of !== undefined && host.hits[SOURCE_INDEX[of]] === 0) continue;
        for (const name of names) {
          const labels = { host: host.name, ...metricOf(name)!.labels };
          yield [labels, host[name], sinceOf(host)];
        }
      }
    },
  };
}

/** A series for each name that has counted something. */
function vectorFamily(vector: VectorName): NumberFamily[] {
  const { names, metric } = HOST_VECTORS[vector];
  if (metric === null) return [];
  const { label, ifAny } = metric;
  return [{
    ...metric,
    ofHosts: true,
    *values({ hosts }) {
      for (const host of hosts) {
        const counts = host[vector];
        const any = host[ifAny];
        for (const [i, name] of names.entries()) {
          if (any[i]! === 0) continue;
          yield [{ host: host.name, [label]: name }, counts[i]!, sinceOf(host)];
        }
      }
    },
  }];
}
