// TLS in packets: hellos in records, records in segments.

import assert from "node:assert/strict";
import {
  type Bytes,
  bytes,
  clientHello,
  concat,
  cut,
  filler,
  handshake,
  hex,
  serverHello,
  text,
  TLS11,
  TLS12,
  TLS13,
  tlsAlert,
  tlsApplicationData,
  tlsRecord,
  tlsRecords,
} from "../../../tests/packet_builder.ts";
import { FIRST_TIME } from "../../../tests/packets/files.ts";
import { type Heard, play, Player } from "../../../tests/packets/play.ts";
import { fuzz } from "../../../tests/packets/random.ts";
import { FIN_ACK, Wire } from "../../../tests/packets/wire.ts";
import type { TlsHandshake } from "../transactions.ts";

const wire = new Wire({ serverPort: 443 });

const HELLO = clientHello({ alpn: ["h2", "http/1.1"] });
const ANSWER = serverHello();

/** A connection in which each side sends these bytes, in segments of at most `mss` bytes. */
function* connection(client: Bytes, server: Bytes, mss = 1400): Iterable<Bytes> {
  yield* wire.open();
  for (const [i, piece] of cut(client, mss).entries()) yield wire.client(i * mss, piece);
  for (const [i, piece] of cut(server, mss).entries()) {
    yield wire.server(i * mss, piece, { ack: client.length });
  }
}

const connect = (client: Bytes, server: Bytes = new Uint8Array(0), mss?: number): Heard =>
  play(connection(client, server, mss));

/** "example.com 1.3 h2": host, version and protocol as negotiated. */
const line = ({ host, version, alpn, offeredAlpn }: TlsHandshake): string =>
  `${host} ${version} ${alpn}/${offeredAlpn}`;

Deno.test("a TLS handshake is reported with host, version, protocols and times of both hellos", () => {
  const at = (ms: number) => FIRST_TIME + ms * 1000;
  const hello = tlsRecords(HELLO);
  const { handshakes, hits } = play([
    { data: wire.client(0, hello.slice(0, 100)), time: at(10) },
    { data: wire.client(100, hello.slice(100)), time: at(12) },
    { data: wire.server(0, tlsRecords(ANSWER), { ack: hello.length }), time: at(30) },
  ]);
  assert.deepEqual(handshakes.map(line), ["example.com 1.3 /h2"]);
  assert.deepEqual(hits, ["tls example.com"]);
  assert.deepEqual([handshakes[0]!.helloTime, handshakes[0]!.answerTime], [at(10), at(30)]);
  assert.match(handshakes[0]!.ja4, /^t13d\d{4}h2_[0-9a-f]{12}_[0-9a-f]{12}$/);
});

Deno.test("a TLS version and protocol are as negotiated, not as offered", () => {
  const versions: [number, string][] = [[TLS11, "1.1"], [TLS12, "1.2"], [TLS13, "1.3"]];
  for (const [version, name] of versions) {
    const { handshakes } = connect(tlsRecords(HELLO), tlsRecords(serverHello({ version })));
    assert.equal(handshakes[0]!.version, name);
  }
  const chosen = serverHello({ version: TLS12, alpn: "http/1.1" });
  assert.deepEqual(connect(tlsRecords(HELLO), tlsRecords(chosen)).handshakes.map(line), [
    "example.com 1.2 http/1.1/h2",
  ]);
  for (const [version, name] of [[0x7f1c, "1.3"], [0x0399, "other"]] as const) {
    const draft = serverHello({ version: TLS13, extensions: [] });
    const at = draft.findIndex((byte, i) => byte === 3 && draft[i + 1] === 4);
    draft.set([version >> 8, version & 255], at);
    assert.equal(connect(tlsRecords(HELLO), tlsRecords(draft)).handshakes[0]!.version, name);
  }
});

Deno.test("TLS hellos may be split anywhere into segments and records", () => {
  const client = tlsRecords(HELLO);
  const server = tlsRecords(serverHello({ version: TLS12, alpn: "h2" }));
  for (let at = 1; at < Math.max(client.length, server.length); at++) {
    const { handshakes } = play([
      ...wire.open(),
      wire.client(0, client.slice(0, at)),
      wire.client(Math.min(at, client.length), client.slice(at)),
      wire.server(0, server.slice(0, at), { ack: client.length }),
      wire.server(Math.min(at, server.length), server.slice(at), { ack: client.length }),
    ]);
    assert.deepEqual(handshakes.map(line), ["example.com 1.2 h2/h2"], `segments at ${at}`);
  }
  for (let size = 4; size < HELLO.length; size += 3) {
    for (const mss of [7, 1400]) {
      const answer = tlsRecords(serverHello({ version: TLS12, alpn: "h2" }), size);
      const { handshakes } = connect(tlsRecords(HELLO, size), answer, mss);
      assert.deepEqual(handshakes.map(line), ["example.com 1.2 h2/h2"], `records of ${size}`);
    }
  }
});

