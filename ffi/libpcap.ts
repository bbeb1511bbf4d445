// libpcap's functions. It is opened on first use, as reading files without a filter does not need it.

import { UserError } from "../src/errors.ts";
import { type Library, LibraryError, openLibrary, readCString, type Symbols } from "./library.ts";

const NAMES = Deno.build.os === "darwin"
  ? [
    "libpcap.A.dylib",
    "/usr/lib/libpcap.A.dylib",
    "/usr/lib/libpcap.dylib",
    "/opt/homebrew/opt/libpcap/lib/libpcap.dylib",
  ]
  // Debian and Ubuntu call it 0.8 for historical reasons; it is the same library.
  : ["libpcap.so.1", "libpcap.so.0.8", "libpcap.so"];

const SYMBOLS = {
  // const char *pcap_lib_version(void)
  pcap_lib_version: { parameters: [], result: "pointer" },
  // pcap_t *pcap_create(const char *source, char *errbuf)
  pcap_create: {
    parameters: [
      "buffer", // const char *source
      "buffer", // char *errbuf, of PCAP_ERRBUF_SIZE bytes
    ],
    result: "pointer",
  },
  // int pcap_set_snaplen(pcap_t *p, int snaplen), and similar ones
  pcap_set_snaplen: { parameters: ["pointer", "i32"], result: "i32" },
  pcap_set_promisc: { parameters: ["pointer", "i32"], result: "i32" },
  pcap_set_timeout: { parameters: ["pointer", "i32"], result: "i32" },
  pcap_set_buffer_size: { parameters: ["pointer", "i32"], result: "i32" },
  // int pcap_activate(pcap_t *p)
  pcap_activate: { parameters: ["pointer"], result: "i32" },
  // int pcap_setnonblock(pcap_t *p, int nonblock, char *errbuf)
  pcap_setnonblock: { parameters: ["pointer", "i32", "buffer"], result: "i32" },
  // int pcap_get_selectable_fd(pcap_t *p)
  pcap_get_selectable_fd: { parameters: ["pointer"], result: "i32" },
  // int pcap_fileno(pcap_t *p)
  pcap_fileno: { parameters: ["pointer"], result: "i32" },
  // int pcap_datalink(pcap_t *p)
  pcap_datalink: { parameters: ["pointer"], result: "i32" },
  // int pcap_snapshot(pcap_t *p)
  pcap_snapshot: { parameters: ["pointer"], result: "i32" },
  // char *pcap_geterr(pcap_t *p)
  pcap_geterr: { parameters: ["pointer"], result: "pointer" },
  // const char *pcap_statustostr(int error)
  pcap_statustostr: { parameters: ["i32"], result: "pointer" },
  // int pcap_stats(pcap_t *p, struct pcap_stat *ps)
  pcap_stats: {
    parameters: [
      "pointer", // pcap_t *p
      "buffer", // struct pcap_stat *ps
    ],
    result: "i32",
  },
  // void pcap_close(pcap_t *p)
  pcap_close: { parameters: ["pointer"], result: "void" },

  // int pcap_dispatch(pcap_t *p, int cnt, pcap_handler callback, u_char *user)
  pcap_dispatch: {
    parameters: [
      "pointer", // pcap_t *p
      "i32", // int cnt
      "pointer", // pcap_handler callback: the address of pcap_dump
      "pointer", // u_char *user: the pcap_dumper_t that pcap_dump wants
    ],
    result: "i32",
    isHot: true,
  },
  // void pcap_dump(u_char *user, const struct pcap_pkthdr *h, const u_char *sp): its address only
  pcap_dump: { type: "pointer" },
  // pcap_dumper_t *pcap_dump_fopen(pcap_t *p, FILE *fp)
  pcap_dump_fopen: { parameters: ["pointer", "pointer"], result: "pointer" },
  // int pcap_dump_flush(pcap_dumper_t *d)
  pcap_dump_flush: { parameters: ["pointer"], result: "i32", isHot: true },
  // void pcap_dump_close(pcap_dumper_t *d): closes the FILE as well
  pcap_dump_close: { parameters: ["pointer"], result: "void" },

  // pcap_t *pcap_open_dead(int linktype, int snaplen)
  pcap_open_dead: { parameters: ["i32", "i32"], result: "pointer" },
  // int pcap_compile(pcap_t *p, struct bpf_program *fp, const char *str, int optimize, bpf_u_int32 netmask)
  pcap_compile: {
    parameters: [
      "pointer", // pcap_t *p
      "buffer", // struct bpf_program *fp
      "buffer", // const char *str
      "i32", // int optimize
      "u32", // bpf_u_int32 netmask
    ],
    result: "i32",
  },
  // int pcap_setfilter(pcap_t *p, struct bpf_program *fp)
  pcap_setfilter: { parameters: ["pointer", "buffer"], result: "i32" },
  // void pcap_freecode(struct bpf_program *fp)
  pcap_freecode: { parameters: ["buffer"], result: "void" },
  // int pcap_offline_filter(const struct bpf_program *fp, const struct pcap_pkthdr *h, const u_char *pkt)
  pcap_offline_filter: {
    parameters: [
      "buffer", // const struct bpf_program *fp
      "buffer", // const struct pcap_pkthdr *h
      "buffer", // const u_char *pkt
    ],
    result: "i32",
    isHot: true,
  },

  // int pcap_findalldevs(pcap_if_t **alldevsp, char *errbuf)
  pcap_findalldevs: { parameters: ["buffer", "buffer"], result: "i32" },
  // void pcap_freealldevs(pcap_if_t *alldevs)
  pcap_freealldevs: { parameters: ["pointer"], result: "void" },
} as const satisfies Symbols;

/** libpcap's functions. */
export type Libpcap = Library<typeof SYMBOLS>["symbols"];

/** PCAP_ERRBUF_SIZE */
export const ERROR_BYTES = 256;

/**
 * The most bytes that libpcap takes of a packet (its MAXIMUM_SNAPLEN): what tcpdump calls full. A file in
 * which a packet claims to have more is damaged.
 */
export const MAX_SNAPLEN = 262144;

let library: Library<typeof SYMBOLS> | null = null;

/** libpcap, opened on first use. Throws UserError if it is not installed. */
export function libpcap(): Libpcap {
  library ??= openLibpcap(NAMES);
  return library.symbols;
}

/** "libpcap version 1.10.3 (with TPACKET_V3)". Throws UserError if it is not installed. */
export function libpcapVersion(): string {
  return readCString(libpcap().pcap_lib_version()) ?? "";
}

/** Opens libpcap by one of `names`. Throws UserError, which names the package to install. */
export function openLibpcap(names: readonly string[]): Library<typeof SYMBOLS> {
  try {
    return openLibrary(names, SYMBOLS);
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    const problem = error.tooOld ? "libpcap is too old" : "libpcap is missing";
    throw new UserError(
      `${problem}: install it with "apt install libpcap0.8" (Debian, Ubuntu), ` +
        `"dnf install libpcap" (Fedora) or "apk add libpcap" (Alpine)`,
      { cause: error },
    );
  }
}
