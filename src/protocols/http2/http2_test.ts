import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  CLIENT,
  type Conversation,
  NEED_MORE,
  NOT_MINE,
  SERVER,
  type Side,
  type Sink,
} from "../analyser.ts";
import { http2Preface, looksLikeHttp2Answers, looksLikeHttp2Requests } from "./framing.ts";
import { MAX_HEADER_BLOCK } from "./header_block.ts";
import { MAX_AUTHORITY } from "./header_fields.ts";
import { Http2 } from "./http2.ts";
import { MAX_STREAMS } from "./stream_table.ts";
import type { HttpExchange } from "../transactions.ts";

// ---------------------------------------------------------------- a connection

const never = () => assert.fail("not for HTTP/2");

/** Gives bytes to an analyser like flow/streams.ts, and keeps what it reports. */
class Connection implements Conversation {
  attachment: unknown = null;
  time = 1000;
  readonly flow = 1;
  readonly acknowledged = 0;
  readonly tls = "";
  readonly depth = 0;
  isMidway = false;
  readonly lostAtStart = 0;
  readonly skippedTime = 0;
  readonly analyser = new Http2();
  readonly hits: string[] = [];
  readonly exchanges: HttpExchange[] = [];
  readonly malformed: string[] = [];
  lost = false;
  readonly #held: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  readonly #toSkip: [number, number] = [0, 0];
  resynchronised = 0;
  readonly sink: Sink = {
    targets: true,
    detail: true,
    hit: (_on, source, host) => {
      assert.equal(source, "http");
      this.hits.push(host);
    },
    http: (_on, exchange) => void this.exchanges.push(exchange),
    tls: never,
    quic: never,
    dns: never,
    unnamed: never,
    unnamedHello: never,
    resynchronised: (protocol) => {
      assert.equal(protocol, "http2");
      this.resynchronised++;
    },
    decrypted: never,
    evicted: () => {},
    malformed: (layer, reason) => {
      assert.equal(layer, "http2");
      this.malformed.push(reason);
    },
  };

  wakeOther(): void {}

  position(side: Side): number {
    return this.sequence(side);
  }

  sequence(_side: Side): number {
    return 0;
  }

  skip(side: Side, length: number): void {
    assert.ok(length > 0);
    this.#toSkip[side] += length;
  }

  skipLeft(side: Side): number {
    return this.#toSkip[side];
  }

  become(): void {
    never();
  }

  inside(): never {
    return never();
  }

