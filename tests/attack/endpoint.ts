// Attacks on /metrics: connections that ask for nothing, or do not read what they asked for. Each runs
// beside ordinary scrapes, against a program that serves as large a page as the default options allow.

import { Daemon, run, until } from "../lab/process.ts";
import { httpRequest, httpResponse, TcpConnection } from "../packet_builder.ts";
import { pcap } from "../packets/files.ts";

const HOSTS = 1000;
const MEGABYTE = 1 << 20;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const ASK = bytesOf("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");

export interface EndpointAttack {
  readonly name: string;
  readonly about: string;
  readonly connections: number;
  /** What connection number `i` sends. */
  sends(i: number): Uint8Array<ArrayBuffer>;
}

export const ENDPOINT_ATTACKS: readonly EndpointAttack[] = [
  {
    name: "endpoint-idle",
    about: "connections to /metrics that send nothing",
    connections: 992,
    sends: () => new Uint8Array(0),
  },
  {
    name: "endpoint-half-sent",
    about: "connections to /metrics that send the first half of a request",
    connections: 992,
    sends: () => ASK.slice(0, 30),
  },
  {
    name: "endpoint-unread",
    about: "connections that ask for /metrics and do not read it",
    connections: 300,
    sends: () => ASK,
  },
  {
    name: "endpoint-pages",
    about: "connections that each ask for another page for people",
    connections: 300,
    sends: (i) => bytesOf(`GET /?q=${i} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  },
];

export interface EndpointOutcome {
  /** Memory that the program took more at its most, MiB. */
  readonly moreMegabytes: number;
  /** Descriptors that it had more, a few seconds after the last connection began. */
  readonly moreDescriptors: number;
  /** Seconds. */
  readonly slowestScrape: number;
}

/** A program that serves what is in a file of 1000 hosts. */
export class LargePage implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly url: string;
  readonly #path: string;

  private constructor(daemon: Daemon, url: string, path: string) {
    this.daemon = daemon;
    this.url = url;
    this.#path = path;
  }

  static async serve(
    binary: string,
    options: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<LargePage> {
    const path = await Deno.makeTempFile({ suffix: ".pcap" });
    await Deno.writeFile(path, pcap(Array.from({ length: HOSTS }, (_, i) => visit(i)).flat()));
    const args = ["sniff", "-r", path, "-l", "127.0.0.1:0", "--json", ...options];
    const daemon = new Daemon([binary, ...args], { env });
    const [url] = await daemon.waitFor(/http:\/\/[^\s/]+/);
    const page = new LargePage(daemon, url!, path);
    await until(
      "the file is read",
      async () => (await page.scrape()).includes(`host-${HOSTS - 1}.`),
    );
    return page;
  }

  /** Throws if it is not answered with the page. */
  async scrape(): Promise<string> {
    return (await this.timedScrape())[0];
  }

  /** The page, and how many seconds it took. */
  async timedScrape(): Promise<[page: string, seconds: number]> {
    const time = ["-w", "%{stderr}%{time_total}"];
    const { stdout, stderr } = await run([
      "curl",
      "-sSf",
      "-m",
      "10",
      ...time,
      `${this.url}/metrics`,
    ]);
    if (!stdout.includes('host="host-0.')) throw new Error("not the page");
    return [stdout, Number(stderr)];
  }

  get descriptors(): number {
    return [...Deno.readDirSync(`/proc/${this.daemon.pid}/fd`)].length;
  }

  /** The most memory since it began, bytes. */
  get peak(): number {
    const status = Deno.readTextFileSync(`/proc/${this.daemon.pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.stop();
    await Deno.remove(this.#path);
  }
}

/** The packets of one request. */
function visit(i: number): Uint8Array[] {
  const connection = new TcpConnection({ clientPort: 2000 + i });
  return [
    ...connection.open(),
    ...connection.request(httpRequest({ host: `host-${i}.a-rather-long-domain.example` })),
    ...connection.answer(httpResponse({ body: "page" })),
    ...connection.close(),
  ];
}

/** Attacks a page that has been asked for a few times before. */
export async function attackEndpoint(
  page: LargePage,
  { connections: count, sends }: EndpointAttack,
): Promise<EndpointOutcome> {
  const { hostname, port } = new URL(page.url);
  const [before, descriptorsBefore] = [page.peak, page.descriptors];
  const connections: Deno.Conn[] = [];
  let moreDescriptors = 0;
  try {
    const slowestScrape = await scrapedDuring(page, async () => {
      for (let i = 0; i < count; i++) {
        const connection = await Deno.connect({ hostname, port: Number(port) });
        connections.push(connection);
        // It may be closed already.
        await connection.write(sends(i)).catch(() => {});
      }
      await pause(3000);
      moreDescriptors = page.descriptors - descriptorsBefore;
    });
    return { moreMegabytes: (page.peak - before) / MEGABYTE, moreDescriptors, slowestScrape };
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Scrapes as Prometheus does while `attack` runs. Returns how long the slowest took, in seconds. */
async function scrapedDuring(page: LargePage, attack: () => Promise<void>): Promise<number> {
  let isOver = false;
  let slowest = 0;
  const scraping = (async () => {
    while (!isOver) {
      const [, seconds] = await page.timedScrape();
      slowest = Math.max(slowest, seconds);
      await pause(200);
    }
  })();
  try {
    await Promise.all([scraping, attack().finally(() => isOver = true)]);
  } finally {
    isOver = true;
  }
  return slowest;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What is wrong with an outcome, in words; empty for nothing. */
export function endpointFaults(outcome: EndpointOutcome): string[] {
  const { moreMegabytes, moreDescriptors, slowestScrape } = outcome;
  return [
    ...moreMegabytes < 64 ? [] : [`${moreMegabytes.toFixed(0)} MiB more`],
    ...moreDescriptors <= 100 ? [] : [`${moreDescriptors} descriptors more`],
    ...slowestScrape < 2 ? [] : [`a scrape took ${slowestScrape.toFixed(1)} s`],
  ];
}
