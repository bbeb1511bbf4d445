// What TCP and UDP flows have in common: records, who reads them, who is charged for them, and how
// they end.

import { AddressTexts } from "../address.ts";
import type { Packet } from "../decode/packet.ts";
import type { Side, Sink } from "../protocols/analyser.ts";
import { type Account, TCP, type Transport, UDP } from "./account.ts";
import { Copies } from "./copies.ts";
import { FlowConversation } from "./conversation.ts";
import {
  CONNECT_TIME,
  FLAGS,
  FlowTable,
  LAST_TIME,
  NUMBERS,
  UNCHARGED,
  WORDS,
} from "./flow_table.ts";
import type { DatagramReader, StreamReader } from "./reader.ts";

/** Bits of FLAGS beyond the table's own. */
export const Flag = {
  /** Endpoint B is the client; else A. */
  CLIENT_IS_B: 1 << 2,
  /** Known from the handshake or from what was said, not only guessed. */
  CLIENT_KNOWN: 1 << 3,
  /** A's sequence numbers are known; B's in the next bit. */
  SEQUENCE: 1 << 4,
  /** A's SYN was seen; B's in the next bit. */
  SYN: 1 << 6,
  /** A's FIN was seen and all before it; B's in the next bit. */
  FIN: 1 << 8,
  /** An acknowledgement of A's bytes was seen; of B's in the next bit. */
  ACKNOWLEDGED: 1 << 10,
  /** Segments wait for others before them. */
  WAITING: 1 << 12,
  RESET: 1 << 13,
  /** Nothing more is expected; the record stays for a while so that latecomers find it. */
  ENDED: 1 << 14,
} as const;

export type EvictionReason = "idle" | "full";

export class Flows {
  readonly table: FlowTable;
  readonly conversation: FlowConversation;
  /** Indexed by flow: TCP's and UDP's readers. */
  streamReaders: (StreamReader | null)[] = [];
  datagramReaders: (DatagramReader | null)[] = [];
  accounts: (Account | null)[] = [];
  /** Flows that have not ended; the table has more for a while. */
  active = 0;
  readonly copies = new Copies();
  /** Bytes that were missing in TCP streams, each run of them counted once. */
  gaps = 0;
  /** Gaps that were inside what nobody reads, so that nothing was lost by them. */
  gapsPassed = 0;
  readonly evicted: Record<EvictionReason, number> = { idle: 0, full: 0 };
  readonly #words = new Int32Array(4);
  readonly #texts = new AddressTexts();

  constructor(sink: Sink) {
    this.table = new FlowTable((_, moved) => this.#move(moved));
    this.conversation = new FlowConversation(this, sink);
  }

  #move(moved: Int32Array | null): void {
    if (moved === null) return;
    this.streamReaders = movedBy(moved, this.streamReaders);
    this.datagramReaders = movedBy(moved, this.datagramReaders);
    this.accounts = movedBy(moved, this.accounts);
  }

  /** Counts anew from here; flows stay. */
  resetCounters(): void {
    this.gaps = 0;
    this.gapsPassed = 0;
    this.copies.count = 0;
    this.evicted.idle = 0;
    this.evicted.full = 0;
  }

  open(packet: Packet, isUdp: boolean, hash: number): number {
    if (this.table.isFull) this.#evictOldest();
    const flow = this.table.add(packet, isUdp, hash);
    this.active++;
    this.streamReaders[flow] = null;
    this.datagramReaders[flow] = null;
    this.accounts[flow] = null;
    return flow;
  }

  streamReader(flow: number): StreamReader | null {
    return this.streamReaders[flow]!;
  }