  send(side: Side, ...parts: Uint8Array[]): void {
    let bytes = join(this.#held[side], ...parts);
    while (bytes.length > 0 && !this.lost) {
      const skipped = Math.min(bytes.length, this.#toSkip[side]);
      if (skipped > 0) {
        this.#skip(side, skipped);
        bytes = bytes.subarray(skipped);
        continue;
      }
      const used = this.analyser.data(this, side, bytes, 0, bytes.length);
      if (used === NOT_MINE) {
        this.lost = true;
        this.end();
      }
      if (used <= 0) break;
      assert.ok(used <= bytes.length);
      bytes = bytes.subarray(used);
    }
    this.#held[side] = bytes;
  }

  gap(side: Side, length: number): void {
    this.#held[side] = new Uint8Array(0);
    const skipped = Math.min(length, this.#toSkip[side]);
    if (skipped > 0) this.#skip(side, skipped);
    if (length > skipped) this.analyser.gap(this, side, length - skipped);
  }

  #skip(side: Side, length: number): void {
    this.#toSkip[side] -= length;
    if (this.#toSkip[side] === 0) this.analyser.skipped(this, side);
  }

  end(): void {
    this.analyser.ended(this);
  }

  /** Method, host, target and status of what was reported. */
  get facts(): [string, string, string, number][] {
    return this.exchanges.map(({ method, host, target, status }) => [method, host, target, status]);
  }
}

// ---------------------------------------------------------------- an encoder

const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;

const NONE = new Uint8Array(0);

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));

function frame(type: number, flags: number, stream: number, payload: Uint8Array = NONE) {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return join(header, payload);
}

type Field = readonly [string, string];

/** Literals, added to the dynamic table unless said otherwise. */
function block(fields: readonly Field[], representation = 0x40): Uint8Array {
  const string = (text: string) => join(integer(0, 7, text.length), bytes(text));
  return join(
    ...fields.map(([name, value]) =>
      join(Uint8Array.of(representation), string(name), string(value))
    ),
  );
}

function integer(first: number, prefix: number, value: number): Uint8Array {
  const full = (1 << prefix) - 1;
  if (value < full) return Uint8Array.of(first | value);
  const result = [first | full];
  for (value -= full; value >= 128; value = value >>> 7) result.push((value & 127) | 128);
  return Uint8Array.from([...result, value]);
}

const headers = (stream: number, fields: readonly Field[], flags = END_STREAM): Uint8Array =>
  frame(1, flags | END_HEADERS, stream, block(fields));
const data = (stream: number, body: string, flags = 0): Uint8Array =>
  frame(0, flags, stream, bytes(body));
const padded = (padding: number, content: Uint8Array): Uint8Array =>
  join(Uint8Array.of(padding), content, new Uint8Array(padding));
const reset = (stream: number): Uint8Array => frame(3, 0, stream, hex("00000008"));
const settings = (flags = 0): Uint8Array =>
  frame(4, flags, 0, flags === 0 ? hex("0003 00000064") : hex(""));
const goAway = (last: number): Uint8Array =>
  frame(7, 0, 0, join(integerOf32(last), hex("00000000"), bytes("bye")));
const integerOf32 = (value: number): Uint8Array => {
  const result = Buffer.alloc(4);
  result.writeUInt32BE(value);
  return Uint8Array.from(result);
};

const PREFACE = bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

const get = (path: string, host = "example.com"): Field[] => [
  [":method", "GET"],
  [":scheme", "http"],
  [":authority", host],
  [":path", path],
];
const status = (code: string, ...more: Field[]): Field[] => [[":status", code], ...more];

function connected(): Connection {
  const connection = new Connection();
  connection.send(CLIENT, PREFACE, settings());
  connection.send(SERVER, settings(), settings(1));
  connection.send(CLIENT, settings(1));
  return connection;
}

// ---------------------------------------------------------------- requests and answers

Deno.test("Http2 reports a request with its response", () => {
  const connection = connected();
  connection.time = 2000;
  connection.send(
    CLIENT,
    headers(1, [
      ...get("/a?b=1", "EXAMPLE.com.:8080"),
      ["user-agent", "curl/8"],
    ], 0),
  );
  assert.deepEqual(connection.hits, ["example.com"]);
  connection.time = 2100;
  connection.send(CLIENT, data(1, "question", END_STREAM));
  connection.time = 2500;
  connection.send(SERVER, headers(1, status("200", ["content-type", "text/html"]), 0));
  connection.time = 2700;
  connection.send(SERVER, data(1, "answer"), data(1, "", END_STREAM));
  assert.deepEqual(connection.exchanges, [{
    version: "2",
    method: "GET",
    host: "example.com",
    target: "/a?b=1",
    status: 200,
    requestBytes: 8,
    responseBytes: 6,
    requestTime: 2000,
    responseTime: 2500,
    responseEnd: 2700,
    contentType: "text/html",
    userAgent: "curl/8",
    grpcStatus: null,
  }]);
  assert.deepEqual(connection.malformed, []);
});

Deno.test("Http2 reads the blocks of RFC 7541 appendix C as one connection", () => {
  const connection = connected();
  const requests = [
    "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
    "8286 84be 5886 a8eb 1064 9cbf",
    "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
  ];
  const answers = [
    `3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
     2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
    "4883 640e ffc1 c0bf",
    `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
     77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
     9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
  ];
  requests.forEach((request, i) => connection.send(CLIENT, frame(1, 5, 2 * i + 1, hex(request))));
  answers.forEach((answer, i) => connection.send(SERVER, frame(1, 5, 2 * i + 1, hex(answer))));
  assert.deepEqual(connection.facts, [
    ["GET", "www.example.com", "/", 302],
    ["GET", "www.example.com", "/", 307],
    ["GET", "www.example.com", "/index.html", 200],
  ]);
});

Deno.test("Http2 matches interleaved streams, whatever the order of responses", () => {
  const connection = connected();
  for (const stream of [1, 3, 5]) connection.send(CLIENT, headers(stream, get(`/${stream}`)));
  connection.send(SERVER, headers(5, status("404"), 0), headers(1, status("200"), 0));
  connection.send(SERVER, data(1, "one"), data(5, "gone", END_STREAM), data(1, "1", END_STREAM));
  connection.send(SERVER, headers(3, status("204")));
  assert.deepEqual(connection.facts.map(([, , target, code]) => [target, code]), [
    ["/5", 404],
    ["/1", 200],
    ["/3", 204],
  ]);
  assert.deepEqual(connection.exchanges.map((exchange) => exchange.responseBytes), [4, 4, 0]);
});

Deno.test("Http2 ignores padding and priority", () => {
  const connection = connected();
  const request = join(padded(7, join(hex("80000000 10"), block(get("/padded")))));
  connection.send(CLIENT, frame(1, END_HEADERS | PADDED | PRIORITY, 1, request));
  connection.send(CLIENT, frame(0, PADDED | END_STREAM, 1, padded(200, bytes("abc"))));
  connection.send(SERVER, frame(1, END_HEADERS | PADDED, 1, padded(0, block(status("200")))));
  connection.send(SERVER, frame(0, PADDED | END_STREAM, 1, padded(255, bytes(""))));
  assert.deepEqual(connection.facts, [["GET", "example.com", "/padded", 200]]);
  assert.equal(connection.exchanges[0]!.requestBytes, 3);
  assert.equal(connection.exchanges[0]!.responseBytes, 0);
  assert.deepEqual(connection.malformed, []);
});

Deno.test("Http2 joins header blocks from CONTINUATION frames", () => {
  const connection = connected();
  const request = block(get("/continued"));
  for (const cut of [0, 1, 5, request.length]) {
    const stream = connection.hits.length * 2 + 1;
    connection.send(
      CLIENT,
      frame(1, END_STREAM, stream, request.subarray(0, cut)),
      frame(9, 0, stream, request.subarray(cut, cut + 3)),
      frame(9, 0, stream),
      frame(9, END_HEADERS, stream, request.subarray(cut + 3)),
    );
    connection.send(SERVER, headers(stream, status("200")));
  }
  assert.equal(connection.facts.length, 4);
  for (const fact of connection.facts) {
    assert.deepEqual(fact, ["GET", "example.com", "/continued", 200]);
  }
  assert.deepEqual(connection.malformed, []);
});

Deno.test("Http2 reports the final response, not 100 or 103", () => {
  const connection = connected();
  connection.send(CLIENT, headers(1, get("/")));
  connection.send(SERVER, headers(1, status("103"), 0));
  connection.time = 5000;
  connection.send(SERVER, headers(1, status("200")));
  assert.deepEqual(connection.facts, [["GET", "example.com", "/", 200]]);
  assert.equal(connection.exchanges[0]!.responseTime, 5000);
});

Deno.test("Http2 reports the gRPC status, from trailers or a response without a body", () => {
  const connection = connected();
  connection.send(CLIENT, headers(1, get("/a.B/C"), 0), data(1, "12345", END_STREAM));
  connection.send(CLIENT, headers(3, get("/a.B/D")));
  connection.send(SERVER, headers(1, status("200"), 0), data(1, "12345"));
  connection.send(SERVER, headers(1, [["grpc-status", "0"]]));
  connection.send(SERVER, headers(3, status("200", ["grpc-status", "12"])));
  assert.deepEqual(connection.exchanges.map((exchange) => exchange.grpcStatus), ["0", "12"]);
  assert.deepEqual(connection.malformed, []);
});

Deno.test("Http2 takes the host from the Host field if there is no :authority", () => {
  const connection = connected();
  connection.send(CLIENT, headers(1, [[":method", "GET"], [":path", "/"], ["host", "b.example"]]));
  connection.send(CLIENT, headers(3, [...get("/"), ["host", "b.example"]]));
  connection.send(CLIENT, headers(5, [[":method", "GET"], [":path", "/"]]));
  connection.send(CLIENT, headers(7, [[":method", "CONNECT"], [":authority", "[::1]:443"]], 0));
  assert.deepEqual(connection.hits, ["b.example", "example.com", "", "::1"]);
});

Deno.test("Http2 takes no host from an authority that is too long for one", () => {
  const connection = connected();
  const name = "a".repeat(MAX_AUTHORITY);
  for (const [i, authority] of [name, `${name}a`].entries()) {
    const request = [[":method", "GET"], [":path", "/"], [":authority", authority]] as const;
    connection.send(CLIENT, headers(1 + 2 * i, request));
  }
  assert.deepEqual(connection.hits, [name, ""]);
});

Deno.test("Http2 reports requests without response: reset, refused, or at the end", () => {
  const connection = connected();
  for (const stream of [1, 3, 5, 7]) {
    connection.send(CLIENT, headers(stream, get(`/${stream}`), 0));
  }
  connection.send(SERVER, headers(3, status("200"), 0), reset(1));
  connection.send(SERVER, goAway(0x7fffffff), goAway(5));
  connection.send(CLIENT, reset(3));
  connection.end();
  assert.deepEqual(connection.facts.map(([, , target, code]) => [target, code]), [
    ["/1", 0],
    ["/7", 0],
    ["/3", 200],
    ["/5", 0],
  ]);
});

Deno.test("Http2 counts the bytes of an incomplete body", () => {
  const connection = connected();
  connection.send(CLIENT, headers(1, get("/")));
  connection.send(SERVER, headers(1, status("200"), 0));
  const body = frame(0, PADDED | END_STREAM, 1, padded(100, bytes("x".repeat(1000))));
  connection.send(SERVER, body.subarray(0, 510));
  connection.end();
  assert.equal(connection.exchanges[0]!.responseBytes, 500);
});

Deno.test("Http2 does not report pushed requests, but updates HPACK's table with them", () => {
  const connection = connected();
  connection.send(CLIENT, headers(1, get("/")));
  const promise = join(integerOf32(2), block(get("/pushed", "push.example")));
  connection.send(SERVER, frame(5, END_HEADERS, 1, promise), headers(2, status("200")));
  // The promise's four entries are in the server's table, before the :status that came after it.
  connection.send(SERVER, frame(1, END_HEADERS | END_STREAM, 1, hex("be c1")));
  assert.deepEqual(connection.malformed, []);
  assert.deepEqual(connection.hits, ["example.com"]);
  assert.deepEqual(connection.facts, [["GET", "example.com", "/", 200]]);
});

Deno.test("Http2 matches a response that was captured before its request", () => {
  const connection = connected();
  connection.send(SERVER, headers(1, status("200"), 0), data(1, "early", END_STREAM));
  connection.send(SERVER, headers(5, status("404")));
  connection.send(CLIENT, headers(1, get("/early")), headers(5, get("/too")));
  assert.deepEqual(connection.facts, [
    ["GET", "example.com", "/early", 200],
    ["GET", "example.com", "/too", 404],
  ]);
});

Deno.test("Http2 ignores the response on stream 1 after Upgrade: h2c", () => {
  const connection = new Connection();
  connection.send(SERVER, settings(), headers(1, status("200")));
  connection.send(CLIENT, PREFACE, settings());
  connection.send(CLIENT, headers(3, get("/next")));
  connection.send(SERVER, headers(3, status("200")));
  connection.end();
  assert.deepEqual(connection.facts, [["GET", "example.com", "/next", 200]]);
  assert.deepEqual(connection.malformed, []);
});

// ---------------------------------------------------------------- losses

Deno.test("Http2 mid-connection reports unknown fields, and reads the rest", () => {
  const whole = connected();
  whole.send(CLIENT, headers(1, get("/first")));
  const joined = new Connection();
  joined.isMidway = true;
  // Fields that refer to the newest entries of a table that was not captured.
  const hidden = frame(1, END_HEADERS | END_STREAM, 3, hex("bf be 82 86"));
  const plain = headers(5, get("/plain", "plain.example"));
  const indexed = frame(1, END_HEADERS | END_STREAM, 7, hex("82 86 bf be"));
  for (const connection of [whole, joined]) {
    connection.send(CLIENT, hidden, plain, indexed);
    connection.send(SERVER, headers(5, status("200")), frame(1, 5, 7, hex("be")));
  }
  assert.deepEqual(joined.hits, ["plain.example", "plain.example"]);
  assert.deepEqual(joined.facts.map(([, host, target, code]) => [host, target, code]), [
    ["plain.example", "/plain", 200],
    ["plain.example", "/plain", 200],
  ]);
  assert.deepEqual(joined.malformed, ["unknown-table"]);
  assert.deepEqual(whole.hits[1], "example.com");
});

Deno.test("Http2 mid-body goes on at the next frames", () => {
  const connection = new Connection();
  connection.isMidway = true;
  connection.send(CLIENT, bytes("rest of a body, then nothing"));
  connection.send(CLIENT, bytes("and a tail"), settings(1), headers(9, get("/found")));
  connection.send(SERVER, bytes("\0\0\0\0\0\0\0\0\0"), bytes("\0".repeat(200)));
  connection.send(SERVER, headers(9, status("200")));
  assert.deepEqual(connection.facts, [["GET", "example.com", "/found", 200]]);
});

Deno.test("Http2 loses nothing by a gap inside a body", () => {
  const connection = connected();
  connection.send(CLIENT, headers(1, get("/big")));
  connection.send(SERVER, headers(1, status("200"), 0));
  const body = data(1, "x".repeat(10000), END_STREAM);
  connection.send(SERVER, body.subarray(0, 1000));
  connection.gap(SERVER, 5000);
  connection.send(SERVER, body.subarray(6000));
  assert.equal(connection.exchanges[0]!.responseBytes, 10000);
  assert.deepEqual(connection.malformed, []);
});

Deno.test("Http2 keeps its place after a gap inside a header block", () => {
  const connection = connected();
  const request = headers(1, get("/lost"));
  connection.send(CLIENT, request.subarray(0, 20));
  connection.gap(CLIENT, 10);
  connection.send(CLIENT, request.subarray(30));
  assert.deepEqual(connection.malformed, ["gap"]);
  connection.send(CLIENT, frame(1, 5, 3, hex("82 86 bf be")), headers(5, get("/known")));
  assert.deepEqual(connection.hits, ["example.com"]);
  assert.deepEqual(connection.malformed, ["gap", "unknown-table"]);
});

Deno.test("Http2 searches for frames after a gap between frames", () => {
  const connection = connected();
  connection.gap(CLIENT, 100);
  connection.send(CLIENT, bytes("xxxxxx"));
  connection.send(CLIENT, headers(7, get("/again")));
  connection.send(SERVER, headers(7, status("200")));
  assert.deepEqual(connection.facts, [["GET", "example.com", "/again", 200]]);
  assert.deepEqual(connection.malformed, ["gap"]);
  assert.equal(connection.resynchronised, 1);
});

// ---------------------------------------------------------------- malformed bytes

Deno.test("Http2 counts malformed blocks by reason and reads on", () => {
  const reasonOf = (...frames: Uint8Array[]): string[] => {
    const connection = connected();
    connection.send(CLIENT, ...frames, settings(1), headers(9, get("/good")));
    assert.deepEqual(connection.hits, ["example.com"]);
    return connection.malformed;
  };
  assert.deepEqual(reasonOf(frame(1, 5, 1, hex("80"))), ["compression"]);
  assert.deepEqual(reasonOf(frame(1, 5, 1, hex("be"))), ["compression"]);
  assert.deepEqual(reasonOf(frame(1, 5 | PADDED, 1, hex("05 82 86"))), ["padding"]);
  assert.deepEqual(reasonOf(frame(1, 5 | PADDED, 1)), ["padding"]);
  assert.deepEqual(reasonOf(frame(1, 5 | PRIORITY, 1, hex("00"))), ["padding"]);
  assert.deepEqual(reasonOf(frame(0, PADDED, 1, hex("05 82"))), ["padding"]);
  assert.deepEqual(reasonOf(headers(1, [[":path", "/"]])), ["pseudo-header"]);
  assert.deepEqual(reasonOf(headers(2, get("/"))), ["stream"]);
  assert.deepEqual(reasonOf(frame(1, 1, 1, hex("82"))), ["continuation"]);
  assert.deepEqual(reasonOf(frame(9, 4, 1, hex("82"))), ["continuation"]);
  assert.deepEqual(reasonOf(frame(6, 0, 0, hex("00"))), ["frame"]);
  assert.deepEqual(reasonOf(frame(1, 5, 0, hex("82"))), ["frame"]);
  assert.deepEqual(reasonOf(frame(0xfe, 0xff, 3, new Uint8Array(70000))), []);
});

Deno.test("Http2 bounds the length of a header block", () => {
  const connection = connected();
  connection.send(CLIENT, frame(1, 5, 1, new Uint8Array(MAX_HEADER_BLOCK + 1)));
  assert.deepEqual(connection.malformed, ["header-too-long"]);
  connection.send(CLIENT, frame(1, 1, 3, block([["a", "b".repeat(60000)]])));
  for (let i = 0; i < 100; i++) connection.send(CLIENT, frame(9, 0, 3, new Uint8Array(10000)));
  connection.send(CLIENT, frame(9, END_HEADERS, 3));
  assert.deepEqual(connection.malformed, ["header-too-long", "header-too-long"]);
  connection.send(CLIENT, headers(5, get("/good")));
  assert.deepEqual(connection.hits, ["example.com"]);
});

Deno.test("Http2 reports the oldest streams once too many are open", () => {
  const connection = connected();
  for (let i = 0; i < MAX_STREAMS + 2; i++) {
    connection.send(CLIENT, headers(2 * i + 1, get(`/${i}`)));
  }
  assert.deepEqual(connection.facts.map(([, , target]) => target), ["/0", "/1"]);
});

Deno.test("Http2 gives up if no frame is found for long", () => {
  const connection = connected();
  connection.send(CLIENT, headers(1, get("/")));
  connection.gap(SERVER, 1);
  for (let i = 0; i < 40 && !connection.lost; i++) {
    connection.send(SERVER, new Uint8Array(65536).fill(0x20));
  }
  assert.ok(connection.lost);
  assert.deepEqual(connection.facts, [["GET", "example.com", "/", 0]]);
});

// ---------------------------------------------------------------- delivery, prefixes, mutations

/** A connection with frames of all kinds, as bytes of both sides in turn. */
function conversation(): [Side, Uint8Array][] {
  const request = block(get("/continued", "c.example"));
  return [
    [CLIENT, join(PREFACE, settings(), headers(1, get("/one"), 0))],
    [SERVER, join(settings(), settings(1))],
    [CLIENT, join(frame(0, PADDED | END_STREAM, 1, padded(9, bytes("body"))), settings(1))],
    [
      CLIENT,
      join(
        frame(1, END_STREAM, 3, request.subarray(0, 9)),
        frame(9, 4, 3, request.subarray(9)),
        frame(1, END_HEADERS | END_STREAM, 5, hex("82 86 bf be")),
        headers(7, get("/reset"), 0),
      ),
    ],
    [SERVER, join(headers(1, status("100"), 0), headers(3, status("404", ["a", "b"]), 0))],
    [SERVER, join(headers(1, status("200"), 0), data(1, "x".repeat(300)), data(3, "gone", 1))],
    [SERVER, join(frame(1, 5, 5, hex("88")), headers(1, [["grpc-status", "0"]]), goAway(7))],
    [CLIENT, reset(7)],
  ];
}

function replay(parts: readonly (readonly [Side, Uint8Array])[], step: number): Connection {
  const connection = new Connection();
  for (const [side, bytes] of parts) {
    for (let at = 0; at < bytes.length; at += step) {
      connection.send(side, bytes.subarray(at, at + step));
    }
  }
  connection.end();
  return connection;
}

Deno.test("Http2 reports the same if bytes come at once or one by one", () => {
  const whole = replay(conversation(), Infinity);
  assert.deepEqual(whole.facts, [
    ["GET", "c.example", "/continued", 404],
    ["GET", "c.example", "/continued", 200],
    ["GET", "example.com", "/one", 200],
    ["GET", "example.com", "/reset", 0],
  ]);
  assert.deepEqual(whole.malformed, []);
  for (const step of [1, 2, 3, 7, 10, 50]) {
    const pieces = replay(conversation(), step);
    assert.deepEqual(pieces.exchanges, whole.exchanges);
    assert.deepEqual(pieces.malformed, []);
  }
});

Deno.test("Http2 reads every prefix of a connection without inventing anything", () => {
  const known = new Set(
    replay(conversation(), Infinity).facts.map(([, host, target]) => `${host}${target}`),
  );
  const parts = conversation();
  for (let part = 0; part < parts.length; part++) {
    const [side, bytes] = parts[part]!;
    for (let end = 0; end < bytes.length; end++) {
      const prefix = [...parts.slice(0, part), [side, bytes.subarray(0, end)] as const];
      const { facts, malformed } = replay(prefix, Infinity);
      for (const [, host, target] of facts) assert.ok(known.has(`${host}${target}`));
      assert.deepEqual(malformed, []);
    }
  }
});

Deno.test("Http2 survives bytes changed, lost and joined anywhere", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  for (let round = 0; round < 3000; round++) {
    const connection = new Connection();
    for (const [side, original] of conversation()) {
      const bytes = Uint8Array.from(original);
      for (let change = next() % 3; change > 0; change--) bytes[next() % bytes.length] = next();
      const cut = next() % bytes.length;
      connection.send(side, bytes.subarray(0, cut));
      if (next() % 8 === 0) connection.gap(side, 1 + next() % 100);
      connection.send(side, bytes.subarray(cut));
    }
    connection.end();
    assert.ok(connection.exchanges.length <= 20, `seed ${seed}`);
  }
});

