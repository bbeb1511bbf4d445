// What a capture is to do. The options of the command line that are marked `worker` in
// src/cli/ come here under their own names.

export interface PipelineOptions {
  /** Names of interfaces to capture from; empty with `files`. */
  readonly interfaces: readonly string[];
  /** Capture files, "-" for standard input; empty with `interfaces`. */
  readonly files: readonly string[];
  /** Whether the files are pipes whose packets have just been sent: their secrets come after them. */
  readonly fresh: boolean;
  /** pcap-filter(7) syntax. */
  readonly filter: string | null;
  /** Bytes kept of a packet; 0 for all. */
  readonly snaplen: number;
  /** The kernel's buffer for each interface, in bytes. */
  readonly bufferSize: number;
  readonly promiscuous: boolean;
  /** Key logs, with whose secrets TLS and QUIC are decrypted. */
  readonly keyLogs: readonly string[];
  /** Whether events show the query strings of requests that were decrypted. */
  readonly targets: boolean;
  readonly maxHosts: number;
  /** Pairs of programs and hosts that are counted one by one, and of clients and hosts. */
  readonly maxPairs: number;
  /** Whether registrable domains are also those below private suffixes, see domainsBy(). */
  readonly privateSuffixes: boolean;
  /** What hosts are counted by: their names, or the registrable domains of these. */
  readonly by: "host" | "domain";
  /** Whether hosts are told that were only asked for in DNS. */
  readonly dnsOnlyHosts: boolean;
  /** Upper bounds of the buckets of durations, in seconds; null for DEFAULT_BUCKETS. */
  readonly buckets: readonly number[] | null;
  /** Routes counted of each host; null for none. */
  readonly routes: number | null;
  /** Whether it is counted which clients talk to which hosts. */
  readonly clients: boolean;
  /** A database of networks, which events tell then; null for none. */
  readonly asnDb: string | null;
  /** Whether what clients ask DNS for names their connections that say no name. */
  readonly dnsNames: boolean;
  /** Whether only registrable domains are kept of names, and no addresses and targets at all. */
  readonly privacy: boolean;
  /** Patterns of hosts that are neither kept nor told by name. */
  readonly exclude: readonly string[];
  /** The memory budget in bytes; null for one that fits this machine. */
  readonly memory: number | null;
  /** Stop after so many packets; null for no limit. */
  readonly count: number | null;
  /** Whether to send `events` messages. */
  readonly events: boolean;
  /**
   * Whether the hosts are shown live: then the history of each host is kept for `inspect`, and the
   * worker stays when the capture has ended.
   */
  readonly watch: boolean;
}
