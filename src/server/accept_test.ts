import assert from "node:assert/strict";
import { PAGE_FORMATS } from "../outputs/page_format.ts";
import { acceptsGzip, preferredOffer } from "./accept.ts";

const PROTOBUF =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const REST = "application/openmetrics-text;version=1.0.0;q=0.8," +
  "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

const CASES: readonly (readonly [accept: string, format: string])[] = [
  // Prometheus 2.42, with native histograms and without.
  [`${PROTOBUF},${REST}`, "protobuf"],
  [REST, "openMetrics"],
  // Prometheus 3.
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;" +
    "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "openMetrics",
  ],
  // VictoriaMetrics, curl, a browser, nothing.
  ["text/plain;version=0.0.4;q=1,*/*;q=0.1", "text"],
  ["*/*", "text"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
  ["", "text"],
  // Prometheus before 2.34 wants a version of OpenMetrics that is not offered.
  ["application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text"],
  // The most exact range counts, not the most liberal one.
  ["text/*;q=0.3, text/plain;q=0.2, application/*;q=0.25", "openMetrics"],
  ["text/plain;q=0, */*;q=0.5", "openMetrics"],
  ["application/openmetrics-text", "openMetrics"],
  ['APPLICATION/OpenMetrics-Text; Version="1.0.0"; Q=0.2, text/plain;q=0.1', "openMetrics"],
  // Equal ones: the one named first.
  ["text/plain, application/openmetrics-text", "text"],
  ["application/openmetrics-text, text/plain", "openMetrics"],
  // Other encodings of protobuf are not offered.
  [PROTOBUF.replace("delimited", "text") + ", text/plain;q=0.1", "text"],
  // Wrong qualities.
  ["application/openmetrics-text;q=high, text/plain;q=0.1", "text"],
  ["application/openmetrics-text;q=-1, text/plain;q=0.1", "text"],
  // Nothing that is offered.
  ["image/png", "text"],
  [",;,;q=1", "text"],
];

Deno.test("the format is the one that the client prefers", () => {
  for (const [accept, format] of CASES) {
    assert.equal(preferredOffer(accept, PAGE_FORMATS), format, accept);
  }
});

Deno.test("gzip is used if the client takes it", () => {
  for (const accepted of ["gzip", "br, gzip;q=0.5", "GZIP", "*", "deflate, *;q=0.1"]) {
    assert.equal(acceptsGzip(accepted), true, accepted);
  }
  for (const refused of ["", "br", "gzip;q=0", "gzip; q=0.0, *", "gzipped", "identity, *;q=0"]) {
    assert.equal(acceptsGzip(refused), false, refused);
  }
});
