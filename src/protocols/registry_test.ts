import assert from "node:assert/strict";
import { KeyStore } from "../keylog/key_store.ts";
import { MemoryLedger } from "../memory_ledger.ts";
import {
  clientHello,
  concat,
  dnsAnswer,
  dnsOverTcp,
  dnsQuery,
  filler,
  hex,
  httpRequest,
  httpResponse,
  serverHello,
  text,
  tlsRecords,
  u16,
} from "../../tests/packet_builder.ts";
import { fuzz } from "../../tests/packets/random.ts";
import { NEED_MORE, NOT_MINE } from "./analyser.ts";
import { VERSION_1, VERSION_2 } from "./quic/quic_samples.ts";
import { detectDatagram, detectStream, STREAM_PROTOCOLS } from "./registry.ts";

const ports = (a: number, b: number): number => (a << 16) | b;

/** "http1", "more" or "none". */
function detect(bytes: Uint8Array, between = ports(51000, 8080)): string {
  const { verdict, protocol } = detectStream(bytes, 0, bytes.length, between);
  if (protocol !== null) return protocol.name;
  return verdict === NEED_MORE ? "more" : "none";
}

const SAMPLES: Record<string, Uint8Array> = {
  http1: httpRequest(),
  "http1 answer": httpResponse(),
  tls: tlsRecords(clientHello()),
  "tls answer": tlsRecords(serverHello()),
  http2: text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
};

Deno.test("protocols are detected by their first bytes, on any port", () => {
  for (const [name, bytes] of Object.entries(SAMPLES)) {
    for (const between of [ports(51000, 80), ports(65535, 40000), ports(80, 443), ports(1, 1)]) {
      assert.equal(detect(bytes, between), name.split(" ")[0]);
    }
  }
});

Deno.test("DNS over TCP is detected on port 53 of either side, elsewhere if it is a plain query", () => {
  const pointing = concat(dnsQuery().slice(0, 12), hex("c012 0001 0001 0161 00"));
  for (const message of [dnsQuery(), pointing, dnsAnswer()].map(dnsOverTcp)) {
    for (const between of [ports(51000, 53), ports(53, 51000)]) {
      assert.equal(detect(message, between), "dns");
    }
  }
  assert.equal(detect(dnsOverTcp(dnsQuery())), "dns");
  assert.equal(detect(dnsOverTcp(pointing)), "none");
  assert.equal(detect(dnsOverTcp(dnsAnswer())), "none");
});

Deno.test("other protocols are detected on port 53 too, whatever their lengths", () => {
  for (const between of [ports(51000, 53), ports(53, 51000)]) {
    for (const [name, bytes] of Object.entries(SAMPLES)) {
      assert.equal(detect(bytes, between), name.split(" ")[0], name);
    }
    for (let padding = 0; padding < 1500; padding++) {
      const extension = { type: 21, data: new Uint8Array(padding) };
      const hello = tlsRecords(clientHello({ extensions: [extension] }));
      for (const length of [hello.length, 100, 20]) {
        assert.equal(detect(hello.slice(0, length), between), "tls", `${padding} ${length}`);
      }
    }
  }
});

Deno.test("DNS over TCP waits for a message only as long as it may become one", () => {
  const between = ports(51000, 53);
  const message = dnsOverTcp(dnsQuery());
  for (let length = 1; length < message.length; length++) {
    assert.equal(detect(message.slice(0, length), between), "more", `${length}`);
  }
  // A length and a header, but no name behind it.
  assert.equal(
    detect(concat(u16(9000), hex("0001010000010000000000004161"), filler(70).fill(0x41)), between),
    "none",
  );
});

Deno.test("every prefix of a protocol's first message needs more bytes", () => {
  for (const [name, bytes] of Object.entries(SAMPLES)) {
    for (let length = 1; length < bytes.length; length++) {
      const found = detect(bytes.slice(0, length));
      assert.ok(found === "more" || found === name.split(" ")[0], `${length} of ${name}: ${found}`);
    }
  }
});

Deno.test("other protocols are not detected", () => {
  const others = [
    text("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    text("220 mail.example ESMTP Postfix\r\n"),
    text("EHLO client.example\r\n"),
    text("+OK POP3 ready\r\n"),
    text("* OK IMAP4rev1 ready\r\n"),
    text("*1\r\n$4\r\nPING\r\n"),
    Uint8Array.of(0x4a, 0, 0, 0, 10, 0x35, 0x2e, 0x35, 0x2e, 0x35, 0),
    Uint8Array.of(0x10, 0x2a, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60),
    Uint8Array.of(0x03, 0x00, 0x00, 0x13, 0x0e, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0),
    filler(300).fill(0x80),
  ];
  for (const bytes of others) assert.equal(detect(bytes), "none", new TextDecoder().decode(bytes));
});

Deno.test("an endless line is not waited for", () => {
  assert.equal(detect(text("GET /" + "a".repeat(100))), "more");
  assert.equal(detect(text("GET " + "a".repeat(100_000))), "none");
  // HTTP itself bounds what it waits for.
  for (const target of ["/", "https://a.example/"]) {
    assert.equal(detect(text(`GET ${target}${"a".repeat(100_000)}`)), "http1");
  }
  assert.equal(detect(text("a".repeat(100))), "none");
  assert.equal(detect(text("\r\n".repeat(100))), "none");
});

Deno.test("datagrams on port 53 are DNS, from both sides", () => {
  const query = dnsQuery();
  const find = (bytes: Uint8Array, between: number) =>
    detectDatagram(bytes, 0, bytes.length, between)?.name ?? "none";
  assert.equal(find(query, ports(51000, 53)), "dns");
  assert.equal(find(query, ports(53, 51000)), "dns");
  assert.equal(find(query, ports(51000, 5353)), "dns");
  assert.equal(find(dnsAnswer(), ports(5353, 51000)), "none");
  assert.equal(find(filler(5), ports(51000, 53)), "none");
});

Deno.test("QUIC and DTLS are detected on UDP port 53 too", () => {
  const dtls = hex(
    `16 fefd 0000 0000 0000 0000 0030 01 000024 0000 000000 000024 fefd ${"00".repeat(34)}`,
  );
  for (const between of [ports(51000, 53), ports(53, 51000), ports(51000, 443)]) {
    for (const { clientInitial, serverInitial } of [VERSION_1, VERSION_2]) {
      for (const bytes of [clientInitial, serverInitial]) {
        assert.equal(detectDatagram(bytes, 0, bytes.length, between)?.name, "quic");
      }
    }
    assert.equal(detectDatagram(dtls, 0, dtls.length, between)?.name, "dtls");
  }
});

Deno.test("any first bytes give a verdict, and the analyser can be made", () => {
  fuzz(Object.values(SAMPLES), 20_000, (mutated) => {
    if (mutated.length === 0) return;
    const { verdict, protocol } = detectStream(mutated, 0, mutated.length, ports(51000, 53));
    assert.ok([1, NEED_MORE, NOT_MINE].includes(verdict));
    assert.equal(protocol !== null, verdict === 1);
    detectDatagram(mutated, 0, mutated.length, ports(51000, 443));
  });
  const keys = new KeyStore(new MemoryLedger(Infinity));
  for (const protocol of STREAM_PROTOCOLS) assert.ok(protocol.open(keys));
});
