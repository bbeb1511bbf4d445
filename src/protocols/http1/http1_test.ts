// HTTP/1 in packets: what is reported, for which host, with which sizes and times.

import assert from "node:assert/strict";
import {
  type Bytes,
  chunked,
  clientHello,
  concat,
  cut,
  filler,
  httpRequest,
  httpResponse,
  serverHello,
  text,
  tlsRecords,
} from "../../../tests/packet_builder.ts";
import { type CapturedPacket, FIRST_TIME } from "../../../tests/packets/files.ts";
import { type Heard, line, play, Player } from "../../../tests/packets/play.ts";
import { fuzz } from "../../../tests/packets/random.ts";
import { FIN_ACK, RESET, Wire } from "../../../tests/packets/wire.ts";
import { CLIENT, type Conversation } from "../analyser.ts";
import { Http1Connection } from "./connection.ts";

const wire = new Wire();

/** Hears nothing. */
const quiet = {
  time: 1,
  flow: 0,
  acknowledged: 0,
  isMidway: false,
  sequence: () => 0,
  position: () => 0,
  sink: { hit: () => {}, http: () => {}, malformed: () => {}, targets: false, detail: false },
} as unknown as Conversation;

/** Packets of one connection on which client and server send in turn, each after it has received all. */
function* dialogue(
  turns: readonly (string | Uint8Array)[],
  lost: readonly number[] = [],
): Iterable<Bytes> {
  yield* wire.open();
  const places: [number, number] = [0, 0];
  for (const [i, turn] of turns.entries()) {
    const side = i % 2 === 0 ? 0 : 1;
    const data = typeof turn === "string" ? text(turn) : turn as Bytes;
    for (const piece of cut(data, 1400)) {
      const how = { ack: places[side === 0 ? 1 : 0] };
      const packet = side === 0
        ? wire.client(places[0], piece, how)
        : wire.server(places[1], piece, how);
      if (!lost.includes(i)) yield packet;
      places[side] += piece.length;
    }
  }
}

const converse = (...turns: (string | Uint8Array)[]): Heard => play(dialogue(turns));
const lines = (...turns: (string | Uint8Array)[]): string[] =>
  converse(...turns).exchanges.map(line);

const get = (target: string, method = "GET") => httpRequest({ target, method });
const ok = httpResponse({ body: "hello" });

Deno.test("HTTP requests are matched with their responses: keep-alive, pipelined, and both", () => {
  assert.deepEqual(lines(get("/1"), ok, get("/2"), httpResponse({ status: 404 })), [
    "GET example.com/1 200 0 5",
    "GET example.com/2 404 0 0",
  ]);
  const answers = concat(
    httpResponse({ status: 201 }),
    ok,
    httpResponse({ status: 403, body: "x" }),
  );
  assert.deepEqual(lines(concat(get("/1"), get("/2"), get("/3")), answers), [
    "GET example.com/1 201 0 0",
    "GET example.com/2 200 0 5",
    "GET example.com/3 403 0 1",
  ]);
});

Deno.test("HTTP hits are counted with the request, not with the response", () => {
  const player = new Player().play(dialogue([get("/1")]));
  assert.deepEqual(player.heard.hits, ["http example.com"]);
  assert.deepEqual(player.heard.exchanges, []);
  assert.deepEqual(player.finish().exchanges.map(line), ["GET example.com/1 0 0 0"]);
});

Deno.test("HTTP responses without a body do not wait for one", () => {
  const headers = { "Content-Length": "1000" };
  for (
    const [method, head] of [
      ["HEAD", httpResponse({ headers })],
      ["GET", httpResponse({ status: 304, reason: "Not Modified", headers })],
      ["DELETE", httpResponse({ status: 204, reason: "No Content" })],
      ["HEAD", httpResponse({ headers: { "Transfer-Encoding": "chunked" } })],
    ] as const
  ) {
    const found = lines(get("/1", method), head, get("/2"), ok);
    assert.equal(found[0]!.split(" ").at(-1), "0");
    assert.equal(found[1], "GET example.com/2 200 0 5");
  }
});

Deno.test("HTTP interim responses are not reported", () => {
  const interim = concat(
    text("HTTP/1.1 100 Continue\r\n\r\n"),
    text("HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n"),
  );
  const post = httpRequest({ method: "POST", headers: { Expect: "100-continue" }, body: "abc" });
  assert.deepEqual(lines(post, concat(interim, ok), get("/2"), ok), [
    "POST example.com/ 200 3 5",
    "GET example.com/2 200 0 5",
  ]);
});

