// Long conversations that are valid, or nearly so, made by chance: what mutations of recorded captures do not
// reach, as most of them break a message at its beginning. A generator for each protocol with state.

import {
  clientHelloOf,
  cryptoFrame,
  initialPacket,
  padded,
  serverInitial,
} from "../../src/protocols/quic/quic_samples.ts";
import {
  type Bytes,
  bytes,
  concat,
  filler,
  prefixed,
  text,
  u16,
  u24,
  u32,
} from "../packets/bytes.ts";
import { dnsAnswer, dnsName, dnsOverTcp, dnsQuery } from "../packets/dns.ts";
import { httpRequest, httpResponse } from "../packets/http.ts";
import type { Random } from "../packets/random.ts";
import {
  clientHello,
  serverHello,
  tlsAlert,
  tlsApplicationData,
  tlsRecord,
  tlsRecords,
} from "../packets/tls.ts";

/** What one side says next: 0 is the client. */
export interface Turn {
  readonly side: 0 | 1;
  readonly data: Uint8Array;
}

/** One connection's or flow's conversation. */
export interface Conversation {
  readonly protocol: string;
  readonly transport: "tcp" | "udp";
  readonly serverPort: number;
  readonly turns: Turn[];
}

type Generator = (random: Random) => Conversation;

const HOSTS = [
  "a.test",
  "b.test",
  "xn--bcher-kva.test",
  "a.test:8080",
  "[2001:db8::1]",
  "",
  "~other",
];
const LENGTHS = [0, 1, 2, 63, 64, 127, 128, 255, 256, 1459, 1460, 16_383, 16_384, 16_385, 65_535];

const lengthOf = (random: Random): number =>
  random.below(3) === 0 ? random.pick(LENGTHS) : random.below(2000);

const times = <Item>(random: Random, most: number, one: (i: number) => Item): Item[] =>
  Array.from({ length: 1 + random.below(most) }, (_, i) => one(i));

// ---------------------------------------------------------------- HTTP/1

const METHODS = ["GET", "POST", "HEAD", "CONNECT", "OPTIONS", "PUT", "BREW"];
const STATUSES = [100, 101, 103, 200, 200, 200, 204, 206, 301, 304, 404, 417, 500, 999];

function http1(random: Random): Conversation {
  const turns: Turn[] = [];
  for (let left = 1 + random.below(40); left > 0; left--) {
    const isRequest = random.below(5) < 3;
    turns.push({ side: isRequest ? 0 : 1, data: isRequest ? request(random) : response(random) });
  }
  return { protocol: "http1", transport: "tcp", serverPort: 80, turns };
}

function request(random: Random): Bytes {
  const method = random.pick(METHODS);
  const body = random.below(3) === 0 ? filler(lengthOf(random)) : "";
  return httpRequest({
    method,
    host: random.pick(HOSTS),
    target: random.pick([
      "/",
      `/${"x".repeat(lengthOf(random))}`,
      "http://c.test/y",
      "*",
      "c.test:1",
    ]),
    version: random.pick(["1.1", "1.1", "1.0", "1.9"]),
    headers: headers(random),
    body,
    ...random.below(2) === 0 ? { chunkSize: 1 + random.below(2000) } : {},
  });
}

const response = (random: Random): Bytes =>
  httpResponse({
    status: random.pick(STATUSES),
    headers: headers(random),
    body: filler(lengthOf(random)),
    ...random.below(2) === 0 ? { chunkSize: 1 + random.below(2000) } : {},
  });

const FIELDS: readonly (readonly [string, string])[] = [
  ["Connection", "Upgrade"],
  ["Upgrade", "h2c"],
  ["Upgrade", "websocket"],
  ["Expect", "100-continue"],
  ["Content-Length", "5"],
  ["Content-Length", "5, 5"],
  ["Content-Length", "99999999999999999999"],
  ["Transfer-Encoding", "gzip, chunked"],
  ["Transfer-Encoding", "identity"],
  ["X-Folded", "a\r\n b"],
  ["Host", "second.test"],
];

const headers = (random: Random): Record<string, string> =>
  Object.fromEntries(
    random.below(3) === 0 ? times(random, 3, () => random.pick(FIELDS)) : [["Accept", "*/*"]],
  );

// ---------------------------------------------------------------- HTTP/2

