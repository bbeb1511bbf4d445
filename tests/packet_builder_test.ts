// The builder against numbers worked out elsewhere: other tests rest on its being right.

import assert from "node:assert/strict";
import {
  ACK,
  address,
  checksum,
  clientHello,
  dnsAnswer,
  dnsName,
  dnsQuery,
  ethernet,
  ETHERTYPE,
  hex,
  httpRequest,
  httpResponse,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  pcap,
  pcapng,
  PROTOCOL,
  SYN,
  tcp,
  TcpConnection,
  text,
  tlsRecords,
  udp,
  vlan,
} from "./packet_builder.ts";

const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

Deno.test("the checksum is that of RFC 1071's example, and of an odd length", () => {
  assert.equal(checksum(hex("0001 f203 f4f5 f6f7")), 0x220d);
  assert.equal(checksum(hex("01")), 0xfeff);
});

Deno.test("addresses of both families become bytes", () => {
  assert.deepEqual(address("192.0.2.1"), hex("c0000201"));
  assert.deepEqual(address("2001:db8::1"), hex("20010db8 00000000 00000000 00000001"));
  assert.deepEqual(address("::"), new Uint8Array(16));
});

Deno.test("an IPv4 packet has its lengths, and checksums that come out as zero when summed", () => {
  const packet = ipv4({ options: hex("01010100") }, tcp({ flags: SYN | ACK }, text("odd")));
  assert.equal(packet.length, 24 + 20 + 3);
  assert.equal(packet[0], 0x46);
  assert.equal(view(packet).getUint16(2), packet.length);
  assert.equal(checksum(packet.subarray(0, 24)), 0);
  const pseudo = hex("0a000001 0a000002 0006 0017");
  assert.equal(checksum(pseudo, packet.subarray(24)), 0);
});

Deno.test("IPv6 chains its extension headers in front of the payload", () => {
  const hopByHop = { type: PROTOCOL.HOP_BY_HOP, body: hex("010400000000") };
  const destination = { type: 60, body: hex("010400000000") };
  const fields = { protocol: PROTOCOL.UDP, extensions: [hopByHop, destination] };
  const packet = ipv6(fields, udp({}, text("x")));
  assert.equal(packet[6], 0);
  assert.deepEqual([packet[40], packet[48]], [60, PROTOCOL.UDP]);
  assert.equal(view(packet).getUint16(4), 8 + 8 + 9);
});

Deno.test("fragments carry the whole payload once, and only the last says there is no more", () => {
  const datagram = udp({}, new Uint8Array(100).fill(7));
  const four = ipv4Fragments({ protocol: PROTOCOL.UDP }, datagram, 48);
  assert.deepEqual(four.map((packet) => view(packet).getUint16(6)), [0x2000, 0x2006, 12]);
  assert.equal(four.reduce((sum, packet) => sum + packet.length - 20, 0), datagram.length);
  const six = ipv6Fragments({ protocol: PROTOCOL.UDP }, datagram, 48);
  assert.deepEqual(six.map((packet) => view(packet).getUint16(42)), [1, 49, 96]);
  assert.ok(six.every((packet) => packet[6] === 44 && packet[40] === PROTOCOL.UDP));
});

Deno.test("Ethernet and VLAN tags name the type of what they carry", () => {
  const tagged = vlan(ipv6({}, tcp({})), { id: 5 });
  const frame = ethernet(tagged, { type: ETHERTYPE.QINQ });
  assert.deepEqual(frame.subarray(12, 18), hex("88a8 0005 86dd"));
  assert.equal(ethernet(ipv4({}, tcp({})), { pad: true }).length, 60);
});

Deno.test("a TCP connection counts its sequence numbers, past their wrap too", () => {
  const connection = new TcpConnection({
    clientSeq: 2 ** 32 - 1,
    mss: 4,
    link: (ip) => ethernet(ip),
  });
  const seq = (packet: Uint8Array) => view(packet).getUint32(14 + 20 + 4);
  const ack = (packet: Uint8Array) => view(packet).getUint32(14 + 20 + 8);
  const [syn, synAck] = connection.open();
  assert.equal(seq(syn!), 2 ** 32 - 1);
  assert.equal(ack(synAck!), 0);
  assert.deepEqual(connection.request(text("abcdefghi")).map(seq), [0, 4, 8]);
  assert.deepEqual(connection.answer(text("ok")).map(ack), [9]);
});

