// Makes hosts again of what packed_hosts.ts has packed. A thousand of them come every second, of
// which a few are seen: a host is read no further than it is looked at.

import {
  ADDRESSES,
  At,
  GRPC,
  HANDSHAKES,
  type PackedHosts,
  QUIC_HANDSHAKES,
  REQUESTS,
  ROW_SIZES,
  STEPS,
  TIMED,
} from "./packed_hosts.ts";
import {
  type AddressCount,
  BUCKETS,
  type DurationSnapshot,
  type GrpcCount,
  type HandshakeCount,
  type HostSnapshot,
  PHASES,
  type RequestCount,
  SOURCES,
  TRANSPORTS,
} from "./snapshot.ts";

/** Reads what one packer has packed: all of it, in order. */
export class HostReader {
  #texts: string[] = [];
  #count = 0;
  #values = new Float64Array();

  read({ count, values, texts, anew }: PackedHosts): HostSnapshot[] {
    // Hosts that were read before keep the texts that they were sent with.
    if (anew) this.#texts = [];
    for (const text of texts) this.#texts.push(text);
    this.#count = count;
    this.#values = values;
    return this.again();
  }

  /** The hosts that were read last, without what was made of them since when they were looked at. */
  again(): HostSnapshot[] {
    const hosts: HostSnapshot[] = [];
    for (let at = 0; hosts.length < this.#count;) {
      hosts.push(new PackedHost(this.#values, at, this.#texts));
      at = rowsAt(this.#values, at, ROW_SIZES.length);
    }
    return hosts;
  }
}

/** Where the rows of a kind begin; of a kind that is not there, where the host ends. */
function rowsAt(values: Float64Array, host: number, kind: number): number {
  let at = host + At.ROWS;
  for (let i = 0; i < kind; i++) at += values[host + At.ROW_COUNTS + i]! * ROW_SIZES[i]!;
  return at;
}

/** A host that is made of the packed values as far as it is asked for. */
class PackedHost implements HostSnapshot {
  readonly #values: Float64Array;
  readonly #at: number;
  readonly #texts: readonly string[];
  #hits: readonly number[] | null = null;
  #requests: readonly RequestCount[] | null = null;
  #handshakes: readonly HandshakeCount[] | null = null;
  #quicHandshakes: readonly HandshakeCount[] | null = null;
  #grpc: readonly GrpcCount[] | null = null;
  #addresses: readonly AddressCount[] | null = null;
  #phases: readonly (DurationSnapshot | null)[] | null = null;

  constructor(values: Float64Array, at: number, texts: readonly string[]) {
    this.#values = values;
    this.#at = at;
    this.#texts = texts;
  }

  get name(): string {
    return this.#texts[this.#value(At.NAME)]!;
  }

  get hits(): readonly number[] {
    return this.#hits ??= this.#numbers(this.#at + At.HITS, SOURCES.length);
  }

  get errors(): number {
    return this.#value(At.ERRORS);
  }

  get requestBodyBytes(): number {
    return this.#value(At.REQUEST_BODY_BYTES);
  }

  get responseBodyBytes(): number {
    return this.#value(At.RESPONSE_BODY_BYTES);
  }

  get bytesSent(): number {
    return this.#value(At.BYTES_SENT);
  }

  get bytesReceived(): number {
    return this.#value(At.BYTES_RECEIVED);
  }

  get connections(): readonly number[] {
    return this.#numbers(this.#at + At.CONNECTIONS, TRANSPORTS.length);
  }

  get connectionsOpen(): readonly number[] {
    return this.#numbers(this.#at + At.CONNECTIONS_OPEN, TRANSPORTS.length);
  }

  get firstSeen(): number {
    return this.#value(At.FIRST_SEEN);
  }

  get lastSeen(): number {
    return this.#value(At.LAST_SEEN);
  }

  get requests(): readonly RequestCount[] {
    return this.#requests ??= this.#rows(REQUESTS, (row) => {
      const [method, code, version] = this.#text(row).split(" ") as [string, string, string];
      return { method, code, version, count: this.#values[row + 1]! };
    });
  }

  get handshakes(): readonly HandshakeCount[] {
    return this.#handshakes ??= this.#rows(HANDSHAKES, (row) => this.#handshake(row));
  }

  get quicHandshakes(): readonly HandshakeCount[] {
    return this.#quicHandshakes ??= this.#rows(QUIC_HANDSHAKES, (row) => this.#handshake(row));
  }

  get grpc(): readonly GrpcCount[] {
    return this.#grpc ??= this.#rows(
      GRPC,
      (row) => ({ status: this.#text(row), count: this.#values[row + 1]! }),
    );
  }

  get addresses(): readonly AddressCount[] {
    return this.#addresses ??= this.#rows(
      ADDRESSES,
      (row) => ({ ip: this.#text(row), hits: this.#numbers(row + 1, SOURCES.length) }),
    );
  }

  get phases(): readonly (DurationSnapshot | null)[] {
    return this.#phases ??= this.#timed();
  }

  #timed(): (DurationSnapshot | null)[] {
    const phases: (DurationSnapshot | null)[] = PHASES.map(() => null);
    this.#rows(TIMED, (row) => phases[this.#values[row]!] = this.#durations(row));
    return phases;
  }

  #durations(row: number): DurationSnapshot {
    const values = this.#values;
    return {
      counts: this.#numbers(row + 6, BUCKETS.length + 1),
      count: values[row + 1]!,
      sum: values[row + 2]!,
      p50: values[row + 3]!,
      p95: values[row + 4]!,
      p99: values[row + 5]!,
      ...this.#distribution(values[row]!),
    };
  }

  /** Not there where it was not sent. */
  #distribution(phase: number): Pick<DurationSnapshot, "distribution"> {
    if (this.#value(At.ROW_COUNTS + STEPS) === 0) return {};
    const values = this.#values;
    const steps = this.#rows(STEPS, (row) => ({
      phase: values[row]!,
      seconds: values[row + 1]!,
      count: values[row + 2]!,
    }));
    return { distribution: steps.filter((step) => step.phase === phase) };
  }

  #handshake(row: number): HandshakeCount {
    const [version, alpn] = this.#text(row).split(" ") as [string, string];
    return { version, alpn, count: this.#values[row + 1]! };
  }

  #rows<Row>(kind: number, read: (row: number) => Row): Row[] {
    const begin = rowsAt(this.#values, this.#at, kind);
    return Array.from(
      { length: this.#value(At.ROW_COUNTS + kind) },
      (_, i) => read(begin + i * ROW_SIZES[kind]!),
    );
  }

  #numbers(at: number, length: number): number[] {
    const numbers: number[] = [];
    for (let i = at; i < at + length; i++) numbers.push(this.#values[i]!);
    return numbers;
  }

  #value(field: number): number {
    return this.#values[this.#at + field]!;
  }

  #text(at: number): string {
    return this.#texts[this.#values[at]!]!;
  }
}