Deno.test("HTTP bodies in chunks: extensions, trailers, odd case, and what follows them", () => {
  const body = text(
    '5;name=value;q="a;b"\r\nhello\r\nA\r\n0123456789\r\n000\r\nExpires: never\r\nX: y\r\n\r\n',
  );
  const answer = concat(text("HTTP/1.1 200 OK\r\ntRaNsFeR-eNcOdInG: gzip, Chunked\r\n\r\n"), body);
  assert.deepEqual(lines(get("/1"), answer, get("/2"), ok), [
    "GET example.com/1 200 0 15",
    "GET example.com/2 200 0 5",
  ]);
  const post = httpRequest({ method: "POST", body: filler(10_000), chunkSize: 999 });
  assert.deepEqual(lines(post, ok, get("/2"), ok), [
    "POST example.com/ 200 10000 5",
    "GET example.com/2 200 0 5",
  ]);
});

Deno.test("HTTP chunks override Content-Length; of several lengths the first counts", () => {
  const both = concat(
    text("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n"),
    chunked(filler(300), 100),
  );
  assert.deepEqual(lines(get("/1"), both, get("/2"), ok), [
    "GET example.com/1 200 0 300",
    "GET example.com/2 200 0 5",
  ]);
  const two = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi";
  assert.deepEqual(lines(get("/1"), two, get("/2"), ok)[1], "GET example.com/2 200 0 5");
});

Deno.test("HTTP bodies without length end with the connection", () => {
  const head = text("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n");
  const request = httpRequest({ version: "1.0" });
  const body = filler(5000);
  const packets = [...dialogue([request, concat(head, body)])];
  const player = new Player().play(packets);
  assert.equal(player.heard.exchanges.length, 0);
  player.play([wire.server(head.length + body.length, "", FIN_ACK)]);
  const [exchange] = player.heard.exchanges;
  assert.equal(line(exchange!), "GET example.com/ 200 0 5000");
  assert.equal(exchange!.version, "1.0");
  assert.equal(exchange!.contentType, "text/html");
});

Deno.test("HTTP lines may end with a bare LF, and messages begin after empty lines", () => {
  const request = "\r\n\r\nGET /1 HTTP/1.1\nHost: a.example\nUser-Agent: x\n\n";
  const answer = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi\r\n\n";
  const { exchanges } = converse(request, answer, "\nGET /2 HTTP/1.1\nHost: a.example\n\n", answer);
  assert.deepEqual(exchanges.map(line), ["GET a.example/1 200 0 2", "GET a.example/2 200 0 2"]);
  assert.equal(exchanges[0]!.userAgent, "x");
});

Deno.test("HTTP fields: folded lines, spaces, any case, and similar names", () => {
  const request =
    "GET / HTTP/1.1\r\nX-Host: no.example\r\nHosts: no.example\r\nHOST:\r\n  a.example \t\r\n" +
    "Content-Length :  3 \r\nUser-Agent:\ta b\r\n\r\nabc";
  const { exchanges } = converse(request, ok);
  assert.deepEqual(exchanges.map(line), ["GET a.example/ 200 3 5"]);
  assert.equal(exchanges[0]!.userAgent, "a b");
});

Deno.test("HTTP hosts: that of the target, else the first Host; without port and dot, lower case", () => {
  const host = (lines: string, target = "/") =>
    converse(`GET ${target} HTTP/1.1\r\n${lines}\r\n`, ok).exchanges[0]?.host;
  assert.equal(host("Host: A.Example:8080\r\n"), "a.example");
  assert.equal(host("Host: a.example.\r\n"), "a.example");
  assert.equal(host("Host: a.example\r\nHost: b.example\r\n"), "a.example");
  assert.equal(host("Host:\r\nHost: b.example\r\n"), "b.example");
  assert.equal(host("Host: [2001:DB8::1]:443\r\n"), "2001:db8::1");
  assert.equal(host("Host: 192.0.2.1:80\r\n"), "192.0.2.1");
  assert.equal(host("Host: \xc3\x28.example\r\n"), "ã(.example");
  assert.equal(host("", "http://User@B.example:81/x?y"), "b.example");
  for (const target of ["http://b.example/", "HTTPS://B.example:8443", "ws://b.example?x"]) {
    assert.equal(host("Host: a.example\r\n", target), "b.example", target);
  }
  assert.equal(host("Host: a.example\r\n", "http:///x"), "a.example");
  assert.equal(host("Host: a.example\r\n", "/redirect?to=http://b.example/"), "a.example");
  assert.equal(host("Host: a.example\r\n", "*"), "a.example");
  assert.equal(host(""), "");
  assert.equal(host("Host:\r\n"), "");
  assert.equal(host("", "*"), "");
});

