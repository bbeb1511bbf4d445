// TLS in the same segment as the words that ask for it, and TLS in packets of SQL Server.

import assert from "node:assert/strict";
import {
  type Bytes,
  clientHello,
  concat,
  cut,
  filler,
  hex,
  httpRequest,
  httpResponse,
  prefixed,
  serverHello,
  text,
  tlsRecords,
  u16,
} from "../../tests/packet_builder.ts";
import { type Heard, play } from "../../tests/packets/play.ts";
import { fuzz } from "../../tests/packets/random.ts";
import { Wire } from "../../tests/packets/wire.ts";
import { detectStream } from "./registry.ts";

const HELLO = tlsRecords(clientHello());
const ANSWER = tlsRecords(serverHello());

/** The client sends all of `client`, then the server of `server`, in segments of `size` bytes. */
function connect(client: Bytes, server: Bytes, size = 1400): Heard {
  const wire = new Wire({ serverPort: 7777 });
  return play([
    ...wire.open(),
    ...cut(client, size).map((piece, i) => wire.client(i * size, piece)),
    ...cut(server, size).map((piece, i) => wire.server(i * size, piece, { ack: client.length })),
  ]);
}

const versions = ({ handshakes }: Heard): string[] =>
  handshakes.map(({ host, version }) => `${host} ${version}`);

const SOCKS5_HOST = concat(hex("05 01 00 03"), prefixed(1, text("b.example")), u16(443));
const SOCKS5_REQUESTS = [
  SOCKS5_HOST,
  hex("05 01 00 01 c0000201 01bb"),
  concat(hex("05 01 00 04"), filler(16), u16(443)),
];
const SOCKS4 = concat(hex("04 01 01bb c0000201"), text("me"), hex("00"));
const SOCKS4A = concat(
  hex("04 01 01bb 00000001"),
  text("me"),
  hex("00"),
  text("b.example"),
  hex("00"),
);

