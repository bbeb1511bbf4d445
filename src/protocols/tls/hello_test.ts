import assert from "node:assert/strict";
import {
  clientHello,
  concat,
  filler,
  handshake,
  hex,
  prefixed,
  serverHello,
  text,
  TLS12,
  TLS13,
  u16,
} from "../../../tests/packet_builder.ts";
import { fuzz } from "../../../tests/packets/random.ts";
import { NEED_MORE, NOT_MINE } from "../analyser.ts";
import {
  ClientHello,
  parseClientHello,
  parseServerHello,
  ServerHello,
  versionName,
} from "./hello.ts";

function parse(bytes: Uint8Array, wantsLists = true): [number, ClientHello] {
  const hello = new ClientHello();
  hello.wantsLists = wantsLists;
  return [parseClientHello(bytes, 0, bytes.length, hello), hello];
}

const SNI = (body: Uint8Array) =>
  clientHello({ serverName: null, extensions: [{ type: 0, data: body }] });

Deno.test("a ClientHello is parsed: name, protocols, and the lists for fingerprints", () => {
  const message = clientHello({
    serverName: "A.example",
    alpn: ["h2", "http/1.1"],
    versions: [TLS13, TLS12],
    ciphers: [0x1301, 0xc02f],
  });
  const [consumed, hello] = parse(message);
  assert.equal(consumed, message.length);
  assert.equal(hello.serverName, "a.example");
  assert.deepEqual(hello.alpn, ["h2", "http/1.1"]);
  assert.deepEqual(hello.supportedVersions, [TLS13, TLS12]);
  assert.deepEqual(hello.cipherSuites, [0x1301, 0xc02f]);
  assert.deepEqual(hello.extensions, [0, 10, 13, 16, 43, 51]);
  assert.deepEqual(hello.signatureAlgorithms, [0x0403, 0x0804]);
  assert.equal(hello.legacyVersion, TLS12);
  assert.equal(hello.encrypted, false);
  assert.deepEqual(parse(message, false)[1].cipherSuites, []);
});

Deno.test("a ClientHello may begin anywhere, and what follows is not part of it", () => {
  const message = clientHello({ serverName: "a.example" });
  const hello = new ClientHello();
  const bytes = concat(filler(20), message, filler(50));
  assert.equal(parseClientHello(bytes, 20, bytes.length, hello), message.length);
  assert.equal(hello.serverName, "a.example");
});

Deno.test("nothing of a ClientHello remains for the next", () => {
  const hello = new ClientHello();
  const first = clientHello({ alpn: ["h2"], extensions: [{ type: 0xfe0d, data: filler(10) }] });
  parseClientHello(first, 0, first.length, hello);
  assert.equal(hello.encrypted, true);
  const second = clientHello({ serverName: null });
  parseClientHello(second, 0, second.length, hello);
  assert.deepEqual([hello.serverName, hello.hasServerName, hello.alpn.length, hello.encrypted], [
    "",
    false,
    0,
    false,
  ]);
});

Deno.test("a ClientHello that is cut off is read as far as it goes", () => {
  const message = clientHello({ serverName: "a.example", alpn: ["h2"] });
  let named = false;
  for (let length = 0; length < message.length; length++) {
    const [consumed, hello] = parse(message.slice(0, length));
    assert.equal(consumed, NEED_MORE, `${length}`);
    if (named) assert.equal(hello.serverName, "a.example", `${length}`);
    named ||= hello.serverName !== "";
  }
  assert.ok(named);
});

Deno.test("server names: the one of type host_name, and none if the lengths are wrong", () => {
  const name = (type: number, value: string) =>
    concat(Uint8Array.of(type), prefixed(2, text(value)));
  const list = (...names: Uint8Array[]) => parse(SNI(prefixed(2, concat(...names))))[1].serverName;
  assert.equal(list(name(0, "a.example")), "a.example");
  assert.equal(list(name(1, "other"), name(0, "a.example")), "a.example");
  assert.equal(list(name(0, "")), "");
  assert.equal(list(name(0, "b\xfc.example")), "bü.example");
  assert.equal(parse(SNI(hex("0005 00 00ff 61")))[1].serverName, "");
  assert.equal(parse(SNI(new Uint8Array(0)))[1].hasServerName, true);
});

Deno.test("an extension that reaches past the message ends the list", () => {
  const message = clientHello({
    serverName: "a.example",
    extensions: [{ type: 16, data: filler(4) }],
  });
  message.set(u16(0xffff), message.length - 6);
  const [consumed, hello] = parse(message);
  assert.equal(consumed, message.length);
  assert.equal(hello.serverName, "a.example");
  assert.deepEqual(hello.alpn, []);
});

Deno.test("bytes after the extensions are no extension", () => {
  const message = clientHello({ serverName: "a.example" });
  // Behind header, version, random, session id, three cipher suites and compression methods.
  const extensions = 4 + 2 + 32 + 33 + 8 + 2;
  message.set(u16(0), extensions);
  assert.deepEqual(parse(message)[1].extensions, []);
  assert.equal(parse(message)[1].serverName, "");
});

Deno.test("bytes that are no ClientHello are refused at once", () => {
  const message = clientHello();
  const wrong = {
    type: handshake(2, message.slice(4)),
    short: handshake(1, filler(30)),
    long: concat(hex("01 ffffff"), filler(100)),
    version: handshake(1, concat(u16(0x0200), filler(60))),
  };
  for (const [name, bytes] of Object.entries(wrong)) assert.equal(parse(bytes)[0], NOT_MINE, name);
});

Deno.test("a ServerHello is parsed: version and protocol", () => {
  const hello = new ServerHello();
  const read = (bytes: Uint8Array) => parseServerHello(bytes, 0, bytes.length, hello);
  const answer = serverHello({ version: TLS12, alpn: "h2" });
  assert.equal(read(answer), answer.length);
  assert.deepEqual([hello.version, hello.alpn], [TLS12, "h2"]);
  read(serverHello());
  assert.deepEqual([hello.version, hello.alpn], [TLS13, ""]);
  for (let length = 0; length < answer.length; length++) {
    assert.equal(read(answer.slice(0, length)), NEED_MORE, `${length}`);
  }
  // Up to TLS 1.2 there may be no extensions at all (RFC 5246 section 7.4.1.3).
  const bare = handshake(2, concat(u16(0x0301), filler(32), hex("00 002f 00")));
  assert.equal(read(bare), bare.length);
  assert.equal(hello.version, 0x0301);
  assert.equal(read(clientHello()), NOT_MINE);
});

Deno.test('versions have names, unregistered ones are "other"', () => {
  const names = [0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7f1c, 0xfb1a, 0x0305, 0x1234];
  assert.deepEqual(names.map(versionName), [
    "ssl2",
    "ssl3",
    "1.0",
    "1.1",
    "1.2",
    "1.3",
    "1.3",
    "1.3",
    "other",
    "other",
  ]);
});

Deno.test("hellos with any changes give bounded lists or nothing", () => {
  const samples = [
    clientHello({ alpn: ["h2", "http/1.1"] }),
    serverHello({ version: TLS12, alpn: "h2" }),
  ];
  const answer = new ServerHello();
  fuzz(samples, 20_000, (mutated) => {
    const [consumed, hello] = parse(mutated);
    assert.ok(consumed <= mutated.length);
    assert.ok(hello.serverName.length <= mutated.length);
    assert.ok(hello.extensions.length * 4 <= mutated.length);
    assert.ok(parseServerHello(mutated, 0, mutated.length, answer) <= mutated.length);
  });
});
