// Live capture over a veth pair: packets routed out of one end are seen at the other.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { promisify } from "node:util";
import { libc } from "../../ffi/libc.ts";
import { RawFile } from "../../ffi/raw_file.ts";
import { UserError } from "../errors.ts";
import type { Source } from "./batch.ts";
import { type LiveOptions, openLive } from "./live.ts";
import type { InterfaceProblem } from "./upkeep.ts";
import { ip, IS_ROOT, rootTest, untilUp, type Veth } from "./veth_testing.ts";

const PORT = 9999;
const UDP = `udp port ${PORT}`;
/** Ethernet, IPv4 and UDP headers. */
const HEADERS = 14 + 20 + 8;

interface Seen {
  readonly interface: number;
  readonly captured: number;
  readonly length: number;
  readonly time: number;
  /** The number that the sender put first into the payload. */
  readonly number: number;
}

/** Sends `count` datagrams, numbered from 0, of `size` bytes. */
async function send(veth: Veth, count: number, size = 100): Promise<void> {
  await untilUp(veth);
  const socket = createSocket("udp4");
  const sendTo = promisify(socket.send.bind(socket)) as (
    ...to: [Uint8Array, number, string]
  ) => Promise<number>;
  const payload = new Uint8Array(size).fill(0x5a);
  for (let i = 0; i < count; i++) {
    new DataView(payload.buffer).setUint32(0, i);
    await sendTo(payload, PORT, veth.address);
  }
  socket.close();
}

function open(interfaces: readonly string[], options: Partial<LiveOptions> = {}): Source {
  return openLive({
    interfaces,
    filter: UDP,
    snaplen: 0,
    bufferSize: 32 << 20,
    promiscuous: true,
    warn: () => {},
    ...options,
  });
}

/** Reads until the end, or until `enough` packets came; what was seen goes to `seen`. */
async function readAll(
  source: Source,
  seen: Seen[],
  enough = Infinity,
  patience = 20_000,
): Promise<void> {
  const deadline = performance.now() + patience;
  while (seen.length < enough) {
    assert(
      performance.now() < deadline,
      `only ${seen.length} packets, and no end; dropped: ${JSON.stringify(source.drops())}`,
    );
    const batch = await source.read();
    if (batch === null) return;
    const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
    for (let i = 0; i < batch.count; i++) {
      const at = (batch.offset[i] ?? 0) + HEADERS;
      seen.push({
        interface: batch.interface[i] ?? -1,
        captured: batch.captured[i] ?? -1,
        length: batch.length[i] ?? -1,
        time: batch.time[i] ?? -1,
        number: view.getUint32(at),
      });
    }
  }
}