const WORDS: Record<string, Bytes> = {
  "SMTP": text("STARTTLS\r\n"),
  "SMTP from its greeting on": text("EHLO client.example\r\nSTARTTLS\r\n"),
  "IMAP": text("a001 STARTTLS\r\n"),
  "POP3": text("STLS\n"),
  "FTP": text("AUTH TLS\r\n"),
  "XMPP": text("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
  "MySQL": concat(hex("20000001 85ae 0f00 00000001 21"), new Uint8Array(23)),
  "PostgreSQL": hex("00000008 04d2162f"),
  "LDAP": concat(hex("301d 020101 7718 8016"), text("1.3.6.1.4.1.1466.20037")),
  "RDP": hex("03000013 0ee00000 00000001 00080003 000000"),
  "AMQP": concat(text("AMQP"), hex("02010000")),
  "SOCKS4": SOCKS4,
  "SOCKS4a": SOCKS4A,
  "SOCKS5 with a password": concat(
    hex("050102 01"),
    prefixed(1, text("me")),
    prefixed(1, text("secret")),
    SOCKS5_HOST,
  ),
};
for (const [i, request] of SOCKS5_REQUESTS.entries()) {
  WORDS[`SOCKS5 ${i}`] = concat(hex("050100"), request);
  WORDS[`SOCKS5 ${i}, after its greeting`] = request;
}

Deno.test("a ClientHello is found in the same segment behind the words that ask for TLS", () => {
  for (const [name, words] of Object.entries(WORDS)) {
    const heard = connect(concat(words, HELLO), ANSWER);
    assert.deepEqual(versions(heard), ["example.com 1.3"], name);
    assert.equal(heard.exchanges.length, 0, name);
    const [first, second] = [concat(words, HELLO.slice(0, 30)), HELLO.slice(30)];
    assert.deepEqual(versions(connect(concat(first, second), ANSWER, first.length)), [
      "example.com 1.3",
    ], `${name}, split`);
  }
});

Deno.test("a ServerHello is found behind the answer to such words, in its segment or after it", () => {
  for (
    const words of [
      "220 2.0.0 Ready\r\n",
      "S",
      "a001 OK begin\r\n",
      "\x05\x00\x05\x00\x00\x01\x0a\x00\x00\x01\x01\xbb",
    ]
  ) {
    const answer = concat(text(words), ANSWER);
    const client = concat(text("STARTTLS\r\n"), HELLO);
    assert.deepEqual(versions(connect(client, answer)), ["example.com 1.3"], words);
    const wire = new Wire({ serverPort: 25 });
    const apart = play([
      ...wire.open(),
      wire.client(0, client),
      wire.server(0, answer.slice(0, words.length), { ack: client.length }),
      wire.server(words.length, ANSWER, { ack: client.length }),
    ]);
    assert.deepEqual(versions(apart), ["example.com 1.3"], words);
  }
  const long = concat(filler(5000).fill(0x41), ANSWER);
  assert.deepEqual(versions(connect(HELLO, long)), ["example.com "]);
});

Deno.test("HTTP is found in the same segment behind the words of SOCKS", () => {
  for (const [name, words] of Object.entries(WORDS)) {
    const { exchanges } = connect(concat(words, httpRequest()), httpResponse({ body: "hello" }));
    assert.equal(exchanges.length, name.startsWith("SOCKS") ? 1 : 0, name);
  }
});

Deno.test("words alone, and what only looks like them, begin nothing", () => {
  for (const words of Object.values(WORDS)) {
    assert.deepEqual(connect(words, ANSWER).hits, []);
    for (let length = 1; length < words.length; length++) {
      assert.ok(connect(words.slice(0, length), filler(10)).hits.length === 0);
    }
  }
  // Text that is too long, and a hello behind other bytes.
  assert.deepEqual(connect(concat(filler(300).fill(0x41), text("\n"), HELLO), ANSWER).hits, []);
  assert.deepEqual(connect(concat(hex("0102"), HELLO), ANSWER).hits, []);
});

/** TLS in packets of TDS of at most `size` bytes. */
const tds = (bytes: Uint8Array, size: number, type = 0x12): Bytes =>
  concat(
    ...cut(bytes, size).map((piece, i, all) =>
      concat(
        Uint8Array.of(type, i === all.length - 1 ? 1 : 0),
        u16(piece.length + 8),
        hex("00000100"),
        piece,
      )
    ),
  );

Deno.test("TLS in the PRELOGIN packets of SQL Server is read", () => {
  const prelogin = hex(
    "1201002f00000100 00001a0006 01002000 01 02002100 01 03002200 04 04002600 01 ff 09000000 0000 01 00 b80d0000 01",
  );
  const response = hex(
    "0401002500000100 00001500060100 1b000102 001c000103 001d000004 001d0001 ff 0c000fa0 0000 01 00 00",
  );
  for (const size of [4088, 100]) {
    for (const answerType of [0x12, 0x04]) {
      const wire = new Wire({ serverPort: 1433 });
      const hello = tds(HELLO, size);
      const answer = tds(ANSWER, size, answerType);
      const heard = play([
        ...wire.open(),
        wire.client(0, prelogin),
        wire.server(0, response, { ack: prelogin.length }),
        wire.client(prelogin.length, hello, { ack: response.length }),
        wire.server(response.length, answer, { ack: prelogin.length + hello.length }),
      ]);
      assert.deepEqual(versions(heard), ["example.com 1.3"], `${size} ${answerType}`);
    }
  }
  assert.deepEqual(connect(prelogin, response).hits, []);
});

Deno.test("changed words and TDS packets neither fail nor report too much", () => {
  const samples = [...Object.values(WORDS).map((words) => concat(words, HELLO)), tds(HELLO, 100)];
  fuzz(samples, 3000, (mutated) => {
    if (mutated.length === 0) return;
    detectStream(mutated, 0, mutated.length, 0);
    assert.ok(connect(mutated, mutated, 60).handshakes.length <= 2);
  });
});
