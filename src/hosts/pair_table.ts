// What is counted of pairs of something (a program, a client) and a host, up to a limit. When it is
// full, the pairs of the fewest hits are folded: into the pair of the same key and ~other; that pair,
// or the only one of a key, into that of ~other and ~other. So sums over all pairs are always right.

import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import { SOURCES } from "../protocols/analyser.ts";
import { sum } from "../sums.ts";
import { OTHER_HOST } from "./label_values.ts";

/** What is counted of a pair. */
export interface PairCounts {
  /** Connections, TCP and UDP. */
  readonly connections: number;
  /** Bytes on the wire, as the client sent and received them. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Indexed as SOURCES. */
  readonly hits: readonly number[];
}

/** A pair for the outputs. */
export interface PairRow extends PairCounts {
  /** Of what is paired with hosts. Labels that belong together are joined, see `pairKey`. */
  readonly key: string;
  readonly host: string;
}

/** All pairs of a table, packed for another thread: texts, and numbers in one array. */
export interface PackedPairs {
  readonly keys: readonly string[];
  readonly hosts: readonly string[];
  /** PAIR_SIZE numbers for each pair. */
  readonly values: Float64Array<ArrayBuffer>;
}

/** A pair's numbers: connections, bytes sent and received, hits by source. */
const HITS_AT = 3;
const PAIR_SIZE = HITS_AT + SOURCES.length;

/** Bytes of memory that a pair takes, without the key, which its pairs share. */
const PAIR_BYTES = 400;
/** All tables of pairs may take this part of the memory each. */
const MEMORY_SHARE = 1 / 16;
/** How fast their number may grow again, each time that they are charged. */
const REGROWTH = 1.1;
/** After folding, so much of their part is in use. */
const FOLD_TO = 0.9;

/** Never within a label: labels are printable. */
const SEPARATOR = "\0";

/** The key of several labels. */
export const pairKey = (...labels: readonly string[]): string => labels.join(SEPARATOR);

/** The labels of a key, `count` of them: all are ~other if the key is. */
export function pairLabels(key: string, count: number): string[] {
  return key === OTHER_HOST ? new Array<string>(count).fill(OTHER_HOST) : key.split(SEPARATOR);
}

/** Its counts may be added to until the next call of the table: then it may be folded. */
export class Pair implements PairCounts {
  readonly key: string;
  readonly host: string;
  connections = 0;
  bytesSent = 0;
  bytesReceived = 0;
  readonly hits: number[] = SOURCES.map(() => 0);

  constructor(key: string, host: string) {
    this.key = key;
    this.host = host;
  }

  add({ connections, bytesSent, bytesReceived, hits }: PairCounts): void {
    this.connections += connections;
    this.bytesSent += bytesSent;
    this.bytesReceived += bytesReceived;
    for (let i = 0; i < this.hits.length; i++) this.hits[i]! += hits[i]!;
  }
}

interface Candidate {
  readonly pair: Pair;
  readonly hits: number;
}

export class PairTable {
  /** Pairs that were folded into others. */
  folded = 0;
  readonly #max: number;
  /** Fewer than #max while they take too much memory. */
  #most: number;
  #size = 0;
  /** By key and by host. */
  readonly #pairs = new Map<string, Map<string, Pair>>();
  /** Those to be folded first are last. */
  #candidates: Candidate[] = [];
  /** Bytes of the texts that were charged. */
  #charged = 0;

  constructor(max: number) {
    this.#max = this.#most = Math.max(1, max);
  }

  get size(): number {
    return this.#size;
  }

  /** The pair, made if it is new; `host` is the name of a Host. */
  of(key: string, host: string): Pair {
    return this.#pairs.get(key)?.get(host) ?? this.#new(key, host);
  }

