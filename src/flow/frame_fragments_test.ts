import assert from "node:assert/strict";
import fc from "fast-check";
import {
  aggregate,
  type Bytes,
  checked,
  cut,
  httpRequest,
  httpResponse,
  ipv4,
  LINKTYPE,
  multilink,
  ppp,
  pppoe,
  radiotap,
  snap,
  tcp,
  TcpConnection,
  text,
  wlan,
  type WlanOptions,
} from "../../tests/packet_builder.ts";
import { ethernet, ETHERTYPE, raw } from "../../tests/packet_builder.ts";
import { line, Player } from "../../tests/packets/play.ts";
import { batchOf } from "../../tests/packets/feed.ts";
import { SAMPLES } from "../decode/samples.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { snapshotOf } from "../pipeline/testing.ts";

const SIZE = 64;

/** IP packets of a request and its answer. */
function exchange(host: string, clientPort = 51000): Bytes[] {
  const connection = new TcpConnection({ clientPort, link: raw });
  return [
    ...connection.open(),
    ...connection.request(httpRequest({ host, target: "/fragments/of/a/frame" })),
    ...connection.answer(httpResponse({ body: "x".repeat(500) })),
  ];
}

const answered = (host: string) => [`GET ${host}/fragments/of/a/frame 200 0 500`];

/** An 802.2 frame in fragments of 802.11. */
function fragments(frame: Uint8Array, number: number, options: WlanOptions = {}): Bytes[] {
  const pieces = cut(frame, SIZE);
  return pieces.map((piece, i) => {
    const fragment = { frame: number, number: i, more: i < pieces.length - 1 };
    return wlan(piece, { ...options, fragment });
  });
}

/** The same in Multilink PPP; `from` is the first sequence number. */
function links(frame: Uint8Array, from: number, short: boolean): Bytes[] {
  const pieces = cut(frame, SIZE);
  return pieces.map((piece, i) =>
    multilink(piece, {
      sequence: (from + i) % (short ? 1 << 12 : 1 << 24),
      first: i === 0,
      last: i === pieces.length - 1,
      short,
    })
  );
}

const shuffled = <T>(things: readonly T[], by: readonly number[]): T[] =>
  things.map((thing, i) => ({ thing, place: by[i % by.length]! }))
    .sort((a, b) => a.place - b.place)
    .map(({ thing }) => thing);

const linesOf = (player: Player) => player.finish().exchanges.map(line);

Deno.test("802.11: fragments in any order, some of them twice, become their frame", () => {
  const form = fc.record({ qos: fc.boolean(), wds: fc.boolean(), htControl: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 3 }), form, fc.boolean(), (order, form, crc) => {
      const options = { ...form, htControl: form.qos && form.htControl };
      const player = new Player(LINKTYPE.WLAN);
      for (const [i, packet] of exchange("wlan.test").entries()) {
        const frames = fragments(snap(packet), 4090 + i, options);
        const all = shuffled([...frames, frames[0]!], order);
        player.play(crc ? all.map(checked) : all);
      }
      assert.deepEqual(linesOf(player), answered("wlan.test"));
    }),
    { numRuns: 200 },
  );
});

Deno.test("802.11: fragments of several senders, and of one's kinds of traffic, are told apart", () => {
  const player = new Player(LINKTYPE.WLAN);
  const hosts = ["a.test", "b.test", "c.test"];
  const from = [{ transmitter: "020000000009" }, { qos: true }, { qos: true, trafficId: 5 }];
  const each = hosts.map((host, i) => exchange(host, 51000 + i));
  each[0]!.forEach((_, step) => {
    const frames = each.map((packets, i) => fragments(snap(packets[step]!), step, from[i]));
    const most = Math.max(...frames.map((list) => list.length));
    for (let i = 0; i < most; i++) player.play(frames.flatMap((list) => list.slice(i, i + 1)));
  });
  assert.deepEqual(linesOf(player).sort(), hosts.flatMap(answered));
});

Deno.test("802.11: a check sequence that radiotap tells of is no part of a fragment", () => {
  const player = new Player(LINKTYPE.RADIOTAP);
  for (const [i, packet] of exchange("tap.test").entries()) {
    const wrong = fragments(snap(packet), i).map((frame) => new Uint8Array([...frame, 1, 2, 3, 4]));
    player.play(wrong.map((frame) => radiotap(frame, { flags: 0x10 })));
  }
  assert.deepEqual(linesOf(player), answered("tap.test"));
});

