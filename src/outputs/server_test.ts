import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { type Pages, serve } from "./server.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

function pages(given: Partial<Pages> = {}): Pages {
  return {
    metrics: () => Promise.resolve(new TextEncoder().encode("webstat_hosts 1\n")),
    unhealthy: () => null,
    ...given,
  };
}

/** A server for the length of a test; `get` asks it as a client would. */
async function withServer(
  given: Partial<Pages>,
  test: (get: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
): Promise<void> {
  const server = serve(LOCAL, pages(given));
  const base = server.url.replace(/\/metrics$/, "");
  try {
    await test((path, init) => fetch(base + path, init));
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

Deno.test("/metrics is packed for those who ask, and only for them", async () => {
  const server = serve(LOCAL, pages());
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
    const home = await get("/", { headers: { host: "evil.example" } });
    const html = await home.text();
    assert.match(home.headers.get("content-type")!, /^text\/html/);
    assert.match(html, /<a href="metrics">/);
    assert.doesNotMatch(html, /evil/);
    assert.match(home.headers.get("content-security-policy")!, /default-src 'none'/);
    assert.equal((await discard(await get("/nothing"))).status, 404);
    const post = await discard(await get("/metrics", { method: "POST", body: "x" }));
    assert.equal(post.status, 405);
    assert.equal(post.headers.get("allow"), "GET, HEAD");
  });
});

Deno.test("when no snapshot can be had, the scrape fails with the reason", async () => {
  await withServer({ metrics: () => Promise.reject(new Error("too slow")) }, async (get) => {
    const response = await get("/metrics");
    assert.deepEqual([response.status, await response.text()], [503, "too slow\n"]);
  });
});

Deno.test("a port in use is said in one line", async () => {
  const first = serve(LOCAL, pages());
  try {
    const port = Number(new URL(first.url).port);
    assert.throws(
      () => serve({ hostname: "127.0.0.1", port }, pages()),
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
    () => serve({ hostname: "192.0.2.1", port: 0 }, pages()),
    /^UserError: Cannot listen on 192\.0\.2\.1:0: .*--listen/,
  );
});

Deno.test("a colon alone opens the server to all addresses", async () => {
  const server = serve({ hostname: "", port: 0 }, pages());
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
  const server = serve({ hostname: "::1", port: 0 }, pages());
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
  const { hostname, port, pathname } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(
    `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: ${encoding}\r\n\r\n`,
  ));
  const bytes = Buffer.from(await new Response(connection.readable).arrayBuffer());
  const end = bytes.indexOf("\r\n\r\n") + 4;
  return { head: bytes.subarray(0, end).toString("latin1"), body: bytes.subarray(end) };
}