Deno.test("HTTP requests with odd versions, and without one, are answered", () => {
  const found = (version: string) =>
    converse(`GET / ${version}\r\nHost: a.example\r\n\r\n`, ok, get("/2"), ok).exchanges
      .map((each) => `${each.version} ${line(each)}`);
  for (const [sent, version] of [["HTTP/1.10", "1.1"], ["HTTP/1.0.8", "1.0"], ["ICE/1.0", "1.0"]]) {
    assert.deepEqual(found(sent!), [
      `${version} GET a.example/ 200 0 5`,
      "1.1 GET example.com/2 200 0 5",
    ]);
  }
  assert.deepEqual(found(""), ["0.9 GET a.example/ 200 0 5", "1.1 GET example.com/2 200 0 5"]);
  const nameless = converse("GET / \r\nX: y\r\n\r\n", ok, get("/2"), ok);
  assert.deepEqual(nameless.exchanges.map(line), ["GET example.com/2 200 0 5"]);
  assert.deepEqual(lines(get("/1"), "HTTP/1.1 200ok\r\nContent-Length: 0\r\n\r\n"), [
    "GET example.com/1 200 0 0",
  ]);
});

Deno.test("HTTP requests behind a CONNECT that was refused are read, in one segment and later", () => {
  const connect = "CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n";
  const next = "GET /2 HTTP/1.1\r\nHost: c.example\r\n\r\n";
  for (const status of [403, 405, 407, 502]) {
    const refusal = httpResponse({ status, body: "no" });
    const expected = [
      `CONNECT b.exampleb.example:443 ${status} 0 2`,
      "GET c.example/2 200 0 5",
    ];
    assert.deepEqual(lines(connect + next, concat(refusal, ok)), expected, "all at once");
    assert.deepEqual(lines(connect + next, refusal, "", ok), expected, "two answers");
    assert.deepEqual(lines(connect, refusal, next, ok), expected, "one after the other");
    const again = [connect, refusal, connect, "HTTP/1.1 200 OK\r\n\r\n", tlsRecords(clientHello())];
    const heard = converse(...again);
    assert.deepEqual(heard.exchanges.map((each) => each.status), [status, 200]);
    assert.deepEqual(heard.handshakes.map(({ host }) => host), ["example.com"]);
  }
});

Deno.test("HTTP CONNECT names its host in the target, whatever Host says", () => {
  const connect = "CONNECT b.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n";
  assert.deepEqual(lines(connect, "HTTP/1.1 200 OK\r\n\r\n"), [
    "CONNECT b.exampleb.example:443 200 0 0",
  ]);
});

Deno.test("HTTP CONNECT is a request, and TLS inside it is reported too", () => {
  const connect = "CONNECT b.example:443 HTTP/1.1\r\n\r\n";
  const hello = tlsRecords(clientHello({ serverName: "b.example" }));
  const established = "HTTP/1.1 200 Connection established\r\n\r\n";
  const heard = converse(connect, established, hello, tlsRecords(serverHello()));
  assert.deepEqual(heard.exchanges.map(line), ["CONNECT b.exampleb.example:443 200 0 0"]);
  assert.deepEqual(heard.handshakes.map(({ host, version }) => `${host} ${version}`), [
    "b.example 1.3",
  ]);
  assert.deepEqual(heard.hits, ["http b.example", "tls b.example"]);

  const early = play([
    ...wire.open(),
    wire.client(0, connect),
    wire.client(connect.length, hello),
    wire.server(0, established, { ack: connect.length }),
    wire.server(established.length, tlsRecords(serverHello()), { ack: 500 }),
  ]);
  assert.deepEqual(early.handshakes.map(({ host, version }) => `${host} ${version}`), [
    "b.example 1.3",
  ]);

  const refused = converse(connect, httpResponse({ status: 403, body: "no" }), get("/2"), ok);
  assert.deepEqual(refused.exchanges.map(line).map((each) => each.slice(-7)), [
    "403 0 2",
    "200 0 5",
  ]);
});

Deno.test("HTTP inside a CONNECT is reported too", () => {
  const heard = converse(
    "CONNECT b.example:80 HTTP/1.1\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    httpRequest({ host: "b.example", target: "/in" }),
    ok,
  );
  assert.deepEqual(heard.exchanges.map(({ status, target }) => `${status} ${target}`), [
    "200 b.example:80",
    "200 /in",
  ]);
});

