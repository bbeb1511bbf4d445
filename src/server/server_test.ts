import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { PAGE_FORMATS } from "../outputs/page_format.ts";
import { CONNECTION_LIMITS, type ConnectionLimits } from "./connections.ts";
import type { Pages } from "./routes.ts";
import { type MetricsServer, serve } from "./server.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

function pages(given: Partial<Pages> = {}): Pages {
  return {
    metrics: (_, encode) => Promise.resolve(encode(new TextEncoder().encode("webstat_hosts 1\n"))),
    unhealthy: () => null,
    ...given,
  };
}

/** A server for the length of a test; `get` asks it as a client would. */
async function withServer(
  given: Partial<Pages>,
  test: (
    get: (path: string, init?: RequestInit) => Promise<Response>,
    server: MetricsServer,
  ) => Promise<void>,
): Promise<void> {
  const server = serve({ at: LOCAL }, pages(given));
  const base = server.url.replace(/\/metrics$/, "");
  try {
    await test((path, init) => fetch(base + path, init), server);
  } finally {
    await server.close();
  }
}

Deno.test("/metrics is served with the type that Prometheus knows", async () => {
  await withServer({}, async (get) => {
    const response = await get("/metrics");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(await response.text(), "webstat_hosts 1\n");
    const head = await get("/metrics?x=1", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
  });
});

Deno.test("/metrics is in the format that the client prefers, and says so", async () => {
  const metrics: Pages["metrics"] = (format, encode) =>
    Promise.resolve(encode(new TextEncoder().encode(format)));
  await withServer({ metrics }, async (get) => {
    for (const [format, { mediaType, contentType }] of Object.entries(PAGE_FORMATS)) {
      const accept = `image/png, ${mediaType};q=0.5, */*;q=0.1`;
      const response = await get("/metrics", { headers: { accept } });
      assert.equal(await response.text(), format);
      assert.equal(response.headers.get("content-type"), contentType);
      assert.equal(response.headers.get("vary"), "accept, accept-encoding");
    }
  });
});

Deno.test("/metrics is packed for those who ask, and only for them", async () => {
  const server = serve({ at: LOCAL }, pages());
  try {
    const packed = await raw(server.url, "gzip, deflate");
    assert.match(packed.head, /^content-encoding: gzip\r$/m);
    assert.equal(gunzipSync(packed.body).toString(), "webstat_hosts 1\n");
    for (const refused of ["identity", "gzip;q=0, identity"]) {
      const plain = await raw(server.url, refused);
      assert.doesNotMatch(plain.head, /content-encoding/);
      assert.equal(plain.body.toString(), "webstat_hosts 1\n");
    }
  } finally {
    await server.close();
  }
});

Deno.test("/healthz tells whether packets can be read", async () => {
  let reason: string | null = null;
  await withServer({ unhealthy: () => reason }, async (get) => {
    const well = await get("/healthz");
    assert.deepEqual([well.status, await well.text()], [200, "ok\n"]);
    reason = "eth0 went down";
    const ill = await get("/healthz");
    assert.deepEqual([ill.status, await ill.text()], [503, "eth0 went down\n"]);
  });
});

Deno.test("/ is a page with links; all else is 404, other methods 405", async () => {
  await withServer({}, async (get) => {
    const home = await get("/");
    const html = await home.text();
    assert.match(home.headers.get("content-type")!, /^text\/html/);
    assert.match(html, /<a href="metrics">/);
    assert.match(home.headers.get("content-security-policy")!, /default-src 'none'/);
    assert.equal((await discard(await get("/nothing"))).status, 404);
    const post = await discard(await get("/metrics", { method: "POST", body: "x" }));
    assert.equal(post.status, 405);
    assert.equal(post.headers.get("allow"), "GET, HEAD");
  });
});

Deno.test("/ and /host/NAME are the page, if there is one, under a policy with its nonce", async () => {
  const html = (path: string, query: string) => {
    const status = path === "/host/none" ? 404 : 200;
    const body = new TextEncoder().encode(`${path} ${query}`);
    return Promise.resolve({ status, nonce: "Tm9uY2U=", body, main: "" } as const);
  };
  await withServer({ html }, async (get) => {
    const home = await get("/?q=a?b");
    assert.equal(await home.text(), "/ q=a?b");
    const policy = home.headers.get("content-security-policy")!;
    assert.match(policy, /^default-src 'none'; .*script-src 'nonce-Tm9uY2U='/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(home.headers.get("x-content-type-options"), "nosniff");
    assert.equal(home.headers.get("referrer-policy"), "no-referrer");
    assert.equal(await (await get("/host/a.test")).text(), "/host/a.test ");
    assert.equal((await discard(await get("/host/none"))).status, 404);
    const post = await discard(await get("/host/a.test", { method: "POST", body: "x" }));
    assert.equal(post.status, 405);
    assert.equal(await (await get("/metrics")).text(), "webstat_hosts 1\n");
  });
});

Deno.test("when no snapshot can be had, the scrape fails with the reason", async () => {
  await withServer({ metrics: () => Promise.reject(new Error("too slow")) }, async (get) => {
    const response = await get("/metrics");
    assert.deepEqual([response.status, await response.text()], [503, "too slow\n"]);
  });
});

Deno.test("a port in use is said in one line", async () => {
  const first = serve({ at: LOCAL }, pages());
  try {
    const port = Number(new URL(first.url).port);
    assert.throws(
      () => serve({ at: { hostname: "127.0.0.1", port } }, pages()),
      (error: Error) =>
        error.name === "UserError" && error.message.includes(`Port ${port} is in use`) &&
        error.message.includes("--listen"),
    );
  } finally {
    await first.close();
  }
});

Deno.test("an address that is not of this machine is said in one line", () => {
  assert.throws(
    () => serve({ at: { hostname: "192.0.2.1", port: 0 } }, pages()),
    /^UserError: Cannot listen on 192\.0\.2\.1:0: .*--listen/,
  );
});

Deno.test("a colon alone opens the server to all addresses", async () => {
  const server = serve({ at: { hostname: "", port: 0 } }, pages());
  try {
    assert.match(server.url, /^http:\/\/localhost:\d+\/metrics$/);
    const { port } = new URL(server.url);
    assert.equal((await discard(await fetch(`http://127.0.0.1:${port}/metrics`))).status, 200);
  } finally {
    await server.close();
  }
});

Deno.test({ name: "an IPv6 address stands in brackets", ignore: !hasIpv6(), fn: serveOnIpv6 });

async function serveOnIpv6(): Promise<void> {
  const server = serve({ at: { hostname: "::1", port: 0 } }, pages());
  try {
    assert.match(server.url, /^http:\/\/\[::1\]:\d+\//);
    assert.equal((await discard(await fetch(server.url))).status, 200);
  } finally {
    await server.close();
  }
}

function hasIpv6(): boolean {
  return Deno.networkInterfaces().some(({ address }) => address === "::1");
}

async function discard(response: Response): Promise<Response> {
  await response.body?.cancel();
  return response;
}

/** What a client sees that does not unpack by itself. */
async function raw(url: string, encoding: string): Promise<{ head: string; body: Buffer }> {
  const bytes = Buffer.from(
    await exchange(
      url,
      `GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: ${encoding}\r\n\r\n`,
    ),
    "latin1",
  );
  const end = bytes.indexOf("\r\n\r\n") + 4;
  return { head: bytes.subarray(0, end).toString("latin1"), body: bytes.subarray(end) };
}

async function connect(url: string): Promise<Deno.TcpConn> {
  const { hostname, port } = new URL(url);
  return await Deno.connect({ hostname, port: Number(port) });
}

/** All that the server sends for `request` until it closes, as Latin-1. */
async function exchange(url: string, request: string): Promise<string> {
  const connection = await connect(url);
  await connection.write(Buffer.from(request, "latin1"));
  return await rest(connection);
}

/** What comes until the server closes; "" too if it resets. */
async function rest(connection: Deno.Conn): Promise<string> {
  try {
    return Buffer.from(await new Response(connection.readable).arrayBuffer()).toString("latin1");
  } catch {
    return "";
  }
}

Deno.test("names that are not known here are refused: DNS rebinding reads nothing", async () => {
  const server = serve({ at: LOCAL, allowedHosts: ["Stats.Example"] }, pages());
  try {
    const status = async (host: string, target = "/metrics") => {
      const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      return Number((await exchange(server.url, request)).slice(9, 12));
    };
    const known = ["localhost", "LOCALHOST:8000", "127.0.0.1", "192.0.2.1:80", "[::1]:8000"];
    for (const host of [...known, "stats.example", "stats.example.:443"]) {
      assert.equal(await status(host), 200, host);
    }
    for (const host of ["evil.example", "evil.example:8000", "localhost.evil.example", "0x7f.1"]) {
      assert.equal(await status(host), 421, host);
    }
    assert.equal(await status("localhost", "http://evil.example/metrics"), 421);
    assert.equal(await status("evil.example", "http://localhost/metrics"), 200);
    for (const host of ["a b", "user@localhost", "a/b", ""]) {
      assert.equal(await status(host), 400, host);
    }
  } finally {
    await server.close();
  }
});

Deno.test("a connection takes one request after another, and ends when it is to end", async () => {
  await withServer({}, async (_, server) => {
    const one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const last = one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    const answers = await exchange(server.url, `\r\n${one}${one}\r\n${last}${one}`);
    assert.equal(answers.match(/HTTP\/1\.1 200 OK/g)?.length, 3);
    assert.equal(answers.match(/ok\n/g)?.length, 3);
    assert.match(await exchange(server.url, "GET /healthz HTTP/1.0\n\n"), /200 OK[^]*ok\n$/);
  });
});

Deno.test("requests that are wrong, too long or have a body end the connection with the reason", async () => {
  await withServer({}, async (_, server) => {
    const host = "Host: localhost\r\n";
    const wrong: [string, number][] = [
      ["GET /metrics\r\n\r\n", 400],
      [`GET  /metrics HTTP/1.1\r\n${host}\r\n`, 400],
      ["GET /metrics HTTP/1.1\r\n\r\n", 400],
      [`GET /metrics HTTP/1.1\r\n${host}${host}\r\n`, 400],
      [`GET /metrics HTTP/1.1\r\n${host}Accept : x\r\n\r\n`, 400],
      [`GET /metrics HTTP/1.1\r\n${host}A: b\r\n c\r\n\r\n`, 400],
      [`GET /metrics HTTP/2.0\r\n${host}\r\n`, 505],
      [`GET /${"x".repeat(9000)} HTTP/1.1\r\n${host}\r\n`, 431],
      ["x".repeat(200_000), 431],
      [
        `POST /metrics HTTP/1.1\r\n${host}Content-Length: 100000\r\n\r\n${"x".repeat(100_000)}`,
        405,
      ],
    ];
    for (const [request, status] of wrong) {
      const answer = await exchange(server.url, request);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), request.slice(0, 60));
      assert.match(answer, /connection: close\r\n/);
    }
  });
});

/** A server with limits that a test can wait for. */
async function withLimits(
  limits: Partial<ConnectionLimits>,
  given: Partial<Pages>,
  test: (server: MetricsServer) => Promise<void>,
): Promise<void> {
  const server = serve({ at: LOCAL, limits: { ...CONNECTION_LIMITS, ...limits } }, pages(given));
  try {
    await test(server);
  } finally {
    await server.close();
  }
}

Deno.test("connections that are idle, half-sent or unread are closed after a while", async () => {
  const metrics: Pages["metrics"] = (_, encode) =>
    Promise.resolve(encode(new Uint8Array(16 << 20)));
  await withLimits({ idle: 400, head: 400, unread: 400 }, { metrics }, async (server) => {
    const silent = await connect(server.url);
    const half = await connect(server.url);
    await half.write(Buffer.from("GET /metrics HTTP/1.1\r\nHo"));
    const idle = await connect(server.url);
    await idle.write(Buffer.from("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const unread = await connect(server.url);
    await unread.write(Buffer.from("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert.equal(await rest(silent), "");
    assert.equal(await rest(half), "");
    assert.match(await rest(idle), /ok\n$/);
    while (server.closed.unread === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    unread.close();
    assert.deepEqual(server.closed, { idle: 1, "half-sent": 2, unread: 1, full: 0 });
  });
});

Deno.test("however many idle connections there are, the next request is answered", async () => {
  await withLimits({ silent: 8, all: 16 }, {}, async (server) => {
    const idle: Deno.Conn[] = [];
    for (let i = 0; i < 50; i++) idle.push(await connect(server.url));
    const answer = await exchange(server.url, "GET /metrics HTTP/1.0\r\n\r\n");
    assert.match(answer, /webstat_hosts 1\n$/);
    for (const connection of idle) connection.close();
    assert.ok(server.closed.full >= 34, `${server.closed.full} made room`);
  });
});

Deno.test("clients that do not read share one page, and keep nobody from theirs", async () => {
  let pagesMade = 0;
  const metrics = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return new Uint8Array(8 << 20).fill(48 + pagesMade++);
  };
  await withLimits({ reading: 16 }, { metrics }, async (server) => {
    const request = Buffer.from("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const deaf: Deno.Conn[] = [];
    for (let i = 0; i < 40; i++) {
      deaf.push(await connect(server.url));
      await deaf.at(-1)!.write(request);
    }
    const began = performance.now();
    const answer = await exchange(server.url, "GET /metrics HTTP/1.0\r\n\r\n");
    assert.ok(answer.length > 8 << 20, `${answer.length} bytes`);
    assert.ok(performance.now() - began < 2000);
    assert.ok(pagesMade < 10, `${pagesMade} pages for 41 clients`);
    for (const connection of deaf) connection.close();
  });
});

Deno.test("answers that wait for their readers take no more than so many bytes", async () => {
  const metrics = () => Promise.resolve(new Uint8Array(8 << 20));
  await withLimits({ unreadBytes: 20 << 20 }, { metrics }, async (server) => {
    const request = Buffer.from("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const deaf: Deno.Conn[] = [];
    for (let i = 0; i < 5; i++) {
      deaf.push(await connect(server.url));
      await deaf.at(-1)!.write(request);
      await deaf.at(-1)!.read(new Uint8Array(100));
    }
    assert.equal(server.closed.full, 3);
    for (const connection of deaf) connection.close();
  });
});

Deno.test("who reads slowly is not closed for those who do not read at all", async () => {
  const page = new Uint8Array(24 << 20);
  await withLimits({ reading: 6 }, { metrics: () => Promise.resolve(page) }, async (server) => {
    const request = Buffer.from("GET /metrics HTTP/1.0\r\n\r\n");
    const slow = await connect(server.url);
    await slow.write(request);
    const into = new Uint8Array(64 << 10);
    let got = 0;
    const readOn = async (most: number) => {
      for (let count; got < most && (count = await slow.read(into)) !== null;) got += count;
    };
    const deaf: Deno.Conn[] = [];
    for (let i = 1; i <= 70; i++) {
      await readOn(i << 18);
      // Until it has read what buffers hold, nobody could know that it reads.
      for (let more = 0; more < 4 && i > 30; more++) {
        deaf.push(await connect(server.url));
        await deaf.at(-1)!.write(request);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await readOn(Infinity);
    assert.ok(got > page.length, `${got} bytes`);
    for (const connection of deaf) connection.close();
    slow.close();
  });
});