  #new(key: string, host: string): Pair {
    if (key !== OTHER_HOST) this.#makeRoom();
    return this.#insert(key, host);
  }

  #insert(key: string, host: string): Pair {
    const pair = new Pair(key, host);
    const hosts = this.#pairs.get(key);
    if (hosts === undefined) this.#pairs.set(key, new Map([[host, pair]]));
    else hosts.set(host, pair);
    this.#size++;
    return pair;
  }

  #makeRoom(): void {
    while (this.#size >= this.#most) {
      if (!this.#foldOne()) return;
    }
  }

  /** Returns false if there is nothing to fold. */
  #foldOne(): boolean {
    if (this.#candidates.length === 0) this.#findCandidates();
    const candidate = this.#candidates.pop();
    if (candidate === undefined) return false;
    const { pair, hits } = candidate;
    const isThere = this.#pairs.get(pair.key)?.get(pair.host) === pair;
    if (isThere && sum(pair.hits) === hits) this.#fold(pair);
    return true;
  }

  /** An eighth of all, so that sorting is rare. */
  #findCandidates(): void {
    const all: Candidate[] = [];
    for (const pair of this) {
      if (pair.key !== OTHER_HOST) all.push({ pair, hits: sum(pair.hits) });
    }
    all.sort((a, b) => b.hits - a.hits || bytesOf(b.pair) - bytesOf(a.pair));
    this.#candidates = all.slice(-Math.ceil(all.length / 8));
  }

  #fold(pair: Pair): void {
    const hosts = this.#pairs.get(pair.key)!;
    hosts.delete(pair.host);
    this.#size--;
    this.folded++;
    if (hosts.size === 0) this.#pairs.delete(pair.key);
    const key = hosts.size === 0 || pair.host === OTHER_HOST ? OTHER_HOST : pair.key;
    (this.#pairs.get(key)?.get(OTHER_HOST) ?? this.#insert(key, OTHER_HOST)).add(pair);
  }

  /**
   * Charges the ledger for all pairs. If they take too large a part of the memory, some are folded, and
   * fewer are kept for a while.
   */
  charge(ledger: MemoryLedger): void {
    let held = this.#held();
    const share = ledger.limit * MEMORY_SHARE;
    this.#most = held <= share
      ? Math.min(this.#max, this.#most * REGROWTH)
      : Math.max(1, Math.floor(this.#size * FOLD_TO * share / held));
    if (held > share) {
      this.#makeRoom();
      held = this.#held();
    }
    ledger.charge(HOLDER_INDEX.pairs, held - this.#charged);
    this.#charged = held;
  }

  #held(): number {
    let held = 0;
    for (const [key, hosts] of this.#pairs) held += key.length + hosts.size * PAIR_BYTES;
    return held;
  }

  *[Symbol.iterator](): Iterator<Pair> {
    for (const hosts of this.#pairs.values()) yield* hosts.values();
  }

  /** Forgets all pairs. */
  reset(): void {
    this.#pairs.clear();
    this.#candidates = [];
    this.#size = 0;
    this.folded = 0;
  }

  /** `values.buffer` of the result may be transferred. */
  packed(): PackedPairs {
    const keys: string[] = [];
    const hosts: string[] = [];
    const values = new Float64Array(this.#size * PAIR_SIZE);
    for (const { key, host, connections, bytesSent, bytesReceived, hits } of this) {
      const at = keys.length * PAIR_SIZE;
      values[at] = connections;
      values[at + 1] = bytesSent;
      values[at + 2] = bytesReceived;
      values.set(hits, at + HITS_AT);
      keys.push(key);
      hosts.push(host);
    }
    return { keys, hosts, values };
  }
}

const bytesOf = ({ bytesSent, bytesReceived }: Pair): number => bytesSent + bytesReceived;

/** The pairs that were packed. */
export function readPairs({ keys, hosts, values }: PackedPairs): PairRow[] {
  return keys.map((key, i) => {
    const at = i * PAIR_SIZE;
    return {
      key,
      host: hosts[i]!,
      connections: values[at]!,
      bytesSent: values[at + 1]!,
      bytesReceived: values[at + 2]!,
      hits: Array.from(values.subarray(at + HITS_AT, at + PAIR_SIZE)),
    };
  });
}

/** The sums of the pairs of several workers, each of which keeps no more than its limit. */
export function mergePairs(tables: readonly (readonly PairRow[])[]): readonly PairRow[] {
  if (tables.length === 1) return tables[0]!;
  const merged = new PairTable(Infinity);
  for (const row of tables.flat()) merged.of(row.key, row.host).add(row);
  return [...merged];
}