const PREFACE = text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

const frame = (type: number, flags: number, stream: number, payload: Uint8Array): Bytes =>
  concat(u24(payload.length), bytes(type, flags), u32(stream), payload);

function http2(random: Random): Conversation {
  const turns: Turn[] = [];
  if (random.below(4) > 0) turns.push({ side: 0, data: concat(PREFACE, frame(4, 0, 0, bytes())) });
  turns.push({ side: 1, data: frame(4, 0, 0, bytes()) });
  let newest = 1;
  for (let left = 1 + random.below(120); left > 0; left--) {
    const side = random.below(2) as 0 | 1;
    if (side === 0 && random.below(3) === 0) newest += 2 * (1 + random.below(3));
    const stream = random.below(6) === 0 ? random.below(newest + 9) : newest;
    turns.push({ side, data: http2Frame(random, side, stream) });
  }
  return { protocol: "http2", transport: "tcp", serverPort: 80, turns };
}

function http2Frame(random: Random, side: 0 | 1, stream: number): Bytes {
  const endsStream = random.below(3) === 0 ? 1 : 0;
  switch (random.below(11)) {
    case 0:
    case 1:
    case 2:
      return headerFrames(random, side, stream, endsStream);
    case 3:
      return frame(0, endsStream, stream, filler(lengthOf(random) % 16_384));
    case 4:
      return frame(0, endsStream | 8, stream, concat(bytes(random.below(256)), filler(200)));
    case 5:
      return frame(3, 0, stream, u32(8));
    case 6:
      return frame(7, 0, 0, concat(u32(random.pick([0, stream, 0x7fffffff])), u32(0)));
    case 7:
      return frame(5, 4, stream, concat(u32(2 * (1 + random.below(50))), fieldBlock(random, 0)));
    case 8:
      return frame(8, 0, stream, u32(1 + random.below(1000)));
    case 9:
      return frame(random.below(256), random.below(256), stream, filler(random.below(100)));
    default:
      return frame(
        4,
        0,
        0,
        concat(u16(1 + random.below(8)), u32(random.pick([0, 1, 4096, 1 << 20]))),
      );
  }
}

/** HEADERS, and CONTINUATION if it is cut; sometimes with padding and a priority. */
function headerFrames(random: Random, side: 0 | 1, stream: number, endsStream: number): Bytes {
  const block = fieldBlock(random, side);
  if (random.below(3) > 0 || block.length < 2) {
    const isPadded = random.below(4) === 0;
    const payload = isPadded ? concat(bytes(3), block, new Uint8Array(3)) : block;
    return frame(1, 4 | endsStream | (isPadded ? 8 : 0), stream, payload);
  }
  const cut = 1 + random.below(block.length - 1);
  return concat(
    frame(1, endsStream, stream, block.subarray(0, cut)),
    ...random.below(5) === 0 ? [frame(6, 0, 0, new Uint8Array(8))] : [],
    frame(9, 4, stream, block.subarray(cut)),
  );
}

/** A header block: every representation of HPACK, with indices that may be out of the table. */
function fieldBlock(random: Random, side: 0 | 1): Bytes {
  const parts: Uint8Array[] = [];
  if (random.below(6) === 0) parts.push(integer(0x20, 5, random.pick([0, 100, 4096, 65_536])));
  if (side === 0) {
    parts.push(bytes(random.pick([0x82, 0x83])), literal(1, random.pick(HOSTS), random));
  } else {parts.push(
      random.below(2) === 0 ? bytes(0x88) : literal(8, String(random.pick(STATUSES)), random),
    );}
  for (let left = random.below(5); left > 0; left--) {
    parts.push(
      random.below(3) === 0
        ? integer(0x80, 7, random.pick([1, 4, 61, 62, 63, 70, 127, 200]))
        : literal(random.pick([4, 31, 58, 62, 65, 0]), "v".repeat(random.below(80)), random),
    );
  }
  return concat(...parts);
}

/** A literal field whose name is that of an index, or written out if that is 0. */
function literal(index: number, value: string, random: Random): Bytes {
  const [first, prefix] = random.pick([[0x40, 6], [0x00, 4], [0x10, 4]] as const);
  const name = index === 0 ? string(`x-${random.below(40)}`) : bytes();
  return concat(integer(first, prefix, index), name, string(value));
}

