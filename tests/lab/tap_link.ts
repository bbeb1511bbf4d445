// A second cable between the two sides of a lab, made of tap interfaces that this process joins:
// it can lose, repeat and delay packets, and give a changed copy of them to a mirror port.

import type { Namespace } from "./lab.ts";
import { run } from "./process.ts";

/** What happens to a packet on the way; probabilities between 0 and 1. */
export interface Impairment {
  /** The same seed gives the same fates to the same order of packets. */
  readonly seed: number;
  readonly lose: number;
  readonly repeat: number;
  /** Held back until others have overtaken it. */
  readonly delay: number;
}

export interface TapLinkOptions {
  readonly impairment?: Impairment;
  /** Copies of all frames go, changed, to one more interface of this namespace. */
  readonly mirror?: {
    readonly to: Namespace;
    readonly change: (frame: Uint8Array) => Uint8Array;
  };
}

const SYMBOLS = {
  // int open(const char *path, int flags)
  open: { parameters: ["buffer", "i32"], result: "i32" },
  // int ioctl(int fd, unsigned long request, void *argument)
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  // ssize_t read(int fd, void *buffer, size_t size)
  read: { parameters: ["i32", "buffer", "usize"], result: "isize", nonblocking: true },
  // ssize_t write(int fd, const void *buffer, size_t size)
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>;

// linux/if_tun.h
const O_RDWR = 2;
const TUNSETIFF = 0x400454ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFREQ_BYTES = 40;
const IFREQ_FLAGS_AT = 16;

const LARGEST_FRAME = 65_536;
const DELAY_MS = 8;

const cString = (text: string) => new TextEncoder().encode(`${text}\0`);

/** A tap interface, created here and moved into a namespace. */
class Tap {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #namespace: Namespace;
  readonly #name: string;

  private constructor(libc: Libc, fd: number, namespace: Namespace, name: string) {
    this.#libc = libc;
    this.#fd = fd;
    this.#namespace = namespace;
    this.#name = name;
  }

  static async create(
    libc: Libc,
    namespace: Namespace,
    name: string,
    addresses: readonly string[],
  ): Promise<Tap> {
    const fd = libc.symbols.open(cString("/dev/net/tun"), O_RDWR);
    const temporary = `lab${crypto.randomUUID().slice(0, 8)}`;
    const request = new Uint8Array(IFREQ_BYTES);
    request.set(cString(temporary));
    new DataView(request.buffer).setUint16(IFREQ_FLAGS_AT, IFF_TAP | IFF_NO_PI, true);
    if (fd < 0 || libc.symbols.ioctl(fd, BigInt(TUNSETIFF), request) < 0) {
      throw new Error("cannot create a tap interface: /dev/net/tun refuses");
    }
    await run(["ip", "link", "set", temporary, "netns", namespace.name, "name", name]);
    await namespace.configure(name, addresses);
    return new Tap(libc, fd, namespace, name);
  }

  /** Calls back with each frame that its side sends, until the interface is gone. */
  async forward(frame: (bytes: Uint8Array) => void): Promise<void> {
    const buffer = new Uint8Array(LARGEST_FRAME);
    while (true) {
      const length = Number(await this.#libc.symbols.read(this.#fd, buffer, BigInt(buffer.length)));
      if (length <= 0) return;
      frame(buffer.slice(0, length));
    }
  }

  send(frame: Uint8Array): void {
    this.#libc.symbols.write(this.#fd, frame as Uint8Array<ArrayBuffer>, BigInt(frame.length));
  }

  /** Takes the interface down, which ends a read that waits. */
  async remove(): Promise<void> {
    await this.#namespace.ip("link", "del", this.#name).catch(() => {});
  }

  close(): void {
    this.#libc.symbols.close(this.#fd);
  }
}

export class TapLink implements AsyncDisposable {
  readonly interface = "tap0";
  readonly mirrorInterface = "mirror0";
  readonly serverAddress: string;
  readonly #libc: Libc;
  readonly #taps: Tap[];
  readonly #readers: Promise<void>[];

  private constructor(libc: Libc, taps: Tap[], readers: Promise<void>[], serverAddress: string) {
    this.#libc = libc;
    this.#taps = taps;
    this.#readers = readers;
    this.serverAddress = serverAddress;
  }

  static async create(
    client: Namespace,
    server: Namespace,
    options: TapLinkOptions = {},
  ): Promise<TapLink> {
    const libc = Deno.dlopen("libc.so.6", SYMBOLS);
    const [near, far] = ["10.79.0.1", "10.79.0.2"];
    const a = await Tap.create(libc, client, "tap0", [`${near}/24`]);
    const b = await Tap.create(libc, server, "tap0", [`${far}/24`]);
    const taps = [a, b];
    let copy = (_frame: Uint8Array) => {};
    if (options.mirror) {
      const { to, change } = options.mirror;
      const mirror = await Tap.create(libc, to, "mirror0", []);
      taps.push(mirror);
      copy = (frame) => mirror.send(change(frame));
    }
    const fate = options.impairment ? impair(options.impairment) : deliver;
    const readers = [[a, b], [b, a]].map(([from, to]) =>
      from!.forward((frame) => {
        copy(frame);
        fate(frame, to!);
      })
    );
    return new TapLink(libc, taps, readers, far!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tap of this.#taps) await tap.remove();
    await Promise.all(this.#readers);
    for (const tap of this.#taps) tap.close();
    this.#libc.close();
  }
}

type Fate = (frame: Uint8Array, to: Tap) => void;

const deliver: Fate = (frame, to) => to.send(frame);

function impair(impairment: Impairment): Fate {
  const random = randomNumbers(impairment.seed);
  return (frame, to) => {
    if (random() < impairment.lose) return;
    const late = random() < impairment.delay;
    const twice = random() < impairment.repeat;
    if (late) setTimeout(() => to.send(frame), DELAY_MS);
    else to.send(frame);
    if (twice) to.send(frame);
  };
}

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