Deno.test("an HTTP upgrade to WebSocket is the last exchange of its connection", () => {
  const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n" +
    "Connection: Upgrade\r\n\r\n";
  const frame = concat(text("\x81\x7e"), get("/in-a-frame"));
  const heard = converse(get("/ws"), switching, frame, frame, get("/in-a-frame"), ok);
  assert.deepEqual(heard.exchanges.map(line), ["GET example.com/ws 101 0 0"]);
  assert.deepEqual(heard.complaints, []);
});

Deno.test("after an HTTP upgrade to anything else the protocol is detected again", () => {
  const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.2\r\n\r\n";
  const hello = tlsRecords(clientHello());
  const heard = converse(get("/"), switching, hello, tlsRecords(serverHello()));
  assert.equal(heard.exchanges[0]!.status, 101);
  assert.equal(heard.handshakes[0]!.host, "example.com");
});

Deno.test("a lost HTTP response does not shift those after it", () => {
  const turns: Uint8Array[] = [];
  for (let i = 1; i <= 6; i++) {
    turns.push(get(`/${i}`), httpResponse({ status: 210 + i, body: filler(i * 10) }));
  }
  for (const lost of [[1], [3], [5, 7], [11], [1, 3, 5]]) {
    const heard = play(dialogue(turns, lost));
    const found = new Map(heard.exchanges.map(({ target, status }) => [target, status]));
    for (let i = 1; i <= 6; i++) {
      const expected = lost.includes(i * 2 - 1) ? 0 : 210 + i;
      assert.equal(found.get(`/${i}`), expected, `/${i} without ${lost.join()}`);
    }
  }
});

Deno.test("the response to a lost HTTP request is not given to another request", () => {
  const turns = [
    get("/1"),
    httpResponse({ status: 201 }),
    get("/2"),
    httpResponse({ status: 202 }),
  ];
  turns.push(get("/3"), httpResponse({ status: 203 }));
  const heard = play(dialogue(turns, [2]));
  assert.deepEqual(heard.exchanges.map(line), [
    "GET example.com/1 201 0 0",
    "GET example.com/3 203 0 0",
  ]);
});

Deno.test("HTTP responses that were captured before their requests are matched", () => {
  const [first, second] = [
    httpResponse({ status: 201 }),
    httpResponse({ status: 202, body: "ab" }),
  ];
  const [one, two] = [get("/1"), get("/2")];
  const end = first.length + second.length;
  const { exchanges, hits } = play([
    ...wire.open(),
    wire.server(0, first, { ack: one.length }),
    wire.server(first.length, second.slice(0, -1), { ack: one.length + two.length }),
    wire.client(0, one),
    wire.client(one.length, two, { ack: first.length }),
    wire.server(end - 1, second.slice(-1), { ack: one.length + two.length }),
  ]);
  assert.deepEqual(exchanges.map(line), [
    "GET example.com/1 201 0 0",
    "GET example.com/2 202 0 2",
  ]);
  assert.equal(hits.length, 2);
});

Deno.test("an HTTP response from before a request was sent is not matched with it", () => {
  const [one, two] = [get("/1"), get("/2")];
  const answer = httpResponse({ status: 201 });
  const { exchanges } = play([
    ...wire.open(),
    wire.client(one.length, two, { ack: answer.length }),
    wire.server(0, answer, { ack: one.length }),
    wire.server(answer.length, ok, { ack: one.length + two.length }),
  ]);
  assert.deepEqual(exchanges.map(line), ["GET example.com/2 200 0 5"]);
});

Deno.test("data before the response to CONNECT is kept, within bounds", () => {
  const connect = text("CONNECT b.example:443 HTTP/1.1\r\n\r\n");
  const early = concat(tlsRecords(clientHello()), filler(400_000));
  const player = new Player().play([...wire.open(), wire.client(0, connect)]);
  for (const [i, piece] of cut(early, 50_000).entries()) {
    player.play([wire.client(connect.length + i * 50_000, piece)]);
  }
  const answer = text("HTTP/1.1 200 OK\r\n\r\n");
  player.play([
    wire.server(0, answer, { ack: connect.length }),
    wire.server(answer.length, tlsRecords(serverHello()), { ack: connect.length }),
  ]);
  const { exchanges, handshakes } = player.finish();
  assert.deepEqual(exchanges.map(({ status }) => status), [200]);
  assert.deepEqual(handshakes, []);
});