const string = (value: string): Bytes => concat(integer(0, 7, value.length), text(value));

function integer(first: number, prefix: number, value: number): Bytes {
  const full = (1 << prefix) - 1;
  if (value < full) return bytes(first | value);
  const rest: number[] = [];
  let left = value - full;
  for (; left >= 128; left = Math.floor(left / 128)) rest.push((left & 127) | 128);
  return bytes(first | full, ...rest, left);
}

// ---------------------------------------------------------------- DNS, TLS, QUIC

function dns(random: Random): Conversation {
  const isTcp = random.below(4) === 0;
  const turns = times(random, 60, (): Turn => {
    const id = random.below(8);
    const name = random.pick([
      "a.test",
      "b.test",
      "",
      `${"l".repeat(63)}.test`,
      `n${random.below(99)}.test`,
    ]);
    const type = random.pick([1, 28, 65, 255, 65_280]);
    const isQuery = random.below(2) === 0;
    const message = !isQuery
      ? dnsAnswer({ id, name, type, rcode: random.below(20), addresses: ["192.0.2.1"] })
      : random.below(8) === 0
      ? concat(
        u16(id),
        u16(0x0100),
        u16(2),
        u16(0),
        u32(0),
        question(name, type),
        question("c.test", 1),
      )
      : dnsQuery({ id, name, type });
    return { side: isQuery ? 0 : 1, data: isTcp ? dnsOverTcp(message) : message };
  });
  return { protocol: "dns", transport: isTcp ? "tcp" : "udp", serverPort: 53, turns };
}

const question = (name: string, type: number): Bytes => concat(dnsName(name), u16(type), u16(1));

function tls(random: Random): Conversation {
  const hello = clientHello({
    serverName: random.pick(["a.test", "b.test", null, "x".repeat(300)]),
    alpn: random.pick([[], ["h2"], ["h2", "http/1.1"]]),
    keyShareBytes: random.pick([32, 1216, 3000]),
    extensions: [{ type: 0xfe0d, data: prefixed(2, filler(random.below(300))) }],
  });
  const size = random.pick([16_384, 1 + random.below(200)]);
  const noise = () =>
    random.pick([
      tlsAlert(random.pick([0, 112])),
      tlsRecord(20, bytes(1)),
      tlsRecord(22, bytes(0, 0, 0, 0)),
      tlsApplicationData(random.below(3000)),
    ]);
  const turns: Turn[] = [{ side: 0, data: tlsRecords(hello, size) }];
  for (let left = random.below(4); left > 0; left--) {
    turns.push({ side: random.below(2) as 0 | 1, data: noise() });
  }
  turns.push({
    side: 1,
    data: tlsRecords(serverHello({ alpn: "h2", version: random.pick([0x0303, 0x0304]) }), size),
  });
  if (random.below(4) === 0) turns.push({ side: 0, data: tlsRecords(hello, size) });
  for (let left = random.below(10); left > 0; left--) {
    turns.push({ side: random.below(2) as 0 | 1, data: noise() });
  }
  return { protocol: "tls", transport: "tcp", serverPort: random.pick([443, 53, 25]), turns };
}

function quic(random: Random): Conversation {
  const hello = clientHelloOf(random.pick(["a.test", "b.test"]), "h3", random.below(1500));
  const frames = [];
  for (let at = 0; at < hello.length;) {
    const end = Math.min(hello.length, at + 1 + random.below(700));
    frames.push(cryptoFrame(at, hello.subarray(at, end)));
    at = end;
  }
  if (random.below(2) === 0) frames.sort(() => random.next() - 0.5);
  const firstId = filler(8 + random.below(12)).map(() => random.below(256));
  const turns = frames.map((crypto, number): Turn => ({
    side: 0,
    data: initialPacket({ firstId, number, frames: padded(concat(crypto)) }),
  }));
  turns.push({ side: 1, data: serverInitial({ firstId }) });
  turns.push({ side: 0, data: concat(bytes(0x45), filler(random.below(1000))) });
  return { protocol: "quic", transport: "udp", serverPort: 443, turns };
}

const GENERATORS: readonly Generator[] = [http1, http1, http2, http2, dns, tls, quic];

export const conversation = (random: Random): Conversation => random.pick(GENERATORS)(random);
