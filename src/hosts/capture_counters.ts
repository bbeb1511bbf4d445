// What is counted of a capture as a whole, each counter said once: the snapshot, the sum over
// several workers, the metrics, the JSON report and the losses in the report come from this table.
//
// To add a counter, add a line here and give its value in `#counts` of src/pipeline/pipeline.ts.

import { sum, sumRows } from "../sums.ts";
import { keyOf, type LabelledCount, type LabelledRow } from "./labelled.ts";
import { counter, gauge, type Metric } from "./metric.ts";

interface CaptureCounter {
  readonly metric: Metric;
  /** Without labels it is one number, else a row for each set of values. */
  readonly labels: readonly string[];
  /** Whether it says how things are in this process now, which is no part of the JSON report. */
  readonly isState?: true;
  /** How the report names it, if it makes the other numbers less than the truth. */
  readonly loss?: string;
}

const CAPTURE_COUNTERS = {
  dnsQueries: {
    metric: counter("webstat_dns_queries_total", 'DNS queries; rcode="" if no answer was seen.'),
    labels: ["type", "rcode"],
  },
  /** `reason` is one of Failure in src/decode/packet.ts, or a rule of a protocol. */
  decodeErrors: {
    metric: counter(
      "webstat_decode_errors_total",
      "Packets and messages that were not read: wrong, encrypted, or of no kind that is read.",
    ),
    labels: ["layer", "reason"],
    loss: "packets or messages not read",
  },
  streamGaps: {
    metric: counter(
      "webstat_stream_gaps_total",
      "Places in TCP streams where bytes are missing from the capture.",
    ),
    labels: [],
    loss: "gaps in TCP streams",
  },
  /**
   * "passed": in bytes that no parser needs; "lost": a message was; "resynchronised": read again
   * after.
   */
  streamGapOutcomes: {
    metric: counter(
      "webstat_stream_gap_outcomes_total",
      "What became of the gaps: passed over within a body, a message lost, or read again after.",
    ),
    labels: ["outcome"],
  },
  /** "address": nothing named it; of port 80 and 443 also connections that are no host's. */
  connectionsByNameSource: {
    metric: counter(
      "webstat_connections_by_name_source_total",
      "Connections by what named their host: of those by address nothing did.",
    ),
    labels: ["name_source"],
  },
  unnamedHellos: {
    metric: counter(
      "webstat_unnamed_hellos_total",
      "Handshakes of protocols whose hosts are not followed.",
    ),
    labels: ["protocol", "version"],
  },
  /** Only with --keylog, or secrets in capture files. */
  decryptions: {
    metric: counter(
      "webstat_tls_decrypted_total",
      "TLS and QUIC sessions that were to be decrypted, by what became of them.",
    ),
    labels: ["outcome"],
  },
  repeatedPackets: {
    metric: counter(
      "webstat_repeated_packets_total",
      "Packets that were captured twice, and are counted once.",
    ),
    labels: [],
  },
  memoryBytes: {
    metric: gauge(
      "webstat_memory_bytes",
      "Estimated memory of what is kept of the traffic, by what it is kept for.",
    ),
    labels: ["what"],
    isState: true,
  },
  memoryLimit: {
    metric: gauge(
      "webstat_memory_limit_bytes",
      "The most that webstat_memory_bytes may add up to: part of --memory.",
    ),
    labels: [],
    isState: true,
  },
  /** `reason` is "memory" (all of it is used) or "full" (a limit of its own is reached). */
  evicted: {
    metric: counter(
      "webstat_evicted_total",
      "What was given up before its time, by what it was and why.",
    ),
    labels: ["what", "reason"],
    loss: "half-read messages, requests or packets given up for lack of room",
  },
  flowsOpen: {
    metric: gauge("webstat_flows_open", "Connections that are followed."),
    labels: [],
  },
  flowsEvicted: {
    metric: counter(
      "webstat_flows_evicted_total",
      "Connections that are no longer followed, though their end was not seen.",
    ),
    labels: ["reason"],
  },
  hostsFolded: {
    metric: counter(
      "webstat_hosts_folded_total",
      'Hosts that were folded into host="~other", as there was no room for them.',
    ),
    labels: [],
    loss: "hosts folded into ~other",
  },
  /** `reason` is "full" (others weigh more) or "memory". */
  routesFolded: {
    metric: counter(
      "webstat_routes_folded_total",
      'Routes that lost their places to others, and are counted as route="other" since.',
    ),
    labels: ["reason"],
  },
  pairsFolded: {
    metric: counter(
      "webstat_pairs_folded_total",
      "Pairs with hosts that were folded into ~other, as there was no room for them.",
    ),
    labels: ["kind"],
    loss: "pairs with hosts folded into ~other",
  },
  /** Only with --process. `by` is "trace", "sock_diag" or "none". */
  processesFound: {
    metric: counter(
      "webstat_process_found_total",
      'Connections by how the program was found that they are of; by="none": it was not.',
    ),
    labels: ["by"],
  },
  /** Only of live captures: files wait for the reader of their events. */
  eventsDropped: {
    metric: counter(
      "webstat_events_dropped_total",
      "Lines of --events that could not be written in time.",
    ),
    labels: [],
    loss: "events not written",
  },
} as const satisfies Readonly<Record<string, CaptureCounter>>;

type Counters = typeof CAPTURE_COUNTERS;
type CounterKey = keyof Counters;

/** The value of each counter: a number, or rows with their labels as fields. */
export type CaptureCounts = {
  readonly [Key in CounterKey]: Counters[Key]["labels"] extends readonly [] ? number
    : readonly LabelledCount<Counters[Key]["labels"][number]>[];
};

/** A counter with its key. */
export interface KeyedCounter extends CaptureCounter {
  readonly key: CounterKey;
}

export const COUNTER_LIST: readonly KeyedCounter[] = Object.entries(CAPTURE_COUNTERS)
  .map(([key, counter]) => ({ key: key as CounterKey, ...counter }));

/** The labels and the count of each row; one row without labels if the counter has none. */
export function rowsOf(counts: CaptureCounts, key: CounterKey): readonly LabelledRow[] {
  const value = counts[key];
  return typeof value === "number" ? [{ count: value }] : value;
}

/** The counts that `valueOf` gives for each counter. */
export function countsFrom(valueOf: (counter: KeyedCounter) => unknown): CaptureCounts {
  return Object.fromEntries(COUNTER_LIST.map((counter) => [counter.key, valueOf(counter)])) as
    & Record<CounterKey, never>
    & CaptureCounts;
}

/** The sums of what several workers have counted. */
export function sumCounts(all: readonly CaptureCounts[]): CaptureCounts {
  return countsFrom(({ key, labels }) => {
    const rows = all.flatMap((counts) => rowsOf(counts, key));
    if (labels.length === 0) return sum(rows.map(({ count }) => count));
    return sumRows(rows, (row) => keyOf(labels, row));
  });
}