Deno.test("an HTTP connection captured from the middle is read from the next request on", () => {
  const packets = [
    wire.server(1000, filler(500), { ack: 300 }),
    wire.client(300, get("/2"), { ack: 1500 }),
    wire.server(1500, ok, { ack: 300 + get("/2").length }),
  ];
  assert.deepEqual(play(packets).exchanges.map(line), ["GET example.com/2 200 0 5"]);
});

const POST = concat(
  httpRequest({ method: "POST", target: "/p", body: filler(40), headers: { "User-Agent": "a b" } }),
  httpRequest({ method: "PUT", body: "chunky", chunkSize: 4 }),
  get("/last"),
);
const ANSWERS = concat(
  text("HTTP/1.1 100 Continue\r\n\r\n"),
  httpResponse({ status: 201, body: filler(60), headers: { "Content-Type": "text/css" } }),
  httpResponse({ body: "chunked", chunkSize: 3 }),
  httpResponse({ status: 204 }),
);
const THREE = [
  "POST example.com/p 201 40 60",
  "PUT example.com/ 200 6 7",
  "GET example.com/last 204 0 0",
];

Deno.test("HTTP may be segmented anywhere: split in two at every byte, and byte by byte", () => {
  for (let at = 0; at <= Math.max(POST.length, ANSWERS.length); at++) {
    const found = play([
      ...wire.open(),
      wire.client(0, POST.slice(0, at)),
      wire.client(Math.min(at, POST.length), POST.slice(at)),
      wire.server(0, ANSWERS.slice(0, at), { ack: POST.length }),
      wire.server(Math.min(at, ANSWERS.length), ANSWERS.slice(at), { ack: POST.length }),
    ]);
    assert.deepEqual(found.exchanges.map(line), THREE, `split at ${at}`);
    assert.equal(found.exchanges[0]!.contentType, "text/css");
    assert.equal(found.exchanges[0]!.userAgent, "a b");
  }
  const player = new Player().play(wire.open());
  cut(POST, 1).forEach((byte, i) => player.play([wire.client(i, byte)]));
  cut(ANSWERS, 1).forEach((byte, i) => player.play([wire.server(i, byte, { ack: POST.length })]));
  assert.deepEqual(player.finish().exchanges.map(line), THREE);
});

Deno.test("HTTP that breaks off anywhere is reported as far as it came", () => {
  for (let at = 0; at <= POST.length; at++) {
    const { exchanges } = play([...wire.open(), wire.client(0, POST.slice(0, at))]);
    assert.ok(exchanges.length <= 3);
    assert.ok(
      exchanges.every(({ host, status }) => host === "example.com" && status === 0),
      `${at}`,
    );
  }
  for (let at = 0; at <= ANSWERS.length; at++) {
    const found = play([
      ...wire.open(),
      wire.client(0, POST),
      wire.server(0, ANSWERS.slice(0, at)),
    ]);
    assert.deepEqual(found.exchanges.map(({ method }) => method), ["POST", "PUT", "GET"], `${at}`);
  }
});

/** A request with a line of this text, whose fields are sent before Host. */
const longRequest = (target: string, field: string): string =>
  `GET ${target} HTTP/1.1\r\n${field}\r\nHost: a.example\r\n\r\n`;

Deno.test("HTTP requests up to 1 MiB are read: lines, fields, and many fields before Host", () => {
  for (const length of [17_000, 66_000, 300_000, 1_000_000]) {
    const path = `/${"p".repeat(length)}`;
    const after = [get("/2"), ok];
    assert.deepEqual(lines(longRequest(path, "X: y"), ok, ...after), [
      `GET a.example${path} 200 0 5`,
      "GET example.com/2 200 0 5",
    ]);
    for (const name of ["Cookie", "Authorization", "X-Y", "hosts", "x"]) {
      assert.deepEqual(lines(longRequest("/", `${name}: ${"v".repeat(length)}`), ok, ...after), [
        "GET a.example/ 200 0 5",
        "GET example.com/2 200 0 5",
      ], name);
    }
    const many = "X: y\r\n".repeat(length / 6);
    assert.deepEqual(lines(longRequest("/", `${many}Z: z`), ok), ["GET a.example/ 200 0 5"]);
  }
});

