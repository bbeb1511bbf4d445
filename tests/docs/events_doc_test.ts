// docs/events.md has every field of every event, in order, with its type and when it is null: held
// against the events of the recorded captures, and of some connections that are made here.

import assert from "node:assert/strict";
import {
  cryptoFrame,
  initialPacket,
  padded,
  SAMPLE_ID,
} from "../../src/protocols/quic/quic_samples.ts";
import { concat, filler, hex } from "../packets/bytes.ts";
import { dnsAnswer, dnsQuery } from "../packets/dns.ts";
import { Feed } from "../packets/feed.ts";
import { ethernet } from "../packets/link.ts";
import { ipv4 } from "../packets/network.ts";
import { clientHello } from "../packets/tls.ts";
import { udp } from "../packets/transport.ts";
import { Wire } from "../packets/wire.ts";
import { capturesIn, readCapture } from "../read_capture.ts";
import { blocksOf, read, ROOT, sectionOf, tablesOf } from "./markdown.ts";

const PAGE = read("docs/events.md");
const KINDS = ["http", "tls", "quic", "dns"];

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mayBeNull: boolean;
  readonly mayBeLeftOut: boolean;
}

/** The fields that the page gives an event of `kind`, in order. */
function documented(kind: string): Field[] {
  return ["Every event", kind].flatMap((title) => tablesOf(sectionOf(PAGE, 2, title))[0]!)
    .map(([name, type, isNull]) => ({
      name: name!.replaceAll("`", ""),
      type: type!,
      mayBeNull: isNull !== "never" && !isNull!.startsWith("left out"),
      mayBeLeftOut: isNull!.startsWith("left out"),
    }));
}

type Event = Readonly<Record<string, unknown>>;

/** The lines of all recorded captures. */
async function recordedLines(): Promise<string[]> {
  const lines: string[] = [];
  for (const file of capturesIn(`${ROOT}tests/fixtures`)) {
    await readCapture(file, { maxHosts: 1000, event: (line) => lines.push(line.trimEnd()) });
  }
  return lines;
}

/** The server's address, as its client was told by DNS. */
function answer(): Uint8Array[] {
  const asked = { name: "b.test", addresses: ["10.0.0.2"] };
  const [there, back] = [{ protocol: 17 }, { src: "10.0.0.2", dst: "10.0.0.1", protocol: 17 }];
  return [
    ethernet(ipv4(there, udp({ dport: 53 }, dnsQuery(asked)))),
    ethernet(ipv4(back, udp({ sport: 53, dport: 51000 }, dnsAnswer(asked)))),
  ];
}

/**
 * What the captures lack: a request without answer, and one without Host, a hello in SSL 2.0's format, QUIC
 * without ALPN and name.
 */
function oddEvents(): Event[] {
  const ssl2 = concat(hex("801f 01 0301 0006 0000 0010 00002f 010080"), filler(16));
  const [web, tls] = [new Wire(), new Wire({ clientPort: 51001, serverPort: 443 })];
  const quic = initialPacket({
    frames: padded(cryptoFrame(0, clientHello({ serverName: null, alpn: [] }))),
    from: "client in",
    firstId: SAMPLE_ID,
    destination: SAMPLE_ID,
  });
  return new Feed().feed([
    ...answer(),
    ...web.open(),
    web.client(0, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
    ...tls.open(),
    tls.client(0, ssl2),
    ...["10.0.0.1", "10.0.0.3"].map((src) =>
      ethernet(ipv4({ src, dst: "10.0.0.2", protocol: 17 }, udp({ dport: 443 }, quic)))
    ),
  ]).finish().events;
}

const LINES = await recordedLines();
const EVENTS = [...LINES.map((line) => JSON.parse(line) as Event), ...oddEvents()];

function typeOf(value: unknown): string {
  if (value === true) return "true";
  return Array.isArray(value) ? `array of ${typeof value[0]}s` : typeof value;
}

for (const kind of KINDS) {
  const events = EVENTS.filter((event) => event["kind"] === kind);
  const fields = documented(kind);

  Deno.test(`docs/events.md: an event of ${kind} has these fields, in this order`, () => {
    assert.ok(events.length > 3);
    for (const event of events) {
      const expected = fields.filter(({ name, mayBeLeftOut }) => !mayBeLeftOut || name in event);
      assert.deepEqual(Object.keys(event), expected.map(({ name }) => name));
    }
  });

  Deno.test(`docs/events.md: the fields of ${kind} have the types that it tells, and null as it says`, () => {
    for (const { name, type, mayBeNull, mayBeLeftOut } of fields) {
      const values = events.map((event) => event[name]);
      const types = new Set(
        values.filter((value) => value !== null && value !== undefined && String(value) !== "")
          .map(typeOf),
      );
      assert.deepEqual([...types], [type], name);
      assert.equal(
        values.includes(null),
        mayBeNull,
        `${name} ${mayBeNull ? "was never" : "was"} null`,
      );
      assert.equal(values.includes(undefined), mayBeLeftOut, name);
    }
  });
}

Deno.test("docs/events.md: there are no other kinds", () => {
  assert.deepEqual([...new Set(EVENTS.map((event) => event["kind"]))].sort(), KINDS.toSorted());
});

Deno.test("docs/events.md: the examples are events of recorded captures", () => {
  const examples = blocksOf(PAGE).filter(({ language }) => language === "jsonl")
    .flatMap(({ text }) => text.trim().split("\n"));
  assert.equal(examples.length, KINDS.length);
  assert.deepEqual(examples.filter((line) => !LINES.includes(line)), []);
});
