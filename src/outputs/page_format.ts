// The formats of /metrics.

interface Format {
  /** What a client that wants it names in `Accept`. */
  readonly mediaType: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the answer. */
  readonly contentType: string;
}

/** That of a client which takes anything is the first. */
export const PAGE_FORMATS = {
  /** Prometheus' text format. */
  text: {
    mediaType: "text/plain",
    parameters: { version: "0.0.4" },
    contentType: "text/plain; version=0.0.4; charset=utf-8",
  },
  openMetrics: {
    mediaType: "application/openmetrics-text",
    parameters: { version: "1.0.0" },
    contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  },
  /** With native histograms, which the others cannot tell. */
  protobuf: {
    mediaType: "application/vnd.google.protobuf",
    parameters: { proto: "io.prometheus.client.MetricFamily", encoding: "delimited" },
    contentType: "application/vnd.google.protobuf; " +
      "proto=io.prometheus.client.MetricFamily; encoding=delimited",
  },
} as const satisfies Readonly<Record<string, Format>>;

export type PageFormat = keyof typeof PAGE_FORMATS;
