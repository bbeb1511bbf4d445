// What TCP and UDP flows have in common: their records, who reads them, which account they are charged
// to, and how they end.

import { AddressTexts, readAddress } from "../address.ts";
import type { Packet } from "../decode/packet.ts";
import type { KeyStore } from "../keylog/key_store.ts";
import { type EvictionReason, HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import { CLIENT, SERVER, type Side, type Sink } from "../protocols/analyser.ts";
import { type Account, TCP, type Transport, UDP } from "./account.ts";
import type { Announced } from "./announced.ts";
import { AskedNames } from "./asked_names.ts";
import { FlowConversation } from "./conversation.ts";
import { Copies } from "./copies.ts";
import { Flag } from "./flow_record.ts";
import { FLOW_BYTES, FlowTable, MAX_FLOWS } from "./flow_table.ts";
import { PublicNames } from "./public_names.ts";
import type { DatagramReader, StreamReader } from "./reader.ts";
import { FlowReaders, moved } from "./readers.ts";
import type { Sharer } from "./sharers.ts";

/** Records may take this part of the memory. */
const TABLE_SHARE = 3 / 8;
/** How many records or readers are looked at for one to evict. */
const CANDIDATES = 16;
/** How many are looked at if all of them are busy: what is in use goes last. */
const MOST_CANDIDATES = 256;
/** A flow that was never answered goes before one that holds as much and was. */
const UNANSWERED = 8;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
/** A flow that lasts so long without a name is looked for among the names that were asked for, microseconds. */
const NAMING_TIME = 10_000_000;
/** Added to a flow's idle time, so that those of the last moment are told apart by what they hold. */
const MOMENT = 1_000_000;

/** Keeps something that was told of flows. */
export interface AwaitedFlows {
  /** The flow will be removed. */
  removing(flow: number): void;
  /** Flows got new numbers, see FlowTable. */
  moved(to: Int32Array): void;
}

export class Flows {
  readonly table: FlowTable;
  readonly readers: FlowReaders;
  readonly conversation: FlowConversation;
  readonly keys: KeyStore;
  readonly asked: AskedNames;
  /** Indexed by flow; null until it is charged to one. */
  accounts: (Account | null)[] = [];
  /** To be set before there are flows. */
  sharers: readonly Sharer[] = [];
  /** Null unless names from DNS may come late. */
  awaited: AwaitedFlows | null = null;
  /** Null unless the names of devices are wanted. */
  announced: Announced | null = null;
  /** Flows that have not ended; the table keeps ended ones for a while. */
  active = 0;
  readonly copies = new Copies();
  /** Gaps in TCP streams: runs of bytes that were not captured. */
  gaps = 0;
  /** Those of them within bytes that were to be skipped anyway, so that nothing was lost. */
  gapsPassed = 0;
  /** Flows that are no longer followed though their end was not seen; "memory": what was kept is lost. */
  readonly evicted: Record<EvictionReason | "idle", number> = { idle: 0, full: 0, memory: 0 };
  readonly #ledger: MemoryLedger;
  readonly #publicNames = new PublicNames();
  readonly #client = new Int32Array(4);
  readonly #address = new Int32Array(4);
  readonly #texts = new AddressTexts();

  /** `seed`: of all hashes, see hashing.ts. */
  constructor(sink: Sink, ledger: MemoryLedger, keys: KeyStore, seed: number) {
    this.#ledger = ledger;
    this.keys = keys;
    this.asked = new AskedNames(ledger, seed);
    this.table = new FlowTable((to) => this.#move(to), mostFlows(ledger), seed);
    this.readers = new FlowReaders(ledger);
    this.conversation = new FlowConversation(this.table, this.readers, sink, keys);
  }

  #move(to: Int32Array): void {
    this.readers.move(to);
    this.accounts = moved(this.accounts, to);
    for (const sharer of this.sharers) sharer.moved(to);
    this.awaited?.moved(to);
  }

  /** Sets the counters to 0; flows stay. */
  resetCounters(): void {
    this.gaps = 0;
    this.gapsPassed = 0;
    this.copies.count = 0;
    this.evicted.idle = 0;
    this.evicted.full = 0;
    this.evicted.memory = 0;
  }

  /** Adds the flow that `packet` begins. If there are too many, an idle one is evicted. */
  open(packet: Packet, isUdp: boolean, hash: number): number {
    if (this.table.isFull) this.#evictOldest(packet.time);
    const flow = this.table.add(packet, isUdp, hash);
    this.active++;
    this.#ledger.charge(HOLDER_INDEX.flows, FLOW_BYTES);
    this.readers.add(flow);
    this.accounts[flow] = null;
    return flow;
  }

  /** Clock eviction: the longest idle flow of the next records goes, a busy one only if all of them are. */
  #evictOldest(now: number): void {
    const { table } = this;
    let oldest = -1;
    let isBusy = true;
    for (let i = 0; i < CANDIDATES || oldest < 0 || isBusy && i < MOST_CANDIDATES; i++) {
      const flow = table.nextRecord();
      if (!table.isLive(flow)) continue;
      const isBusyToo = this.#isBusy(flow, now);
      if (isBusyToo && !isBusy) continue;
      if (oldest < 0 || isBusy !== isBusyToo || table.lastTime(flow) < table.lastTime(oldest)) {
        oldest = flow;
      }
      isBusy = isBusyToo;
    }
    this.evict(oldest, "full");
  }

  /** Whether both sides have sent data, and one of them something a moment ago; `now` is packet time. */
  #isBusy(flow: number, now: number): boolean {
    return now - this.table.lastTime(flow) < MOMENT && this.table.isConversation(flow);
  }

  /** Ends and removes a flow before its time. */
  evict(flow: number, reason: EvictionReason | "idle"): void {
    if (!this.table.has(flow, Flag.ENDED)) this.evicted[reason]++;
    this.close(flow);
  }

  /** Ends a flow, unless it has ended, and removes it. */
  close(flow: number): void {
    this.leave(flow);
    this.table.remove(flow);
    this.#ledger.charge(HOLDER_INDEX.flows, -FLOW_BYTES);
  }

  /** The same, but its record stays: until `clear`, which is faster than to remove one after the other. */
  leave(flow: number): void {
    if (!this.table.has(flow, Flag.ENDED)) this.end(flow);
    this.awaited?.removing(flow);
    this.#settle(flow);
    this.accounts[flow] = null;
    for (const sharer of this.sharers) sharer.removed(flow);
  }

  /** Forgets all flows, each of which was left. */
  clear(): void {
    this.#ledger.charge(HOLDER_INDEX.flows, -FLOW_BYTES * this.table.count);
    this.table.removeAll();
    this.asked.clear();
  }

  /** Gives up readers until enough memory is free; `now` is packet time. */
  relieve(now: number): void {
    while (!this.#ledger.isRelieved) {
      const reader = this.#leastUseful(now);
      if (reader === null) return;
      this.#ledger.discard(reader.held);
      this.#giveUp(reader.flow);
    }
  }

  /**
   * Of some readers, the one that holds most for longest, above all without an answer; a busy one only if
   * all of them are.
   */
  #leastUseful(now: number): StreamReader | DatagramReader | null {
    let worst: StreamReader | DatagramReader | null = null;
    let worstScore = 0;
    for (let i = 0; i < CANDIDATES || worstScore <= 0 && i < MOST_CANDIDATES; i++) {
      const reader = this.readers.next();
      if (reader === null) return null;
      const score = this.#uselessness(reader, now);
      if (worst === null || score > worstScore) [worst, worstScore] = [reader, score];
    }
    return worst;
  }

  /** The higher, the sooner it goes; not above 0 for busy ones. */
  #uselessness({ flow, held }: StreamReader | DatagramReader, now: number): number {
    if (this.#isBusy(flow, now)) return -1 / held;
    const idle = Math.max(0, now - this.table.lastTime(flow)) + MOMENT;
    return idle * held * (this.table.isConversation(flow) ? 1 : UNANSWERED);
  }

  /**
   * Reports what is known of a flow and forgets the rest. Its record stays, if it is of TCP: what it sends
   * next may begin a message.
   */
  #giveUp(flow: number): void {
    this.evicted.memory++;
    this.#ledger.countEvicted("flows", "memory");
    if (this.table.isUdp(flow)) return this.close(flow);
    this.#endReader(flow);
    this.table.forgetPlace(flow);
  }

  /** Charges a packet to the flow's account, or keeps its length until there is one. */
  charge(flow: number, fromB: number, length: number): void {
    for (let i = 0; i < this.sharers.length; i++) this.sharers[i]!.charge(flow, fromB, length);
    const account = this.accounts[flow]!;
    if (account === null) this.table.addUncharged(flow, fromB, length);
    else if (this.table.sideOf(flow, fromB) === CLIENT) account.target.bytesSent += length;
    else account.target.bytesReceived += length;
  }

  /**
   * Charges the flow to `account` from now on, and what was kept until now. Returns whether this is its
   * first account.
   */
  assign(flow: number, account: Account): boolean {
    const before = this.accounts[flow] ?? null;
    if (before?.target === account.target) return false;
    const transport = this.transport(flow);
    this.#settle(flow);
    this.accounts[flow] = account;
    // Its name may come after its end.
    const isOpen = !this.table.has(flow, Flag.ENDED);
    if (isOpen) account.target.connectionsOpen[transport]++;
    if (before !== null) {
      if (isOpen) before.target.connectionsOpen[transport]--;
      return false;
    }
    account.target.connections[transport]++;
    const { table } = this;
    account.target.bytesSent += table.takeUncharged(flow, table.endpointOf(flow, CLIENT));
    account.target.bytesReceived += table.takeUncharged(flow, table.endpointOf(flow, SERVER));
    if (isOpen && this.asked.hold(this.#addressOf(flow, CLIENT), this.#addressOf(flow, SERVER))) {
      table.set(flow, Flag.HOLDS_NAME);
    }
    for (const sharer of this.sharers) sharer.opened(flow, account.target);
    return true;
  }

  /** The client of a DNS flow was told these addresses of `name`, for `ttl` seconds. */
  noteAnswer(flow: number, name: string, addresses: readonly string[], ttl: number): void {
    const { time } = this.conversation;
    this.asked.note(this.#addressOf(flow, CLIENT), addresses, ttl, name, time);
  }

  /** The client of a DNS flow was told that `name` is the public one of encrypted hellos. */
  notePublicName(flow: number, name: string): void {
    this.#publicNames.note(this.#addressOf(flow, CLIENT), name);
  }

  /** An answer that somebody else has read. */
  hearAnswer(answer: {
    readonly client: string;
    readonly name: string;
    readonly addresses: readonly string[];
    readonly publicName: string;
    readonly ttl: number;
    readonly time: number;
  }): void {
    const { addresses, publicName } = answer;
    readAddress(answer.client, this.#client);
    if (publicName !== "") this.#publicNames.note(this.#client, publicName);
    if (addresses.length > 0) {
      this.asked.note(this.#client, addresses, answer.ttl, answer.name, answer.time);
    }
  }

  /** Whether the client was told that `name` is only what is outside of an encrypted hello. */
  isPublicName(flow: number, name: string): boolean {
    return this.#publicNames.has(this.#addressOf(flow, CLIENT), name);
  }

  /** The name that the client has asked for before it opened this flow; "" if none is known. */
  askedName(flow: number): string {
    const client = this.#addressOf(flow, CLIENT);
    return this.asked.find(client, this.#addressOf(flow, SERVER), this.table.startTime(flow));
  }

  /** Has the sink name a flow that has lasted for some time at `now`, and still has no account. */
  nameIfDue(flow: number, now: number): void {
    if (now - this.table.startTime(flow) < NAMING_TIME || this.table.has(flow, Flag.ENDED)) return;
    this.#name(flow);
  }

  #name(flow: number): void {
    if (this.accounts[flow] !== null || !mayHaveName(this.table, flow)) return;
    this.conversation.turnTo(flow, this.table.lastTime(flow), null);
    this.conversation.sink.unnamed(this.conversation);
  }

  #addressOf(flow: number, side: Side): Int32Array {
    const into = side === CLIENT ? this.#client : this.#address;
    this.table.copyAddress(flow, this.table.endpointOf(flow, side), into);
    return into;
  }

  /** Has the sharers settle what the flows have transferred until now. */
  settleAll(): void {
    if (this.sharers.length === 0) return;
    for (let flow = 0; flow < this.table.used; flow++) this.#settle(flow);
  }

  #settle(flow: number): void {
    if (this.sharers.length === 0) return;
    const account = this.accounts[flow] ?? null;
    if (account === null) return;
    for (const sharer of this.sharers) sharer.settle(flow, account.target);
  }

  /**
   * Replaces an account that was merged into another by that one, so that its memory can be freed: the
   * flow and what the sink has attached to it may be all that still refers to it.
   */
  followAccount(flow: number): void {
    const account = this.accounts[flow]!;
    if (account === null || account.target === account) return;
    this.accounts[flow] = account.target;
    const reader = this.readers.of(flow);
    if (reader !== null) reader.attachment = null;
  }

  transport(flow: number): Transport {
    return this.table.isUdp(flow) ? UDP : TCP;
  }

  /** Reports what is open. The record stays until it is removed, so that late packets are charged too. */
  end(flow: number): void {
    this.#endReader(flow);
    this.#name(flow);
    const account = this.accounts[flow];
    if (account) account.target.connectionsOpen[this.transport(flow)]--;
    if (this.table.has(flow, Flag.HOLDS_NAME)) {
      this.asked.release(this.#addressOf(flow, CLIENT), this.#addressOf(flow, SERVER));
    }
    this.table.set(flow, Flag.ENDED);
    this.active--;
  }

  #endReader(flow: number): void {
    const reader = this.readers.of(flow);
    if (reader === null) return;
    this.conversation.turnTo(flow, this.table.lastTime(flow), null);
    reader.end(this.conversation);
    this.readers.close(flow);
  }

  /** The port of the client or the server. */
  port(flow: number, side: Side): number {
    return this.table.port(flow, this.table.endpointOf(flow, side));
  }

  /** The address of the client or the server, as text. */
  address(flow: number, side: Side): string {
    return this.#texts.of(this.#addressOf(flow, side));
  }
}

/** Whether it is of a kind that names a host, or may be: what was read of it had no name, or it is of the web. */
function mayHaveName(table: FlowTable, flow: number): boolean {
  if (table.has(flow, Flag.READ)) return true;
  const port = table.port(flow, table.endpointOf(flow, SERVER));
  const isWeb = port === HTTPS_PORT || port === HTTP_PORT && !table.isUdp(flow);
  // Who was never answered, or only refused, had no connection.
  return isWeb && (table.isAnswered(flow) || !table.isUdp(flow) && !table.has(flow, Flag.SYN));
}

/** As many flows as their records may take memory for. */
const mostFlows = ({ limit }: MemoryLedger): number =>
  Math.min(MAX_FLOWS, Math.floor(limit * TABLE_SHARE / FLOW_BYTES));