Deno.test("802.11: a frame that misses a fragment is told, and is no gap for the next one", () => {
  const player = new Player(LINKTYPE.WLAN);
  for (const [i, packet] of [...exchange("a.test"), ...exchange("b.test", 51001)].entries()) {
    const frames = fragments(snap(packet), i);
    player.play(i === 3 ? frames.slice(0, 1) : frames);
  }
  player.wait(3).play(fragments(snap(exchange("c.test")[3]!), 99));
  assert.equal(player.tracker.lostFragments, 1);
  assert.deepEqual(linesOf(player).slice(0, 1), answered("b.test"));
});

Deno.test("802.11: a frame that misses a fragment is told when the capture ends", () => {
  const player = new Player(LINKTYPE.WLAN);
  for (const [i, packet] of exchange("a.test").entries()) {
    player.play(fragments(snap(packet), i).slice(0, i === 3 ? 1 : undefined));
  }
  player.finish();
  assert.equal(player.tracker.lostFragments, 1);
});

Deno.test("802.11: what is kept for fragments that never come is bounded", () => {
  const player = new Player(LINKTYPE.WLAN);
  const packet = ipv4({}, tcp({}, text("x".repeat(2000))));
  for (let i = 0; i < 5000; i++) {
    const transmitter = (0x020000000000 + i).toString(16).padStart(12, "0");
    player.play(
      fragments(snap(packet), i % 4096, { transmitter }).slice(0, 1).map((data) => ({
        data,
        time: 1e15,
      })),
    );
  }
  assert.equal(player.tracker.lostFragments, 5000 - 1024);
});

Deno.test("Multilink PPP: fragments in any order, with numbers of either length", () => {
  const order = fc.array(fc.nat(20), { minLength: 3 });
  fc.assert(
    fc.property(order, fc.boolean(), fc.nat(0xffffff), (order, short, start) => {
      const player = new Player(LINKTYPE.PPP);
      let sequence = start;
      for (const [i, packet] of exchange("ppp.test").entries()) {
        const pieces = links(ppp(packet), sequence, short);
        sequence += pieces.length;
        // The first fragment of all shows how long the numbers are.
        player.play(i === 0 ? pieces : shuffled(pieces, order));
      }
      assert.deepEqual(linesOf(player), answered("ppp.test"));
    }),
    { numRuns: 200 },
  );
});

Deno.test("Multilink PPP over Ethernet: who sends is told by the addresses", () => {
  const player = new Player();
  const frames = exchange("pppoe.test").map((packet, i) => {
    const src = i === 1 || i === 4 ? "020000000009" : "020000000001";
    // Both ends count from 0.
    return links(ppp(packet), i * 100, false).map((piece) =>
      ethernet(pppoe(piece), { type: ETHERTYPE.PPPOE_SESSION, src })
    );
  });
  player.play(frames.flat());
  assert.deepEqual(linesOf(player), answered("pppoe.test"));
});

Deno.test("802.11: every frame of an aggregate is a packet, and together they weigh what was sent", () => {
  for (const options of [{}, { wds: true }, { htControl: true }, { padded: true }]) {
    const one = exchange("one.test", 51001);
    const two = exchange("two.test", 51002);
    const frames = one.map((packet, i) =>
      radiotap(
        checked(wlan(aggregate(snap(packet), snap(two[i]!)), {
          ...options,
          qos: true,
          aggregate: true,
        })),
        { flags: "padded" in options ? 0x30 : 0x10 },
      )
    );
    const pipeline = new Pipeline({ maxHosts: 10, event: null });
    const interfaces = [{ name: "wlan0", linkType: LINKTYPE.RADIOTAP }];
    pipeline.feed(batchOf(frames, 1e15), interfaces);
    const { hosts } = snapshotOf(pipeline, interfaces);
    assert.deepEqual(hosts.map(({ name }) => name).sort(), ["one.test", "two.test"]);
    const weight = hosts.reduce((sum, host) => sum + host.bytesSent + host.bytesReceived, 0);
    assert.equal(weight, frames.reduce((sum, { length }) => sum + length, 0));
  }
});

Deno.test("property: damaged frames of every kind are taken without an exception", () => {
  const change = fc.record({ at: fc.nat(300), value: fc.nat(255) });
  const players = new Map<number, Player>();
  fc.assert(
    fc.property(
      fc.constantFrom(...SAMPLES),
      fc.array(change, { maxLength: 4 }),
      fc.nat(400),
      ({ frame, linkType }, changes, length) => {
        const damaged = frame.slice(0, Math.max(20, length));
        for (const { at, value } of changes) damaged[at % damaged.length] = value;
        const player = players.get(linkType) ?? new Player(linkType);
        players.set(linkType, player);
        player.play([damaged]);
      },
    ),
    { numRuns: 30_000 },
  );
  for (const player of players.values()) player.finish();
});