Deno.test("a TLS hello with a post-quantum key, and one larger than a record", () => {
  const postQuantum = clientHello({ keyShareBytes: 1216 });
  assert.ok(postQuantum.length > 1300);
  const client = tlsRecords(postQuantum);
  assert.deepEqual(connect(client, tlsRecords(ANSWER), 1300).handshakes.map(line), [
    "example.com 1.3 /",
  ]);
  const padding = { type: 21, data: filler(40_000) };
  const large = clientHello({ extensions: [padding] });
  assert.deepEqual(connect(tlsRecords(large), tlsRecords(ANSWER)).handshakes.map(line), [
    "example.com 1.3 /",
  ]);
});

Deno.test("a TLS hello without a name is a handshake too", () => {
  const { handshakes, hits } = connect(
    tlsRecords(clientHello({ serverName: null })),
    tlsRecords(ANSWER),
  );
  assert.deepEqual(handshakes.map(line), [" 1.3 /"]);
  assert.deepEqual(hits, ["tls "]);
});

Deno.test("a TLS name is lower case, without dot and port", () => {
  const { handshakes } = connect(tlsRecords(clientHello({ serverName: "WWW.Example.COM.:443" })));
  assert.equal(handshakes[0]!.host, "www.example.com");
});

Deno.test("a TLS HelloRetryRequest does not make two handshakes of one", () => {
  const changeCipher = tlsRecord(20, Uint8Array.of(1));
  const second = clientHello({ keyShareBytes: 65 });
  const packets = [
    ...connection(tlsRecords(HELLO), concat(tlsRecords(ANSWER), changeCipher)),
    wire.client(tlsRecords(HELLO).length, concat(changeCipher, tlsRecords(second)), { ack: 200 }),
    wire.server(tlsRecords(ANSWER).length + 6, tlsRecords(ANSWER), { ack: 600 }),
  ];
  const { handshakes, hits } = play(packets);
  assert.deepEqual(handshakes.map(line), ["example.com 1.3 /h2"]);
  assert.deepEqual(hits, ["tls example.com"]);
});

Deno.test("a TLS hello that is refused or not answered has no version", () => {
  for (const answer of [tlsAlert(40), text("HTTP/1.1 400 Bad Request\r\n\r\n"), undefined]) {
    const { handshakes } = connect(tlsRecords(HELLO), answer);
    assert.deepEqual(handshakes.map(line), ["example.com  /h2"]);
    assert.equal(handshakes[0]!.answerTime, 0);
  }
});

const warning = (...descriptions: number[]): Bytes =>
  tlsRecord(21, bytes(...descriptions.flatMap((each) => [1, each])));
const helloRequest = tlsRecord(22, handshake(0, new Uint8Array(0)));

Deno.test("TLS warnings, HelloRequests and early changes of the cipher before a hello end nothing", () => {
  const client = tlsRecords(HELLO);
  const server = tlsRecords(ANSWER);
  const before = [
    warning(112), // unrecognized_name
    warning(112, 41),
    concat(warning(112), warning(90)),
    concat(tlsRecord(21, bytes(1)), tlsRecord(21, bytes(112))),
    helloRequest,
    concat(helloRequest, helloRequest, warning(112), helloRequest),
    concat(tlsRecord(20, bytes(1)), warning(112), tlsRecord(20, bytes(1))),
  ];
  for (const [i, words] of before.entries()) {
    for (const mss of [1400, 1, 7]) {
      const { handshakes } = connect(client, concat(words, server), mss);
      assert.deepEqual(handshakes.map(line), ["example.com 1.3 /h2"], `${i} in ${mss}`);
    }
  }
  // In one record with the hello, and in records of one to three bytes.
  const together = concat(handshake(0, new Uint8Array(0)), ANSWER);
  for (const size of [16384, 1, 2, 3]) {
    const { handshakes } = connect(client, tlsRecords(together, size));
    assert.deepEqual(handshakes.map(line), ["example.com 1.3 /h2"], `records of ${size}`);
  }
});

