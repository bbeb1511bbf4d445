import assert from "node:assert/strict";
import {
  ACK,
  type Bytes,
  concat,
  ethernet,
  filler,
  hex,
  httpRequest,
  ipv4,
  ipv6,
  SYN,
  tcp,
  text,
  u32,
} from "../../tests/packet_builder.ts";
import { Feed } from "../../tests/packets/feed.ts";
import type { CapturedPacket } from "../../tests/packets/files.ts";
import { fuzzSeed, Random } from "../../tests/packets/random.ts";

const START = 1_700_000_000_000_000;
const MSS = 1448;
const REQUEST = httpRequest({ host: "a.test" });
const BODY = 400_000;
const ANSWER = concat(text(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY}\r\n\r\n`), filler(BODY));

interface View {
  /** The most payload of a segment. */
  readonly size: number;
  /** Whether checksums are filled in. */
  readonly checksums?: boolean;
}

interface Form {
  readonly timestamps?: boolean;
  readonly version?: 4 | 6;
}

/** A connection as one interface shows it: handshake, request, answer in segments, acknowledgements, end. */
class Connection {
  readonly packets: CapturedPacket[] = [];
  readonly #view: View;
  readonly #form: Form;
  #time = START;
  #id = 100;

  constructor(view: View, form: Form = {}) {
    this.#view = view;
    this.#form = form;
    this.#send(true, SYN, 999, 0);
    this.#send(false, SYN | ACK, 4999, 1000);
    this.#send(true, ACK, 1000, 5000);
    this.#send(true, ACK, 1000, 5000, REQUEST);
    const asked = 1000 + REQUEST.length;
    for (let at = 0; at < ANSWER.length; at += 64_000) {
      this.#burst(5000 + at, asked, ANSWER.slice(at, at + 64_000));
      this.#send(true, ACK, asked, 5000 + Math.min(at + 64_000, ANSWER.length));
    }
  }

  /** Sent at once; cut up as the view has it. Later packets have later times, whatever the view. */
  #burst(seq: number, ack: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += this.#view.size) {
      this.#add(false, ACK, seq + at, ack, data.slice(at, at + this.#view.size), at / MSS);
    }
    this.#id += Math.ceil(data.length / MSS);
    this.#time += 1500;
  }

  #send(
    toServer: boolean,
    flags: number,
    seq: number,
    ack: number,
    data = new Uint8Array(0),
  ): void {
    this.#add(toServer, flags, seq, ack, data, 0);
    this.#id++;
    this.#time += 1500;
  }

  #add(
    toServer: boolean,
    flags: number,
    seq: number,
    ack: number,
    data: Uint8Array,
    later: number,
  ): void {
    const [sport, dport] = toServer ? [51000, 80] : [80, 51000];
    const milliseconds = Math.floor((this.#time - START) / 1000) + 77;
    const options = this.#form.timestamps === false
      ? undefined
      : concat(hex("0101080a"), u32(milliseconds), u32(5));
    const segment = tcp({ sport, dport, seq, ack, flags, options: options! }, data);
    const frame = this.#frame(toServer, segment, this.#id + Math.floor(later));
    this.packets.push({ data: frame, time: this.#time + Math.floor(later) });
  }

  #frame(toServer: boolean, segment: Uint8Array, id: number): Bytes {
    const six = this.#form.version === 6;
    const [client, server] = six ? ["2001:db8::1", "2001:db8::2"] : ["10.0.0.1", "10.0.0.2"];
    const [src, dst] = toServer ? [client, server] : [server, client];
    const packet = six
      ? ipv6({ src: src!, dst: dst! }, segment)
      : ipv4({ src: src!, dst: dst! }, segment);
    if (!six) packet.set([id >> 8, id], 4);
    if (this.#view.checksums === false) packet.set([0x12, 0x34], (six ? 40 : 20) + 16);
    return ethernet(packet);
  }
}

const lengthOf = (packets: readonly CapturedPacket[]): number =>
  packets.reduce((sum, { data }) => sum + data.length, 0);

const inTime = (...views: readonly (readonly CapturedPacket[])[]): CapturedPacket[] =>
  views.flat().sort((a, b) => a.time! - b.time!);

/** Bytes that the host is charged; its one request must be found once. */
function charged(packets: readonly CapturedPacket[]): number {
  const feed = new Feed().feed(packets).finish();
  assert.deepEqual(
    feed.events.map(({ host, status, response_bytes }) => [
      host,
      status,
      response_bytes,
    ]),
    [["a.test", 200, BODY]],
  );
  const { bytesSent, bytesReceived, connections } = feed.host("a.test");
  assert.deepEqual(connections, [1, 0]);
  return bytesSent + bytesReceived;
}

/** Reads the views in turn, `count` packets each. */
function inTurn(count: number, ...views: readonly (readonly CapturedPacket[])[]): CapturedPacket[] {
  const all: CapturedPacket[] = [];
  const most = Math.max(...views.map((view) => view.length));
  for (let at = 0; at < most; at += count) {
    for (const view of views) all.push(...view.slice(at, at + count));
  }
  return all;
}

const FORMS: readonly Form[] = [
  {},
  { version: 6 },
  { timestamps: false },
  { timestamps: false, version: 6 },
];

Deno.test("a packet with and without its checksum filled in is charged once", () => {
  for (const form of FORMS) {
    const filled = new Connection({ size: MSS }, form).packets;
    const bare = new Connection({ size: MSS, checksums: false }, form).packets;
    for (const order of [inTime(filled, bare), inTime(bare, filled)]) {
      assert.equal(charged(order), lengthOf(filled));
    }
    for (const count of [1, 7, 100, 1000]) {
      assert.equal(charged(inTurn(count, filled, bare)), lengthOf(filled), `${count} in turn`);
    }
  }
});

Deno.test("a large segment and what it is cut into are charged once, in any order", () => {
  for (const form of FORMS) {
    const large = new Connection({ size: 64_000, checksums: false }, form).packets;
    const small = new Connection({ size: MSS }, form).packets;
    assert.ok(lengthOf(small) > lengthOf(large) + 13_000);
    assert.equal(charged(inTime(large, small)), lengthOf(large));
    assert.equal(charged([...large, ...small]), lengthOf(large));
    assert.equal(charged([...small, ...large]), lengthOf(small));
    for (const count of [1, 3, 10, 50, 200]) {
      for (const views of [[large, small], [small, large]]) {
        const found = charged(inTurn(count, ...views));
        const isBetween = found >= lengthOf(large) && found <= lengthOf(small);
        assert.ok(isBetween, `${found}: ${lengthOf(large)} to ${lengthOf(small)}`);
      }
    }
  }
});

Deno.test("joined in other places, and on more than two interfaces, too", () => {
  const views = [64_000, MSS, 3 * MSS, 16_000, 9000]
    .map((size) => new Connection({ size }).packets);
  const lengths = views.map(lengthOf);
  const random = new Random(fuzzSeed());
  for (let round = 0; round < 50; round++) {
    const found = charged(inTurn(1 + random.below(60), ...views));
    assert.ok(found >= Math.min(...lengths) && found <= Math.max(...lengths), `${found}`);
  }
});

/** `packet` sent once more, `later` microseconds after, with a time stamp and identification of its own. */
function again({ data, time }: CapturedPacket, later: number): CapturedPacket {
  const copy = data.slice();
  const milliseconds = Math.floor((time! - START + later) / 1000) + 77;
  copy.set(u32(milliseconds), 14 + 20 + 24);
  copy.set([0x77, 0x77], 14 + 4);
  return { data: copy, time: time! + later };
}

Deno.test("what is sent again is charged again, on one interface and on two", () => {
  const one = new Connection({ size: MSS }).packets;
  const data = one.filter((packet) => packet.data.length > 1000);
  const lost = [data[3]!, data[50]!, data[51]!].map((packet) => again(packet, 5000));
  const view = inTime(one, lost);
  assert.equal(charged(view), lengthOf(one) + lengthOf(lost));
  const bare = view.map(({ data, time }) => {
    const copy = data.slice();
    copy.set([0, 0], 14 + 20 + 16);
    return { data: copy, time: time! + 3 };
  });
  assert.equal(charged(inTime(view, bare)), lengthOf(view));
});

Deno.test("packets of one interface only are charged as they are, out of order too", () => {
  for (const form of FORMS) {
    for (const size of [MSS, 64_000]) {
      const { packets } = new Connection({ size }, form);
      assert.equal(charged(packets), lengthOf(packets));
      const swapped = packets.slice();
      for (let i = 6; i + 1 < swapped.length; i += 5) {
        [swapped[i], swapped[i + 1]] = [swapped[i + 1]!, swapped[i]!];
      }
      assert.equal(charged(swapped), lengthOf(packets));
    }
  }
});