  #evictOldest(): void {
    let flow = this.table.oldestNearby();
    while (flow < 0) flow = this.table.oldestNearby();
    this.evict(flow, "full");
  }

  /** Ends a flow before its time, and forgets it. */
  evict(flow: number, reason: EvictionReason): void {
    if (!this.has(flow, Flag.ENDED)) this.evicted[reason]++;
    this.close(flow);
  }

  /** Ends a flow if it has not ended, and forgets it. */
  close(flow: number): void {
    if (!this.has(flow, Flag.ENDED)) this.end(flow);
    this.table.remove(flow);
    this.accounts[flow] = null;
  }

  has(flow: number, flag: number): boolean {
    return (this.table.words[flow * WORDS + FLAGS]! & flag) !== 0;
  }

  set(flow: number, flag: number): void {
    this.table.words[flow * WORDS + FLAGS]! |= flag;
  }

  /** Charges a packet to whoever the flow belongs to, or keeps it for when that is known. */
  charge(flow: number, fromB: number, length: number): void {
    const account = this.accounts[flow]!;
    if (account === null) {
      this.table.numbers[flow * NUMBERS + UNCHARGED + fromB]! += length;
    } else if (this.sideOf(flow, fromB) === 0) account.target.sent += length;
    else account.target.received += length;
  }

  sideOf(flow: number, fromB: number): Side {
    const clientIsB = this.table.words[flow * WORDS + FLAGS]! & Flag.CLIENT_IS_B ? 1 : 0;
    return (fromB ^ clientIsB) as Side;
  }

  /** Says that endpoint B, or A, is the client. */
  setClient(flow: number, isB: number): void {
    const at = flow * WORDS + FLAGS;
    const flags = this.table.words[at]! & ~Flag.CLIENT_IS_B;
    this.table.words[at] = flags | Flag.CLIENT_KNOWN | (isB === 1 ? Flag.CLIENT_IS_B : 0);
  }

  /**
   * Charges the flow to `account` from now on, with what was kept until then. Returns the
   * microseconds from SYN to SYN/ACK when this is its first account, 0 where they are not known.
   */
  assign(flow: number, account: Account): number {
    const before = this.accounts[flow] ?? null;
    const transport = this.#transport(flow);
    if (before?.target === account.target) return 0;
    this.accounts[flow] = account;
    account.target.connectionsOpen[transport]++;
    if (before !== null) {
      before.target.connectionsOpen[transport]--;
      return 0;
    }
    account.target.connections[transport]++;
    this.#chargeKept(flow, account);
    return this.table.numbers[flow * NUMBERS + CONNECT_TIME]!;
  }

  #chargeKept(flow: number, account: Account): void {
    const { numbers } = this.table;
    const client = flow * NUMBERS + UNCHARGED + this.sideOf(flow, 0);
    const server = flow * NUMBERS + UNCHARGED + this.sideOf(flow, 1);
    account.target.sent += numbers[client]!;
    account.target.received += numbers[server]!;
    numbers[client] = numbers[server] = 0;
  }

  /**
   * Lets go of an account that was merged into another: flows, and what the sink noted of them, may be
   * all that keeps it in memory.
   */
  followAccount(flow: number): void {
    const account = this.accounts[flow]!;
    if (account === null || account.target === account) return;
    this.accounts[flow] = account.target;
    const reader = this.streamReaders[flow] ?? this.datagramReaders[flow] ?? null;
    if (reader !== null) reader.memo = null;
  }

  #transport(flow: number): Transport {
    return this.table.isUdp(flow) ? UDP : TCP;
  }

  /** Reports what is open. The record stays until it is removed: latecomers are charged to its account. */
  end(flow: number): void {
    const reader = this.streamReaders[flow] ?? this.datagramReaders[flow] ?? null;
    if (reader !== null) {
      this.conversation.turnTo(flow, this.table.numbers[flow * NUMBERS + LAST_TIME]!, null);
      reader.end(this.conversation);
      this.streamReaders[flow] = this.datagramReaders[flow] = null;
    }
    const account = this.accounts[flow];
    if (account) account.target.connectionsOpen[this.#transport(flow)]--;
    this.set(flow, Flag.ENDED);
    this.active--;
  }

  /** The port of the client (side 0) or the server (side 1). */
  port(flow: number, side: Side): number {
    return this.table.endpoint(flow, this.#isB(flow, side), this.#words);
  }

  /** The address of the client (side 0) or the server (side 1), as text. */
  address(flow: number, side: Side): string {
    const words = this.#words;
    this.table.endpoint(flow, this.#isB(flow, side), words);
    return this.#texts.of(words);
  }

  #isB(flow: number, side: Side): boolean {
    return (side === 1) !== this.has(flow, Flag.CLIENT_IS_B);
  }
}

/** A new array, so that one that was long does not keep its memory. */
function movedBy<Item>(moved: Int32Array, items: readonly Item[]): Item[] {
  const result: Item[] = [];
  for (let from = 0; from < moved.length; from++) {
    if (moved[from]! >= 0) result.push(items[from]!);
  }
  return result;
}