Deno.test("TLS warnings before and between the records of a ClientHello end nothing", () => {
  const [first, second] = cut(HELLO, HELLO.length >> 1).map((piece) => tlsRecord(22, piece));
  const hellos = [
    concat(warning(112), tlsRecords(HELLO)),
    concat(warning(112), warning(90), first!, second!),
    concat(tlsRecord(21, bytes(1)), tlsRecord(21, bytes(112)), first!, second!),
    concat(first!, warning(112), second!),
    concat(first!, warning(112), warning(41, 112), second!),
  ];
  for (const [i, hello] of hellos.entries()) {
    for (const mss of [1400, 1, 7]) {
      const { handshakes } = connect(hello, tlsRecords(ANSWER), mss);
      assert.deepEqual(handshakes.map(line), ["example.com 1.3 /h2"], `${i} in ${mss}`);
    }
  }
});

Deno.test("a fatal TLS alert and close_notify end the handshake", () => {
  const fatal = tlsAlert(40);
  const ends = [
    fatal,
    warning(0),
    warning(112, 0),
    concat(warning(112), fatal),
    tlsRecord(21, bytes(1)),
    concat(tlsRecord(21, bytes(1)), tlsRecord(21, bytes(0))),
    concat(tlsRecord(21, bytes(2)), tlsRecord(21, bytes(40))),
  ];
  for (const [i, end] of ends.entries()) {
    const { handshakes } = connect(tlsRecords(HELLO), concat(end, tlsRecords(ANSWER)));
    assert.deepEqual(handshakes.map(line), ["example.com  /h2"], `${i}`);
    assert.deepEqual(connect(concat(end, tlsRecords(HELLO))).handshakes, [], `${i} first`);
  }
});

Deno.test("a TLS handshake is reported when it is complete, the rest of the connection is skipped", () => {
  const client = tlsRecords(HELLO);
  const server = tlsRecords(ANSWER);
  const player = new Player().play(connection(client, server));
  assert.equal(player.heard.handshakes.length, 1);
  player.play([
    wire.client(client.length, concat(tlsApplicationData(50), tlsRecords(HELLO))),
    wire.client(client.length, tlsRecords(HELLO)),
    wire.server(server.length, tlsRecords(ANSWER)),
  ]);
  assert.equal(player.finish().handshakes.length, 1);
});

Deno.test("TLS begins in the middle of a connection (STARTTLS)", () => {
  const lines = text("220 mail.example ESMTP\r\n");
  const command = text("STARTTLS\r\n");
  const { handshakes } = play([
    ...wire.open(),
    wire.server(0, lines),
    wire.client(0, command, { ack: lines.length }),
    wire.server(lines.length, "220 go ahead\r\n", { ack: command.length }),
    wire.client(command.length, tlsRecords(HELLO), { ack: lines.length + 14 }),
    wire.server(lines.length + 14, tlsRecords(ANSWER), { ack: 1000 }),
  ]);
  assert.deepEqual(handshakes.map(line), ["example.com 1.3 /h2"]);
});

Deno.test("TLS is detected after unknown bytes of the server (PostgreSQL agrees with one letter)", () => {
  const request = Uint8Array.of(0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f);
  const { handshakes } = play([
    ...wire.open(),
    wire.client(0, request),
    wire.server(0, "S", { ack: request.length }),
    wire.client(request.length, tlsRecords(HELLO), { ack: 1 }),
    wire.server(1, tlsRecords(ANSWER), { ack: 1000 }),
  ]);
  assert.deepEqual(handshakes.map(line), ["example.com 1.3 /h2"]);
});

Deno.test("TLS with the ServerHello captured first, and with one side captured", () => {
  const client = tlsRecords(HELLO);
  const server = tlsRecords(ANSWER);
  const answer = wire.server(0, server, { ack: client.length });
  const late = play([...wire.open(), answer, wire.client(0, client)]);
  assert.deepEqual(late.handshakes.map(line), ["example.com 1.3 /h2"]);
  const [{ helloTime, answerTime } = assert.fail()] = late.handshakes;
  assert.equal(answerTime, helloTime);
  assert.deepEqual(play([wire.client(0, client)]).handshakes.map(line), ["example.com  /h2"]);
  assert.deepEqual(play([answer]).handshakes, []);
});