// ---------------------------------------------------------------- detection

Deno.test("http2Preface() recognises the preface and every prefix of it", () => {
  for (let end = 0; end < PREFACE.length; end++) {
    assert.equal(http2Preface(PREFACE, 0, end), NEED_MORE);
  }
  assert.equal(http2Preface(join(PREFACE, settings()), 0, 40), 1);
  assert.equal(http2Preface(bytes("POST / HTTP/1.1\r\n"), 0, 17), NOT_MINE);
  assert.equal(http2Preface(bytes("PRI * HTTP/2.0\r\n\r\nSX"), 0, 20), NOT_MINE);
});

Deno.test("looksLikeHttp2Requests() and looksLikeHttp2Answers() recognise who sends frames", () => {
  const looks = (...parts: Uint8Array[]): number[] => {
    const bytes = join(...parts);
    return [looksLikeHttp2Requests, looksLikeHttp2Answers]
      .map((detector) => detector(bytes, 0, bytes.length));
  };
  const request = frame(1, 5, 7, hex("82 86 84 be"));
  const answer = frame(1, 4, 7, hex("88 be"));
  assert.deepEqual(looks(request), [1, NOT_MINE]);
  assert.deepEqual(looks(settings(1), data(5, "rest"), request.subarray(0, 11)), [1, NOT_MINE]);
  assert.deepEqual(looks(frame(1, 5, 7, hex("41 01 61"))), [1, NOT_MINE]);
  assert.deepEqual(looks(answer), [NOT_MINE, 1]);
  assert.deepEqual(looks(answer, data(7, "body").subarray(0, 10)), [NOT_MINE, 1]);
  assert.deepEqual(looks(frame(1, 5, 7, hex("48 03 343033"))), [NOT_MINE, 1]);
  assert.deepEqual(looks(settings()), [NOT_MINE, 1]);
  for (
    const other of [
      data(1, "body"),
      new Uint8Array(100),
      bytes("GET / HTTP/1.1\r\n\r\n"),
      hex("16030100a5010000a10303"),
      hex(""),
    ]
  ) {
    assert.deepEqual(looks(other), [NOT_MINE, NOT_MINE]);
  }
});
