// The options of what is captured, and of what that may take.

import { MAX_SNAPLEN } from "../../ffi/libpcap.ts";
import { DURATION, FLAG, integer, ITEMS, mebibytes, TEXT, TEXTS } from "./kinds.ts";
import { group } from "./option_definition.ts";

/** In MiB: libpcap takes the size as a C int. */
const MAX_BUFFER = 2047;
/** In MiB: with less, ordinary traffic of a small machine would not be followed to its end. */
const MIN_MEMORY = 64;
const MAX_MEMORY = 1_048_576;
/** More than any machine that runs this can use; the kernel lets 256 share an interface. */
const MAX_WORKERS = 64;

export const CAPTURE = group("Capture", {
  interfaces: {
    flags: "-i, --interface <name...>",
    help: "names or numbers, or any (default: the first up)",
    kind: ITEMS,
    worker: true,
  },
  files: {
    flags: "-r, --read <file...>",
    help: "read pcap or pcapng, also gzip or zstd; - is stdin",
    kind: TEXTS,
    worker: true,
  },
  filter: {
    flags: "-f, --filter <bpf>",
    help: "capture only this, as in pcap-filter(7)",
    kind: TEXT,
    worker: true,
  },
  duration: {
    flags: "-d, --duration <time>",
    help: "stop after 30s, 5m, 1h, 500ms",
    kind: DURATION,
  },
  count: {
    flags: "-c, --count <n>",
    help: "stop after n packets",
    kind: integer(1, Number.MAX_SAFE_INTEGER),
    worker: true,
  },
  snaplen: {
    flags: "--snaplen <bytes>",
    help: "bytes kept of each packet, 0 for all",
    kind: integer(0, MAX_SNAPLEN),
    default: "0",
    worker: true,
  },
  bufferSize: {
    flags: "--buffer-size <MiB>",
    help: "the kernel's buffer for packets",
    kind: mebibytes(1, MAX_BUFFER),
    default: "32",
    worker: true,
  },
  promiscuous: {
    flags: "--no-promiscuous",
    help: "only packets to and from this machine",
    kind: FLAG,
    worker: true,
  },
  keyLogs: {
    flags: "--keylog <file...>",
    help: "decrypt TLS with the secrets in these key logs",
    kind: TEXTS,
    worker: true,
  },
  memory: {
    flags: "--memory <MiB>",
    help: "the most memory that traffic may take (1024)",
    kind: mebibytes(MIN_MEMORY, MAX_MEMORY),
    worker: true,
  },
  workers: {
    flags: "--workers <n>",
    help: "share the work between n threads",
    kind: integer(1, MAX_WORKERS),
    default: "1",
  },
});