Deno.test("HTTP lines that are longer are passed over and counted, and what follows is found", () => {
  const after = [ok, get("/2"), ok];
  const endless = `GET / HTTP/1.1\r\nHost: a.example\r\nCookie: ${"c".repeat(1_200_000)}`;
  const passed = converse(endless, ...after);
  assert.deepEqual(passed.exchanges.map(line), [
    "GET a.example/ 200 0 5",
    "GET example.com/2 200 0 5",
  ]);
  assert.deepEqual(passed.complaints, ["http header-too-long"]);

  const request = converse(longRequest(`/${"p".repeat(1_200_000)}`, "X: y"), ...after);
  assert.deepEqual(request.exchanges.map(line), ["GET example.com/2 200 0 5"]);
  assert.deepEqual(request.complaints, ["http request-line"]);

  const needed = converse(longRequest("/", `User-Agent: ${"u".repeat(70_000)}`), ...after);
  assert.deepEqual(needed.exchanges.map(line), [
    "GET a.example/ 200 0 5",
    "GET example.com/2 200 0 5",
  ]);
  assert.deepEqual(needed.complaints, ["http header-too-long"]);
  assert.deepEqual(lines("G".repeat(300_000)), []);
  assert.deepEqual(lines("GET " + "/".repeat(300_000)), []);
});

Deno.test("the bytes of a long HTTP request are read once, however they trickle in", () => {
  const half = 500_000;
  const bytes = text(longRequest(`/${"p".repeat(half)}`, `Cookie: ${"c".repeat(half)}`));
  const connection = new Http1Connection();
  const begun = performance.now();
  let at = 0;
  for (let end = 1; end <= bytes.length; end++) {
    at += connection.data(quiet, CLIENT, bytes, at, end);
  }
  assert.equal(at, bytes.length);
  // It takes 0.2 s; if each byte was searched again with the next one, minutes.
  assert.ok(performance.now() - begun < 10_000);
});

Deno.test("HTTP remembers a bounded number of pending requests, and reports them all", () => {
  const many = Array.from({ length: 2000 }, (_, i) => get(`/${i}`));
  const answers = many.map((_, i) => httpResponse({ status: 200 + i % 300 }));
  const player = new Player().play(dialogue([concat(...many)]));
  assert.equal(player.heard.exchanges.length, 2000 - 1024);
  assert.equal(player.heard.hits.length, 2000);
  assert.equal(player.finish().exchanges.length, 2000);
  // Those that were dropped had no answer; the others have their own.
  const { exchanges } = play(dialogue([concat(...many), concat(...answers)]));
  for (const [i, { target, status }] of exchanges.entries()) {
    assert.equal(target, `/${i}`);
    assert.equal(status, i < 2000 - 1024 ? 0 : 200 + i % 300);
  }
});

Deno.test("an HTTP response that may be one to HEAD does not hide the next", () => {
  const asked = concat(get("/1"), get("/2", "HEAD"), get("/3"));
  const toHead = httpResponse({ headers: { "Content-Length": "60" } });
  const end = ok.length + toHead.length + ok.length;
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, asked),
    // The first response is lost, and maybe others with it: the second one may be to HEAD, or not.
    wire.server(ok.length, toHead, { ack: asked.length }),
    wire.server(ok.length + toHead.length, ok, { ack: asked.length }),
  ]);
  const length = get("/4").length;
  for (const [i, target] of ["/4", "/5"].entries()) {
    const asking = asked.length + i * length;
    player.wait(2).play([
      wire.client(asking, get(target), { ack: end + i * ok.length }),
      wire.server(end + i * ok.length, ok, { ack: asking + length }),
    ]);
  }
  const found = player.finish().exchanges.map(({ target, status }) => `${target} ${status}`);
  assert.deepEqual(found, ["/1 0", "/2 0", "/3 200", "/4 200", "/5 200"]);
});

Deno.test("malformed HTTP is counted, and nothing else is lost by it", () => {
  const broken = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n";
  const heard = converse(get("/1"), broken, get("/2"), ok);
  assert.deepEqual(heard.exchanges.map(line), [
    "GET example.com/1 200 0 0",
    "GET example.com/2 200 0 5",
  ]);
  assert.deepEqual(heard.complaints, ["http chunk"]);
  assert.deepEqual(
    converse(get("/1"), ok, "NONSENSE\r\n", ok).complaints,
    [
      "http request-line",
      "http status-line",
    ].slice(0, 1),
  );
});

