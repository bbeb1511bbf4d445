import assert from "node:assert/strict";
import { busyHost, exampleHost, hitsBy } from "../outputs/example.ts";
import { HostPacker } from "./packed_hosts.ts";
import { HostReader } from "./read_hosts.ts";
import { OTHER_HOST } from "./label_values.ts";
import { countedAs, fieldsOf } from "./testing.ts";

Deno.test("unpacked hosts equal the packed ones, again and again", () => {
  const [packer, reader] = [new HostPacker(), new HostReader()];
  const busy = {
    ...busyHost("www.example.com"),
    quicHandshakes: [{ version: "1", alpn: "h3", count: 4 }],
    grpc: [{ status: "0", count: 7 }, { status: "other", count: 1 }],
    connections: [3, 2 ** 40],
  };
  const [durations] = busy.phases;
  const gaps = {
    ...busyHost("gaps.test"),
    phases: [null, durations!, null, null, durations!, null],
  };
  const rounds = [
    [],
    [busy, exampleHost("new.example"), gaps],
    [exampleHost(OTHER_HOST, { hits: hitsBy({ dns: 9 }) }), busy],
  ];
  for (const round of rounds) {
    const hosts = round.map(fieldsOf);
    const read = reader.read(structuredClone(packer.pack(hosts.map(countedAs))));
    assert.deepEqual(read.map(fieldsOf), hosts);
    // What was read before is kept, and still true.
    assert.deepEqual(read.map(fieldsOf), hosts);
    assert.deepEqual(reader.again().map(fieldsOf), hosts);
  }
});

Deno.test("texts are sent once", () => {
  const packer = new HostPacker();
  const host = countedAs(busyHost("www.example.com"));
  assert.ok(packer.pack([host]).texts.includes("www.example.com"));
  const again = packer.pack([host, countedAs(exampleHost("new.test"))]);
  assert.deepEqual([again.renumbered, again.texts], [false, ["new.test"]]);
});

Deno.test("texts of hosts that are gone are dropped", () => {
  const [packer, reader] = [new HostPacker(), new HostReader()];
  let sent = 0;
  let begun = 0;
  const [first] = reader.read(packer.pack([countedAs(exampleHost("first.test"))]));
  for (let round = 0; round < 300; round++) {
    const hosts = Array.from({ length: 100 }, (_, i) => exampleHost(`${round}-${i}.test`));
    const packed = packer.pack(hosts.map(countedAs));
    sent = packed.renumbered ? packed.texts.length : sent + packed.texts.length;
    if (packed.renumbered) begun++;
    assert.ok(sent < 5000, `${sent} texts are kept for 100 hosts`);
    assert.deepEqual(reader.read(packed).map(({ name }) => name), hosts.map(({ name }) => name));
  }
  assert.ok(begun > 1);
  assert.equal(first!.name, "first.test", "a snapshot stays as it is");
});