function numbers(seen: readonly Seen[]): number[] {
  return seen.map((each) => each.number);
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

rootTest("openLive() sees every packet, in order, with its time", async (veth) => {
  const source = open([veth.far]);
  const began = Date.now() * 1000;
  const seen: Seen[] = [];
  await Promise.all([readAll(source, seen, 3000), send(veth, 3000)]);
  assert.deepEqual(source.interfaces, [{ name: veth.far, linkType: 1 }]);
  assert.deepEqual(numbers(seen), upTo(3000));
  assert(seen.every((each) => each.captured === 142 && each.length === 142));
  assert(seen.every((each) => each.time > began - 1e6 && each.time < Date.now() * 1000 + 1e6));
  assert.deepEqual(source.drops(), [{ kernel: 0, interface: 0 }]);
  source.close();
});

/** The nice value of a thread, from -20 to 19, as proc(5) has it. */
async function niceOf(thread: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${thread}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
}

/** Whether this process may go before others: root of a container may not. */
async function mayGoFirst(): Promise<boolean> {
  const { stdout } = await new Deno.Command("nice", { args: ["-n", "-10", "nice"] }).output();
  const own = await niceOf(Deno.pid);
  return Number(new TextDecoder().decode(stdout)) === Math.max(-20, own - 10);
}

rootTest("openLive() has its copier go before other threads", async (veth) => {
  if (!await mayGoFirst()) return;
  const source = open([veth.far]);
  const [copier] = await source.openers();
  const own = await niceOf(Deno.pid);
  assert.equal(await niceOf(copier!), Math.max(-20, own - 10));
  source.close();
});

rootTest("openLive() captures large packets whole", async (veth) => {
  // All of them fit, so that a busy machine may read them late.
  const source = open([veth.far], { bufferSize: 64 << 20 });
  const seen: Seen[] = [];
  await Promise.all([readAll(source, seen, 600), send(veth, 600, 60_000)]);
  assert.deepEqual(numbers(seen), upTo(600));
  assert(seen.every((each) => each.captured === 60_042 && each.length === 60_042));
  source.close();
});

rootTest("openLive() cuts packets off at the snaplen, and keeps their length", async (veth) => {
  const warnings: string[] = [];
  const source = open([veth.far], { snaplen: 64, warn: (message) => warnings.push(message) });
  const seen: Seen[] = [];
  await Promise.all([readAll(source, seen, 50), send(veth, 50, 1000)]);
  assert.deepEqual(numbers(seen), upTo(50));
  assert(seen.every((each) => each.captured === 64 && each.length === 1042));
  assert.deepEqual(warnings.map((message) => message.slice(0, 12)), ["--snaplen 64"]);
  source.close();
});

rootTest("openLive() captures from several interfaces, each once", async (veth) => {
  const source = open([veth.far, veth.near, veth.far]);
  const seen: Seen[] = [];
  await Promise.all([readAll(source, seen, 4000), send(veth, 2000)]);
  assert.deepEqual(source.interfaces.map((each) => each.name), [veth.far, veth.near]);
  for (const index of [0, 1]) {
    assert.deepEqual(numbers(seen.filter((each) => each.interface === index)), upTo(2000));
  }
  assert.equal(source.drops().length, 2);
  source.close();
});

rootTest("openLive() captures from `any`, with cooked headers", async (veth) => {
  const warnings: string[] = [];
  const source = open(["any"], { warn: (message) => warnings.push(message) });
  const seen: Seen[] = [];
  // Once as it leaves, once as it comes in.
  await Promise.all([readAll(source, seen, 200), send(veth, 100)]);
  assert.deepEqual(source.interfaces, [{ name: "any", linkType: 113 }]);
  assert(seen.every((each) => each.length === 16 - 14 + 142));
  assert.deepEqual(warnings, []);
  source.close();
});

rootTest("openLive() captures the packets that match the filter", async (veth) => {
  const source = open([veth.far], { filter: `${UDP} and udp[11] & 1 = 1` });
  const seen: Seen[] = [];
  await Promise.all([readAll(source, seen, 50), send(veth, 100)]);
  assert.deepEqual(numbers(seen), upTo(100).filter((number) => number % 2 === 1));
  source.close();
});

rootTest(
  "read() gives an empty batch while nothing comes, and stop() ends it soon",
  async (veth) => {
    const source = open([veth.far]);
    const began = performance.now();
    const batch = await source.read();
    assert.equal(batch?.count, 0);
    assert(performance.now() - began < 400, `empty after ${performance.now() - began} ms`);
    const reading = readAll(source, []);
    source.stop();
    const stopped = performance.now();
    await reading;
    assert(performance.now() - stopped < 500, `stopped after ${performance.now() - stopped} ms`);
    assert.equal(await source.read(), null);
    source.close();
  },
);

rootTest("stop() still gives the packets that were captured before", async (veth) => {
  const source = open([veth.far]);
  await send(veth, 2500);
  source.stop();
  const seen: Seen[] = [];
  await readAll(source, seen);
  assert.deepEqual(numbers(seen), upTo(2500));
  source.close();
});

rootTest("stop() ends the capture also while packets keep coming", async (veth) => {
  const source = open([veth.far]);
  let ended = false;
  const sending = (async () => {
    while (!ended) await send(veth, 200);
  })();
  await readAll(source, [], 1000);
  source.stop();
  const stopped = performance.now();
  await readAll(source, []);
  const took = performance.now() - stopped;
  ended = true;
  await sending;
  assert(took < 1500, `stopped after ${took} ms`);
  source.close();
});

rootTest("close() is safe while packets wait and are being copied", async (veth) => {
  for (let round = 0; round < 5; round++) {
    const source = open([veth.far]);
    await send(veth, 5000);
    const seen: Seen[] = [];
    await readAll(source, seen, 1);
    assert(seen.length > 0 && seen.length < 5000);
    source.close();
    source.close();
    assert.equal(source.drops().length, 1);
  }
});

rootTest("packets wait in the backlog while nobody reads", async (veth) => {
  const source = open([veth.far], { bufferSize: 4 << 20 });
  const seen: Seen[] = [];
  await Promise.all([readAll(source, seen, 1), send(veth, 1)]);
  await send(veth, 8000, 1400);
  await readAll(source, seen, 8001);
  assert.deepEqual(numbers(seen).slice(1), upTo(8000));
  assert.deepEqual(source.drops(), [{ kernel: 0, interface: 0 }]);
  source.close();
});

rootTest("stop() ends the capture also if nobody reads; the rest is dropped", async (veth) => {
  const source = open([veth.far]);
  await send(veth, 500);
  source.stop();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal(await source.read(), null);
  assert.deepEqual(source.drops(), [{ kernel: 500, interface: 0 }]);
  source.close();
});

rootTest("drops() counts packets that the kernel had no room for", async (veth) => {
  // Less than comes before the first packet is copied.
  const source = open([veth.far], { bufferSize: 1 << 18 });
  await send(veth, 3000, 1400);
  source.stop();
  const seen: Seen[] = [];
  await readAll(source, seen);
  const [drops] = source.drops();
  assert(drops !== undefined && drops.kernel > 0);
  assert.equal(seen.length + drops.kernel, 3000);
  source.close();
  assert.deepEqual(source.drops(), [drops]);
});

/** A capture that is read all the time, and what it tells of its interfaces. */
class LongCapture {
  readonly seen: Seen[] = [];
  problems: readonly InterfaceProblem[] = [];
  readonly source: Source;
  readonly #reading: Promise<void>;

  constructor(interfaces: readonly string[], options: Partial<LiveOptions> = {}) {
    this.source = open(interfaces, { ...options, problems: (all) => this.problems = all });
    this.#reading = readAll(this.source, this.seen, Infinity, 60_000);
  }

  /** Waits until the source tells this of its first interface. */
  async tells(reason: string | null): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if ((this.problems[0]?.reason ?? null) === reason) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`${JSON.stringify(this.problems)} instead of ${reason}`);
  }

  async end(): Promise<void> {
    this.source.stop();
    await this.#reading;
    this.source.close();
  }
}