Deno.test("a pcap file is written in either byte order and resolution", () => {
  const packet = { data: text("abc"), time: 1_500_000, length: 9 };
  const little = view(pcap([packet], { linkType: 101 }));
  assert.equal(little.getUint32(0, true), 0xa1b2c3d4);
  assert.equal(little.getUint32(20, true), 101);
  const big = view(pcap([packet], { bigEndian: true, nanoseconds: true }));
  assert.equal(big.getUint32(0), 0xa1b23c4d);
  const record = [24, 28, 32, 36].map((at) => big.getUint32(at));
  assert.deepEqual(record, [1, 500_000_000, 3, 9]);
});

Deno.test("the blocks of a pcapng file say their length at both ends", () => {
  const interfaces = [{ name: "eth0", resolution: 9 }];
  const file = pcapng([{ data: text("abc"), time: 5_000_000_000 }], { interfaces });
  const types: number[] = [];
  let at = 0;
  while (at < file.length) {
    const length = view(file).getUint32(at + 4, true);
    assert.equal(view(file).getUint32(at + length - 4, true), length);
    types.push(view(file).getUint32(at, true));
    at += length;
  }
  assert.equal(at, file.length);
  assert.deepEqual(types, [0x0a0d0d0a, 1, 6]);
  const packetAt = file.length - 36;
  const time = [4, 8].map((offset) => view(file).getUint32(packetAt + 8 + offset, true));
  assert.deepEqual(time, [1164, 5_000_000_000_000 % 2 ** 32]);
});

Deno.test("DNS messages hold what was asked and what was answered", () => {
  assert.deepEqual(dnsName("a.bc"), hex("01 61 02 6263 00"));
  const query = view(dnsQuery({ id: 7, name: "a.bc", type: 28, edns: true }));
  assert.deepEqual([0, 2, 4, 6, 10].map((at) => query.getUint16(at)), [7, 0x0100, 1, 0, 1]);
  const answer = dnsAnswer({ name: "a.bc", rcode: 19, addresses: ["192.0.2.1"], edns: true });
  assert.equal(view(answer).getUint16(2), 0x8183);
  assert.deepEqual(answer.subarray(12 + 10 + 16, 12 + 10 + 20), hex("c0000201"));
  assert.equal(answer[12 + 10 + 20 + 5], 1, "the upper bits of the rcode are in the OPT record");
});

Deno.test("a ClientHello says its length thrice over, and spans records and segments when asked", () => {
  const hello = clientHello({ serverName: "a.example", alpn: ["h2"], keyShareBytes: 1400 });
  assert.equal(view(hello).getUint32(0) & 0xffffff, hello.length - 4);
  assert.ok(read(hello).includes("a.example"));
  const records = tlsRecords(hello, 1000);
  assert.equal(records.length, hello.length + 2 * 5);
  assert.deepEqual([...records.subarray(0, 5)], [22, 3, 1, 1000 >> 8, 1000 & 0xff]);
  const packets = new TcpConnection().request(records);
  assert.equal(packets.length, 2);
});

Deno.test("HTTP messages are framed by a length or by chunks, or need no frame", () => {
  assert.equal(read(httpRequest({ target: "/x" })), "GET /x HTTP/1.1\r\nHost: example.com\r\n\r\n");
  assert.equal(read(httpRequest({ host: null, version: "1.0" })), "GET / HTTP/1.0\r\n\r\n");
  assert.equal(
    read(httpResponse({ body: "hello", chunkSize: 3 })),
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
  );
  assert.equal(read(httpResponse({ status: 204, reason: "" })), "HTTP/1.1 204 \r\n\r\n");
  assert.ok(read(httpResponse()).includes("Content-Length: 0\r\n"));
});
