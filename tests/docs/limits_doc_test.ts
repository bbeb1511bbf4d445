// docs/limits.md has the limits of the code: each number as it stands there, and none left out.

import assert from "node:assert/strict";
import { programSources } from "../sources.ts";
import { read, type Row, tablesOf } from "./markdown.ts";

const ROWS = tablesOf(read("docs/limits.md")).flat().filter((row) => row.at(-1) !== "");

/** Where what packets bring is kept: every limit there has to be on the page. */
const KEPT =
  /^src\/(capture|decode|flow|geo|hosts|keylog|outputs|pipeline|processes|protocols|push|server)\//;

/** Limits that are none of what is kept: they belong to a format, to a computation, or to what is shown. */
const OTHERS: readonly string[] = [
  "MAX_HEADER of src/capture/file.ts",
  "MAX_MAGIC of src/capture/compression.ts",
  "MAX_PACKET_TYPE of src/capture/pcapng.ts",
  "MAX_LENGTH of src/decode/link.ts",
  "MAX_ADDRESS of src/decode/serial.ts",
  "MAX_PACKET of src/flow/fragments.ts",
  "MAX_DISTANCE of src/flow/tcp.ts",
  "MAX_NAME of src/geo/place.ts",
  "MAX_SIZE of src/geo/place_table.ts",
  "MAX_BOUND of src/hosts/duration_scale.ts",
  "MAX_BOUNDS of src/hosts/duration_scale.ts",
  "MAX_NATIVE_BUCKETS of src/hosts/native_histogram.ts",
  "MAX_GRPC_STATUS of src/hosts/label_values.ts",
  "MAX_TORN of src/outputs/appended_file.ts",
  "MAX_LINKS of src/outputs/foreign_links.ts",
  "MAX_ROWS of src/outputs/page/host_details.ts",
  "MAX_VALUES of src/outputs/page/host_table.ts",
  "MAX_FILTER of src/outputs/page/page_query.ts",
  "MAX_INTERFACES of src/outputs/page/web_page.ts",
  "MAX_REASONS of src/outputs/report.ts",
  "MAX_SOURCES of src/outputs/report.ts",
  "MAX_CACHED_LENGTH of src/pipeline/naming.ts",
  "MAX_INSTANCES of src/processes/trace_instance.ts",
  "MAX_PAGE of src/processes/trace_instance.ts",
  "MAX_PAGES of src/processes/trace_instance.ts",
  "MAX_LABEL of src/protocols/dns/any_port.ts",
  "MAX_NAME of src/protocols/dns/any_port.ts",
  "MAX_NAME_BYTES of src/protocols/dns/message.ts",
  "MAX_LINE_BREAKS of src/protocols/http1/start_lines.ts",
  "MAX_LENGTH of src/protocols/http2/framing.ts",
  "MAX_INTEGER_BYTES of src/protocols/http2/field_decoder.ts",
  "MAX_CACHED_LENGTH of src/protocols/name.ts",
  "MAX_LATIN1 of src/protocols/name.ts",
  "MAX_TEXT of src/protocols/proxy_header.ts",
  "MAX_HEADER of src/protocols/quic/packet_protection.ts",
  "MAX_SINGLE of src/protocols/quic/quic_session.ts",
  "MAX_BEFORE_MESSAGE of src/protocols/quic/gquic.ts",
  "MAX_ENTRIES of src/protocols/quic/gquic.ts",
  "MAX_ID of src/protocols/quic/packet_header.ts",
  "MAX_CHALLENGE of src/protocols/tls/ssl2.ts",
  "MAX_RECORD of src/protocols/tls/records.ts",
  "MAX_UNSEEN of src/protocols/tls/tls_decryption.ts",
  "MAX_REASON of src/push/pusher.ts",
  "MAX_LENGTH of src/push/series_writer.ts",
  "MAX_FLIGHTS of src/server/tls_context.ts",
];

const UNITS: Readonly<Record<string, readonly number[]>> = {
  "": [1],
  KiB: [2 ** 10],
  MiB: [2 ** 20],
  GiB: [2 ** 30],
  // Of packets in microseconds, of clients in milliseconds.
  ms: [1, 1000],
  s: [1000, 1_000_000],
};

/** "1,048,576", "64 KiB", "3/8", "20 ms": what it may be in the code. */
function valuesOf(text: string): number[] {
  const [, number, divisor, unit] = /^([\d,]+)(?:\/(\d+))?(?: (\w+))?$/.exec(text) ?? [];
  assert.ok(number !== undefined, `"${text}" is no limit`);
  const value = Number(number.replaceAll(",", "")) / Number(divisor ?? 1);
  return UNITS[unit ?? ""]!.map((factor) => value * factor);
}

/** The value of a constant, or of a field ("idle", "requests.limit"), as it is written in a file. */
function valueOf(name: string, path: string): number {
  const field = name.split(".").join(": \\{.*?\\b");
  const written = new RegExp(
    `^(?:export )?(?:const ${name} =|  ${field}:) ([\\d_+*/<. -]+)[;,]`,
    "ms",
  )
    .exec(read(path));
  assert.ok(written !== null, `there is no ${name} in ${path}`);
  return Function(`return ${written[1]}`)() as number;
}

/** "`MAX_FLOWS` of `src/flow/flow_table.ts`" -> name and path. */
function place(row: Row): [name: string, path: string] {
  const [, name, path] = /^`([\w.]+)` of `([\w/.]+)`$/.exec(row.at(-1)!) ?? [];
  assert.ok(name !== undefined && path !== undefined, row.join(" | "));
  return [name, path];
}

Deno.test("docs/limits.md: every limit is that of the code", () => {
  assert.ok(ROWS.length > 40);
  for (const row of ROWS) {
    const [name, path] = place(row);
    const value = valueOf(name, path);
    assert.ok(valuesOf(row[1]!).includes(value), `${row[0]}: ${row[1]}, in the code ${value}`);
  }
});

Deno.test("docs/limits.md: no limit of what is kept is missing", () => {
  const documented = ROWS.map((row) => place(row).join(" of "));
  const limits = programSources().filter(({ path }) => KEPT.test(path)).flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:export )?const (MAX_\w+) = [\d_+*/<. -]+;/gm)]
      .map(([, name]) => `${name} of ${path}`)
  );
  const known = [...documented, ...OTHERS];
  assert.deepEqual(limits.filter((each) => !known.includes(each)), []);
});