/** Makes the ends of a cable, as `withVeth` does. */
async function connect({ near, far, address }: Veth): Promise<void> {
  await ip(`link add ${near} type veth peer name ${far}`);
  await ip(`addr add ${address.replace(/\d+$/, "1")}/24 dev ${near}`);
  await ip(`link set ${near} up`);
  await ip(`link set ${far} up`);
  await ip(`neigh add ${address} lladdr 02:00:00:00:00:02 dev ${near} nud permanent`);
}

rootTest(
  "an interface that goes down gives packets again when it is up, and none is lost",
  async (veth) => {
    const capture = new LongCapture([veth.far]);
    await send(veth, 40);
    await ip(`link set ${veth.far} down`);
    await capture.tells("the interface is down");
    await ip(`link set ${veth.far} up`);
    await send(veth, 40);
    await capture.tells(null);
    await send(veth, 40);
    await capture.end();
    assert.deepEqual(numbers(capture.seen), [...upTo(40), ...upTo(40), ...upTo(40)]);
  },
);

rootTest("an interface that is removed is captured from again when it is back", async (veth) => {
  const capture = new LongCapture([veth.far, "lo"]);
  for (let round = 0; round < 2; round++) {
    await send(veth, 40);
    await ip(`link del ${veth.far}`);
    await capture.tells("the interface was removed");
    const others = capture.seen.filter((each) => each.interface === 1).length;
    const socket = createSocket("udp4");
    await new Promise((resolve) => socket.send("over loopback", PORT, "127.0.0.1", resolve));
    socket.close();
    await connect(veth);
    await capture.tells(null);
    assert.ok(capture.seen.filter((each) => each.interface === 1).length > others);
  }
  await send(veth, 40);
  await capture.end();
  const seen = capture.seen.filter((each) => each.interface === 0);
  assert.deepEqual(numbers(seen), [...upTo(40), ...upTo(40), ...upTo(40)]);
  assert.equal(capture.source.interfaces.length, 2);
});

