import assert from "node:assert/strict";
import type { HtmlPage } from "../outputs/page/web_page.ts";
import { CONNECTION_LIMITS, type ConnectionLimits } from "./connections.ts";
import { pageUpdates } from "./page_updates.ts";
import { type MetricsServer, serve } from "./server.ts";

const ASKING = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
const METRICS = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** A server whose page has `main`. */
async function withPage(
  main: string,
  limits: Partial<ConnectionLimits>,
  test: (server: MetricsServer) => Promise<void>,
): Promise<void> {
  const page = (): HtmlPage => ({ status: 200, nonce: "a", body: new Uint8Array(1), main });
  const server = serve({
    at: { hostname: "127.0.0.1", port: 0 },
    limits: { ...CONNECTION_LIMITS, ...limits },
  }, {
    metrics: (_, encode) => Promise.resolve(encode(new TextEncoder().encode("webstat_hosts 1\n"))),
    html: () => Promise.resolve(page()),
    unhealthy: () => null,
  });
  try {
    await test(server);
  } finally {
    await server.close();
  }
}

async function ask(server: MetricsServer, request: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(server.url).port),
  });
  await connection.write(new TextEncoder().encode(request));
  return connection;
}

/** What comes until `pattern` is there, or the end. */
async function read(connection: Deno.Conn, pattern = /(?!)/): Promise<string> {
  const buffer = new Uint8Array(1 << 16);
  let text = "";
  while (!pattern.test(text)) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

Deno.test("updates have what has changed, until the time is over", async () => {
  let looks = 0;
  const main = () => Promise.resolve(++looks < 3 ? "<p>one" : "<p>two\r\nlines\nand\rmore");
  const updates = pageUpdates(main, new AbortController().signal, { interval: 20, time: 300 });
  const all = (await Array.fromAsync(updates)).map((bytes) => new TextDecoder().decode(bytes));
  assert.deepEqual(all.slice(0, 4), [
    "data: <p>one\n\n",
    ":\n\n",
    "data: <p>two\ndata: lines\ndata: and\ndata: more\n\n",
    ":\n\n",
  ]);
  assert.equal(all.at(-1), "event: end\ndata:\n\n");
});

Deno.test("a closed connection ends its updates at once", async () => {
  const over = new AbortController();
  const updates = pageUpdates(() => Promise.resolve("a"), over.signal, { interval: 60_000 });
  await updates.next();
  const next = updates.next();
  over.abort();
  assert.equal((await next).done, true);
});

Deno.test("streams have places of their own, and take none from scrapes", async () => {
  await withPage("<p>1", { streams: 3, reading: 1, silent: 1 }, async (server) => {
    const streams: Deno.Conn[] = [];
    for (let i = 0; i < 3; i++) {
      streams.push(await ask(server, ASKING));
      const begin = await read(streams[i]!, /data: <p>1\n\n/);
      assert.match(begin, /^HTTP\/1\.1 200 OK\r\n[^]*content-type: text\/event-stream\r\n/);
      assert.doesNotMatch(begin, /content-length/);
    }
    using another = await ask(server, ASKING);
    assert.match(await read(another, /again/), /^HTTP\/1\.1 503 [^]*Too many pages/);
    for (let i = 0; i < 5; i++) {
      using scrape = await ask(server, METRICS);
      assert.match(await read(scrape), /webstat_hosts 1\n$/);
    }
    for (const stream of streams) stream.close();
  });
});

Deno.test("who does not read the updates is closed", async () => {
  await withPage("x".repeat(8 << 20), { streams: 1, unread: 300 }, async (server) => {
    using deaf = await ask(server, ASKING);
    while (server.closed.unread === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    using next = await ask(server, ASKING);
    assert.match(await read(next, /\r\n\r\n/), /^HTTP\/1\.1 200/);
    assert.ok(deaf);
  });
});

Deno.test("who reads them byte by byte is closed after a while", async () => {
  await withPage("x".repeat(8 << 20), { streams: 1, unread: 5000, stream: 300 }, async (server) => {
    using slow = await ask(server, ASKING);
    const buffer = new Uint8Array(1);
    while (server.closed.unread === 0) await slow.read(buffer);
  });
});

Deno.test("without the page there are no updates", async () => {
  const server = serve({ at: { hostname: "127.0.0.1", port: 0 } }, {
    metrics: (_, encode) => Promise.resolve(encode(new Uint8Array())),
    unhealthy: () => null,
  });
  const headers = { accept: "text/event-stream" };
  const answer = await fetch(new URL("/", server.url), { headers });
  assert.match(answer.headers.get("content-type")!, /text\/html/);
  await answer.body?.cancel();
  await server.close();
});