Deno.test("a TLS hello that is cut off counts if its name has come", () => {
  const client = tlsRecords(clientHello({ extensions: [{ type: 21, data: filler(3000) }] }));
  const first = client.slice(0, 1400);
  const ends: Record<string, Uint8Array[]> = {
    end: [],
    fin: [wire.client(1400, "", FIN_ACK)],
    gap: [
      wire.client(2800, client.slice(2800)),
      wire.server(0, tlsRecords(ANSWER), { ack: client.length }),
    ],
    "gap at the end": [
      wire.server(0, tlsRecords(ANSWER), { ack: client.length }),
      wire.client(client.length, "", FIN_ACK),
    ],
  };
  for (const [name, end] of Object.entries(ends)) {
    const { handshakes } = play([...wire.open(), wire.client(0, first), ...end]);
    const version = name.startsWith("gap") ? "1.3" : "";
    assert.deepEqual(
      handshakes.map((it) => `${it.host} ${it.version}`),
      [`example.com ${version}`],
      name,
    );
  }
  const hello = wire.client(0, client.slice(0, 1400));
  const snapped = { data: hello.slice(0, 54 + 200), length: hello.length };
  assert.deepEqual(play([...wire.open(), snapped]).handshakes.map(({ host }) => host), [
    "example.com",
  ]);
});

Deno.test("a TLS hello that breaks off anywhere names its host or nothing", () => {
  const client = tlsRecords(HELLO);
  let named = 0;
  for (let at = 0; at < client.length; at++) {
    const { handshakes } = connect(client.slice(0, at));
    assert.ok(handshakes.length <= 1);
    for (const { host } of handshakes) assert.equal(host, "example.com", `${at}`);
    named += handshakes.length;
  }
  assert.ok(named > 0);
});

Deno.test("what only begins like TLS is not TLS", () => {
  const others = [
    tlsRecord(22, filler(100)),
    tlsRecord(22, new Uint8Array(0)),
    tlsApplicationData(100),
    tlsRecords(handshake(2, filler(10))),
    concat(Uint8Array.of(22, 2, 1, 0, 100), HELLO),
    tlsRecords(handshake(1, filler(100))),
  ];
  for (const [i, bytes] of others.entries()) {
    const { handshakes, hits } = connect(bytes);
    assert.deepEqual([handshakes, hits], [[], []], `${i}`);
  }
});

Deno.test("a TLS hello in records of one byte takes linear time", () => {
  const empty = Array.from({ length: 16_000 }, () => ({ type: 21, data: new Uint8Array(0) }));
  const hello = clientHello({ extensions: empty });
  const records = concat(tlsRecord(22, hello.slice(0, 4)), tlsRecords(hello.slice(4), 1));
  const packets = [...connection(records, tlsRecords(ANSWER), 60_000)];
  const start = performance.now();
  assert.equal(play(packets).handshakes.length, 1);
  assert.ok(performance.now() - start < 5000, `${performance.now() - start} ms`);
});

Deno.test("TLS with any changes to its bytes neither fails nor reports too much", () => {
  const samples = [
    tlsRecords(HELLO),
    tlsRecords(ANSWER),
    tlsRecords(clientHello({ keyShareBytes: 1216 }), 300),
    tlsRecords(serverHello({ version: TLS12, alpn: "h2" })),
  ];
  fuzz(samples, 500, (mutated) => {
    const heard = play([...connection(mutated, mutated, 100)]);
    assert.ok(heard.handshakes.length <= 2);
  });
});

/** RFC 5246 appendix E.2: two cipher specifications, no session, a challenge of 16 bytes. */
const SSL2_HELLO = concat(
  hex("801f 01 0301 0006 0000 0010 00002f 010080"),
  filler(16),
);

Deno.test("a ClientHello in the format of SSL 2.0 is a handshake without a name", () => {
  assert.deepEqual(
    connect(SSL2_HELLO, tlsRecords(serverHello({ version: TLS12 }))).handshakes.map(line),
    [
      " 1.2 /",
    ],
  );
  const answer = hex("8008 04 00 01 0002 0000");
  for (const mss of [1400, 1, 10]) {
    const { handshakes, hits } = connect(SSL2_HELLO, answer, mss);
    assert.deepEqual([hits, handshakes.length, handshakes[0]!.ja4], [["tls "], 1, ""], `${mss}`);
  }
  assert.deepEqual(connect(SSL2_HELLO, answer).handshakes.map(line), [" ssl2 /"]);
});

Deno.test("what only begins like an SSL 2.0 hello is not one", () => {
  // Length, type, version, and the three lengths: a change of any one is noticed.
  for (const at of [1, 2, 3, 6, 8, 10]) {
    const broken = SSL2_HELLO.slice();
    broken[at]! ^= 0x40;
    assert.deepEqual(connect(broken).hits, [], `byte ${at}`);
  }
});

Deno.test("a TLS hello is found in records smaller than its header", () => {
  for (const size of [1, 2, 3, 4, 5]) {
    assert.deepEqual(connect(tlsRecords(HELLO, size)).hits, ["tls example.com"], `${size}`);
  }
});