rootTest("an interface that is renamed, or gets another MTU, goes on", async (veth) => {
  const capture = new LongCapture([veth.far]);
  await send(veth, 10);
  await ip(`link set ${veth.far} down`);
  await ip(`link set ${veth.far} name ${veth.far}x`);
  await ip(`link set ${veth.far}x up`);
  await send(veth, 10);
  await ip(`link set ${veth.near} mtu 1200`);
  await ip(`link set ${veth.far}x mtu 1200`);
  await send(veth, 10);
  await ip(`link set ${veth.near} mtu 60000`);
  await ip(`link set ${veth.far}x mtu 60000`);
  await send(veth, 10, 50_000);
  await capture.tells(null);
  await capture.end();
  assert.deepEqual(numbers(capture.seen), [...upTo(10), ...upTo(10), ...upTo(10), ...upTo(10)]);
  assert.equal(capture.seen.at(-1)!.captured, 50_000 + HEADERS);
});

/** Makes a tun interface, which is there until it is disposed of. */
function openTun(name: string): Disposable {
  const file = RawFile.open("/dev/net/tun", { readAndWrite: true });
  const request = new DataView(new ArrayBuffer(40));
  const bytes = new Uint8Array(request.buffer);
  bytes.set(new TextEncoder().encode(name));
  // IFF_TUN | IFF_NO_PI
  request.setUint16(16, 0x1001, true);
  assert.equal(libc().ioctl(file.descriptor, 0x400454can, bytes), 0);
  return { [Symbol.dispose]: () => file.close() };
}

rootTest("an interface that comes back with another link type has its own index", async (veth) => {
  const capture = new LongCapture([veth.far], { filter: null });
  await send(veth, 5);
  await ip(`link del ${veth.far}`);
  await capture.tells("the interface was removed");
  // Packets begin with the IP header there.
  using _ = openTun(veth.far);
  await ip(`addr add ${veth.address.replace(/\d+$/, "1")}/24 dev ${veth.far}`);
  await ip(`link set ${veth.far} up`);
  await capture.tells(null);
  await send(veth, 5);
  await capture.end();
  assert.deepEqual(capture.source.interfaces.map(({ linkType }) => linkType), [1, 101]);
  const later = capture.seen.filter((each) => each.interface === 1);
  assert.ok(later.length >= 5 && later.every(({ captured }) => captured < 200));
  assert.equal(capture.source.drops().length, 2);
});

rootTest("openLive() says what is wrong with an interface or a filter", async (veth) => {
  assert.throws(() => open(["nonesuch"]), (error) => {
    assert(error instanceof UserError);
    assert.match(error.message, /^no interface "nonesuch": there are /);
    assert(error.message.includes(veth.far) && error.message.includes("any"));
    return true;
  });
  assert.throws(() => open([veth.far], { filter: "tcp prot 80" }), (error) => {
    assert(error instanceof UserError);
    assert(error.usage);
    assert.match(error.message, /^wrong filter "tcp prot 80": .*syntax error/);
    return true;
  });
  await ip(`link set ${veth.far} down`);
  assert.throws(() => open([veth.near, veth.far]), /is down: bring it up with/);
});

Deno.test({
  name: "openLive() says how to get the permission to capture (needs setpriv)",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const live = new URL("./live.ts", import.meta.url).href;
    const code = `
      import { openLive } from "${live}";
      try {
        openLive({ interfaces: ["lo"], filter: null, snaplen: 0, bufferSize: 1 << 20,
          promiscuous: true, warn() {} });
      } catch (error) {
        console.log(error.name + ": " + error.message);
      }`;
    const withoutRight = ["--bounding-set", "-net_raw,-net_admin", "--inh-caps", "-all"];
    const limits = IS_ROOT ? withoutRight : [];
    const { stdout, stderr } = await new Deno.Command("setpriv", {
      args: [...limits, Deno.execPath(), "eval", "--no-config", "--ext=ts", code],
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.match(said, /^UserError: no permission to capture on lo: .*sudo.*setcap cap_net_raw/);
    assert.equal(said.trim().split("\n").length, 1);
  },
});