Deno.test("HTTP times are those of first and last bytes", () => {
  const request = httpRequest({ method: "POST", body: filler(100) });
  const answer = httpResponse({ body: filler(100) });
  const half = answer.length - 50;
  const at = (ms: number) => FIRST_TIME + ms * 1000;
  const { exchanges } = play([
    { data: wire.client(0, request.slice(0, 20)), time: at(10) },
    { data: wire.client(20, request.slice(20)), time: at(15) },
    { data: wire.server(0, answer.slice(0, 10), { ack: request.length }), time: at(40) },
    { data: wire.server(10, answer.slice(10, half), { ack: request.length }), time: at(50) },
    { data: wire.server(half, answer.slice(half), { ack: request.length }), time: at(90) },
    { data: wire.client(request.length, "", { ack: answer.length }), time: at(200) },
  ]);
  const { requestTime, responseTime, responseEnd } = exchanges[0]!;
  assert.deepEqual([requestTime, responseTime, responseEnd], [at(10), at(40), at(90)]);
});

Deno.test("an HTTP answer without length lasts until its last byte, not until the connection ends", () => {
  const request = get("/1");
  const head = text("HTTP/1.1 200 OK\r\n\r\n");
  const at = (ms: number) => FIRST_TIME + ms * 1000;
  const say = (place: number, data: Uint8Array, how = {}) =>
    wire.server(place, data, { ack: request.length, ...how });
  const whole = head.length + 3000;
  const asked = { data: wire.client(0, request), time: at(10) };
  const begun = { data: say(0, concat(head, filler(1000))), time: at(20) };
  const middle = { data: say(head.length + 1000, filler(1000)), time: at(30) };
  const last = { data: say(head.length + 2000, filler(1000)), time: at(40) };
  const headers = 54;
  const cutOff = { data: last.data.slice(0, headers), length: last.data.length, time: at(40) };
  const withFin = { data: say(head.length + 2000, filler(1000), FIN_ACK), time: at(40) };
  const received = { data: wire.client(request.length, "", { ack: whole }), time: at(60) };
  const ends = [
    [],
    [{ data: wire.client(request.length, "", { ack: whole, ...FIN_ACK }), time: at(5000) }],
    [{ data: say(whole, text(""), FIN_ACK), time: at(5000) }],
    [{ data: wire.client(request.length, "", RESET), time: at(5000) }],
    [{ data: wire.client(request.length, get("/2"), { ack: whole }), time: at(5000) }],
  ];
  const expect = (packets: CapturedPacket[], end: number, length: number) => {
    const exchange = play([...wire.open().map((data) => ({ data, time: at(0) })), ...packets])
      .exchanges.find(({ target }) => target === "/1")!;
    assert.deepEqual([exchange.status, exchange.responseBytes], [200, length]);
    assert.equal((exchange.responseEnd - FIRST_TIME) / 1000, end);
  };
  for (const end of ends) {
    expect([asked, begun, middle, last, received, ...end], 40, 3000);
    expect([asked, begun, middle, cutOff, received, ...end], 40, 3000);
    expect([asked, begun, middle, withFin, received, ...end], 40, 3000);
    // In another order, and with one that is not captured.
    expect([asked, begun, last, { ...middle, time: at(45) }, received, ...end], 45, 3000);
    expect([asked, begun, last, received, ...end], 40, 3000);
    // Nothing but a head.
    expect([asked, { data: say(0, head), time: at(20) }], 20, 0);
  }
});

Deno.test("HTTP chunks that never end last until the last of them", () => {
  const head = text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const at = (ms: number) => FIRST_TIME + ms * 1000;
  const first = concat(head, text("5\r\nhello\r\n"));
  const request = get("/1");
  const { exchanges } = play([
    ...wire.open(),
    { data: wire.client(0, request), time: at(10) },
    { data: wire.server(0, first, { ack: request.length }), time: at(20) },
    { data: wire.server(first.length, "5\r\nworld\r\n"), time: at(30) },
    { data: wire.client(request.length, "", RESET), time: at(5000) },
  ]);
  assert.deepEqual(exchanges.map(line), ["GET example.com/1 200 0 10"]);
  assert.equal(exchanges[0]!.responseEnd, at(30));
});

Deno.test("HTTP with any changes to its bytes neither fails nor reports too much", () => {
  fuzz([POST, ANSWERS], 3000, (mutated) => {
    const heard = play([
      ...wire.open(),
      ...cut(mutated, 50).map((piece, i) => wire.client(i * 50, piece)),
      ...cut(mutated, 70).map((piece, i) => wire.server(i * 70, piece, { ack: mutated.length })),
    ]);
    assert.ok(heard.exchanges.length < 20);
    assert.equal(
      heard.exchanges.length,
      heard.hits.filter((hit) => hit.startsWith("http ")).length,
    );
    for (const { requestBytes, responseBytes } of heard.exchanges) {
      assert.ok(requestBytes >= 0 && responseBytes >= 0 && requestBytes < 2 ** 53);
    }
  });
});

