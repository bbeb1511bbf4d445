// HTTP/2 in clear text between real programs, watched: what webstat saw is what the server logged.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { startNghttpd, startNghttpx } from "../lab/nghttp2.ts";
import { Nginx } from "../lab/servers.ts";
import { exchangeLine, watch } from "./watch.ts";
import { endToEnd } from "./webstat.ts";

const PORT = 8082;

const LOAD_REQUESTS = 600;
const LOAD_CONNECTIONS = 4;

async function startLab(lab: Lab): Promise<string> {
  await Nginx.start(lab);
  return `${lab.directory}/nginx/www`;
}

endToEnd("HTTP/2 with prior knowledge: each request with its answer, by stream", async (t) => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  const www = await startLab(lab);
  const nghttpd = await startNghttpd(lab, PORT, www);
  const url = (path: string) => `http://${server.ipv4}:${PORT}${path}`;
  const seen = await watch(client, [client.interface], async () => {
    const shop = ["-H", ":authority: shop.test"];
    await client.run([
      "nghttp",
      "-n",
      ...shop,
      ...["/page.html", "/missing", "/long.txt"].map(url),
    ]);
    await client.run(["nghttp", "-n", "-H", ":method: HEAD", ...shop, url("/page.html")]);
    await client.run(["nghttp", "-n", ...shop, "-d", `${www}/data.json`, url("/page.html")]);
    // Many header fields make a block longer than one frame: CONTINUATION.
    const long = Array.from({ length: 12 }, (_, i) => ["-H", `x-${i}: ${"x".repeat(2000)}`]);
    await client.run(["nghttp", "-n", ...shop, ...long.flat(), url("/index.html")]);
    await client.run(
      ["curl", "-sS", "--http2-prior-knowledge", "-H", "Host: blog.test", url("/data.json")],
    );
    const { stdout } = await client.run([
      ...["h2load", "-n", `${LOAD_REQUESTS}`, "-c", `${LOAD_CONNECTIONS}`, "-m", "10", "-t", "1"],
      ...["-H", ":authority: load.test", ...["/page.html", "/missing", "/data.json"].map(url)],
    ]);
    assert.match(stdout, new RegExp(`${LOAD_REQUESTS} done, .* 0 errored, 0 timeout`));
  });
  const served = await nghttpd.stop();

  await t.step("what was asked and how it was answered is what nghttpd logged", () => {
    assert.equal(served.length, 7 + LOAD_REQUESTS);
    assert.deepEqual(seen.exchanges, served.map(exchangeLine).sort());
  });

  await t.step("hits and connections by name", () => {
    assert.deepEqual(seen.hits, {
      "blog.test http": 1,
      "load.test http": LOAD_REQUESTS,
      "shop.test http": 6,
    });
    assert.equal(seen.host("load.test").connections.tcp, LOAD_CONNECTIONS);
    assert.equal(seen.host("shop.test").connections.tcp, 4);
  });

  await t.step("bodies as long as they are", async () => {
    const size = async (file: string) => (await Deno.stat(`${www}/${file}`)).size;
    const get = (target: string) =>
      seen.events.find((e) => e.host === "shop.test" && e.target === target && e.method === "GET");
    assert.equal(get("/long.txt")?.response_bytes, await size("long.txt"));
    const post = seen.events.find(({ method }) => method === "POST");
    assert.equal(post?.request_bytes, await size("data.json"));
    assert.equal(post?.response_bytes, await size("page.html"));
  });
}, ["nghttp", "nghttpd", "h2load"]);

endToEnd(
  "HTTP/2 after an upgrade: the first request is HTTP/1.1's, the others are HTTP/2's",
  async () => {
    await using lab = await Lab.create();
    const { client, server } = lab;
    await startLab(lab);
    const nghttpx = await startNghttpx(lab, PORT, "127.0.0.1,80");
    const url = (path: string) => `http://${server.ipv4}:${PORT}${path}`;
    const seen = await watch(client, [client.interface], async () => {
      // nghttp puts this name into what it asks after the upgrade only.
      const shop = ["-H", ":authority: shop.test"];
      const paths = ["/page.html", "/missing", "/empty", "/error"];
      await client.run(["nghttp", "-n", "-u", ...shop, ...paths.map(url)]);
      await client.run(
        ["curl", "-sS", "--http2", "-H", "Host: blog.test", ...["/form", "/moved"].map(url)],
      );
      await client.run(["curl", "-sS", "-H", "Host: api.test", url("/data.json")]);
    });
    const served = await nghttpx.stop();
    assert.equal(served.length, 7);
    // What the first asks for is answered on stream 1; the connection answers it with 101.
    const upgraded = [`${server.ipv4} /page.html`, "blog.test /form"];
    const expected = served.map(exchangeLine).map((line) =>
      upgraded.some((each) => line.startsWith(`GET ${each} 1.1`))
        ? line.replace(/\d+$/, "101")
        : line
    );
    assert.equal(expected.filter((line) => line.endsWith(" 1.1 101")).length, upgraded.length);
    assert.deepEqual(seen.exchanges, expected.sort());
    assert.deepEqual(seen.hits, {
      [`${server.ipv4} http`]: 1,
      "api.test http": 1,
      "blog.test http": 2,
      "shop.test http": 3,
    });
  },
  ["nghttp", "nghttpx"],
);
