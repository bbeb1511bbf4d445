// Offsets of the fields of C structures on each platform. All platforms are 64-bit and little-endian.

const DARWIN = Deno.build.os === "darwin";

/** struct pcap_pkthdr { struct timeval ts; bpf_u_int32 caplen; bpf_u_int32 len; } */
export const PACKET_HEADER = {
  captured: 16,
  length: 20,
  /** Apple's has a `char comment[256]` at its end. */
  size: DARWIN ? 280 : 24,
} as const;

/** What pcap_dump writes before each packet: four 32-bit numbers on every platform. */
export const RECORD = { seconds: 0, fraction: 4, captured: 8, length: 12, size: 16 } as const;

/** struct pcap_stat { u_int ps_recv; u_int ps_drop; u_int ps_ifdrop; }, and room for Windows' fields. */
export const STATISTICS = { received: 0, dropped: 4, interfaceDropped: 8, size: 32 } as const;

/** struct bpf_program { u_int bf_len; struct bpf_insn *bf_insns; } */
export const FILTER_PROGRAM = { count: 0, instructions: 8, size: 16 } as const;

/** struct pcap_if { pcap_if *next; char *name, *description; pcap_addr *addresses; u_int flags; } */
export const DEVICE = { next: 0, name: 8, description: 16, addresses: 24, flags: 32 } as const;

/** PCAP_IF_* */
export const DEVICE_FLAGS = { loopback: 1, up: 2, running: 4 } as const;

/** struct pcap_addr { pcap_addr *next; struct sockaddr *addr, *netmask, *broadaddr, *dstaddr; } */
export const DEVICE_ADDRESS = { next: 0, address: 8 } as const;

/** struct sockaddr_in and sockaddr_in6. BSD keeps a length in the first byte, Linux a family of two bytes. */
export const SOCKET_ADDRESS = {
  family: DARWIN ? 1 : 0,
  familyBytes: DARWIN ? 1 : 2,
  ipv4: 4,
  ipv6: 8,
} as const;

/** AF_INET and AF_INET6. */
export const ADDRESS_FAMILY = { ipv4: 2, ipv6: DARWIN ? 30 : 10 } as const;

/** struct pollfd { int fd; short events; short revents; } */
export const POLL = {
  descriptor: 0,
  events: 4,
  happened: 6,
  size: 8,
  POLLIN: 1,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 16,
  POLLNVAL: 32,
} as const;