Deno.test("HTTP responses until the end of the connection end at the next request", () => {
  const endless = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nhello";
  assert.deepEqual(lines(get("/1"), endless, get("/2"), httpResponse({ status: 404 })), [
    "GET example.com/1 200 0 5",
    "GET example.com/2 404 0 0",
  ]);
  // Requested before the response began: what comes is its body, even if it looks like a response.
  const both = concat(get("/1"), get("/2"));
  assert.deepEqual(lines(both, concat(text(endless), ok)), [
    `GET example.com/1 200 0 ${5 + ok.length}`,
    "GET example.com/2 0 0 0",
  ]);
});

Deno.test("HTTP requests after a body that was refused and not sent to its end", () => {
  const put = "PUT /1 HTTP/1.1\r\nHost: example.com\r\nContent-Length: 500\r\n\r\nbegin";
  assert.deepEqual(lines(put, httpResponse({ status: 413 }), get("/2"), ok), [
    "PUT example.com/1 413 5 0",
    "GET example.com/2 200 0 5",
  ]);
  // If it is sent to its end all the same, it is skipped, and the next request begins behind it.
  const rest = concat(filler(495), get("/2"));
  assert.deepEqual(lines(put, httpResponse({ status: 413 }), rest, ok), [
    "PUT example.com/1 413 5 0",
    "GET example.com/2 200 0 5",
  ]);
});

Deno.test("after an HTTP request of unknown length the rest of the segment is ignored", () => {
  const fields = [
    "Content-Length: -1",
    "Content-Length: 0x05",
    "Content-Length: 5\r\nContent-Length: 7",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: identity\r\nContent-Length: 5",
  ];
  for (const field of fields) {
    const head = `POST /1 HTTP/1.1\r\nHost: example.com\r\n${field}\r\n\r\n`;
    assert.deepEqual(lines(concat(text(`${head}hello`), get("/2")), ok, get("/3"), ok), [
      "POST example.com/1 200 0 5",
      "GET example.com/3 200 0 5",
    ], field);
  }
});

Deno.test("HTTP messages are found again behind an unannounced body", () => {
  const post = "POST /1 HTTP/1.1\r\nHost: example.com\r\n\r\n";
  assert.deepEqual(lines(post, "", "a=b&c=d", ok, get("/2"), httpResponse({ status: 404 })), [
    "POST example.com/1 200 0 5",
    "GET example.com/2 404 0 0",
  ]);
  const none = "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc";
  assert.deepEqual(lines(get("/1"), none, get("/2"), ok), [
    "GET example.com/1 204 0 0",
    "GET example.com/2 200 0 5",
  ]);
});

Deno.test("HTTP responses with another version, and of audio streams (ICY)", () => {
  assert.deepEqual(lines(get("/1"), "HTTP/2.0 503 Busy\r\nContent-Length: 0\r\n\r\n"), [
    "GET example.com/1 503 0 0",
  ]);
  assert.deepEqual(lines(get("/1"), "ICY 200 OK\r\nicy-name: x\r\n\r\nmusic"), [
    "GET example.com/1 200 0 5",
  ]);
});

Deno.test("HTTP upgrades whose response was captured before the request", () => {
  const upgrade = httpRequest({ headers: { Upgrade: "websocket" } });
  const switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  const { exchanges } = play([
    ...wire.open(),
    wire.server(0, switched, { ack: upgrade.length }),
    wire.client(0, upgrade),
    wire.client(upgrade.length, get("/no-request-but-a-frame"), { ack: switched.length }),
  ]);
  assert.deepEqual(exchanges.map(line), ["GET example.com/ 101 0 0"]);
});

Deno.test("HTTP CONNECT with only the client's side captured: TLS is still read", () => {
  const connect = text("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n");
  const heard = play([
    wire.client(0, connect),
    wire.client(connect.length, tlsRecords(clientHello({ serverName: "example.org" })), {
      ack: 39,
    }),
  ]);
  assert.deepEqual(heard.exchanges.map(line), ["CONNECT example.orgexample.org:443 0 0 0"]);
  assert.deepEqual(heard.handshakes.map(({ host }) => host), ["example.org"]);
});
