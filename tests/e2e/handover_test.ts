// Connections that change their protocol on the way, watched: what begins in the middle of them counts
// as if it had a connection of its own.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { START_TLS, startStunnel, startTls } from "../lab/stunnel.ts";
import { startTinyproxy } from "../lab/tinyproxy.ts";
import { watch } from "./watch.ts";
import { endToEnd } from "./webstat.ts";

endToEnd("a proxy: absolute targets, CONNECT, and what goes through its tunnels", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  const { certificates } = await Nginx.start(lab);
  await startDnsmasq(lab);
  const proxy = await startTinyproxy(lab);
  const seen = await watch(client, [client.interface], async () => {
    const curl = [
      "curl",
      "-sSf",
      "-o",
      "/dev/null",
      "--cacert",
      certificates.authority,
      "-x",
      proxy,
    ];
    await client.run([...curl, "http://shop.test/page.html"]);
    await client.run([...curl, "https://blog.test/page.html"]);
    // The proxy is told one name, and the server behind it another.
    await client.run([...curl, "--connect-to", "blog.test::api.test:", "https://blog.test/"]);
    // What the tunnel carries need not be TLS.
    await client.run([...curl, "--proxytunnel", "http://api.test/data.json"]);
    const refused = await client.run([...curl, "https://other.invalid/"], { mayFail: true });
    assert.notEqual(refused.code, 0);
  });

  await t.step("each request to the proxy, and the one in its tunnel", () => {
    assert.deepEqual(seen.exchanges, [
      "CONNECT api.test api.test:443 1.1 200",
      "CONNECT api.test api.test:80 1.1 200",
      "CONNECT blog.test blog.test:443 1.1 200",
      "CONNECT other.invalid other.invalid:443 1.1 500",
      "GET api.test /data.json 1.1 200",
      "GET shop.test http://shop.test/page.html 1.1 200",
    ]);
  });

  await t.step("TLS in a tunnel counts for the name in its ClientHello", () => {
    assert.deepEqual(seen.of("tls").map(({ host, version }) => [host, version]), [
      ["blog.test", "1.3"],
      ["blog.test", "1.3"],
    ]);
    assert.deepEqual(seen.hits, {
      "api.test http": 3,
      "blog.test http": 1,
      "blog.test tls": 2,
      "other.invalid http": 1,
      "shop.test http": 1,
    });
    assert.equal(seen.host("blog.test").phases["tls"]?.count, 2);
  });
}, ["tinyproxy"]);

endToEnd("STARTTLS: the names in ClientHellos that begin in the middle", async () => {
  await using lab = await Lab.create();
  const { client } = lab;
  await startStunnel(lab, (await Nginx.start(lab)).certificates);
  const seen = await watch(client, [client.interface], async () => {
    for (const protocol of START_TLS) {
      assert.equal(await startTls(lab, protocol, `${protocol}.test`), "1.3");
    }
  });
  const handshakes = seen.of("tls").map(({ host, version }) => `${host} ${version}`);
  assert.deepEqual(handshakes.sort(), START_TLS.map((name) => `${name}.test 1.3`).sort());
  assert.deepEqual(
    seen.hits,
    Object.fromEntries(START_TLS.map((name) => [`${name}.test tls`, 1]).sort()),
  );
  for (const name of START_TLS) {
    assert.equal(seen.host(`${name}.test`).phases["tls"]?.count, 1);
    assert.equal(seen.host(`${name}.test`).connections.tcp, 1);
  }
}, ["stunnel", "socat"]);

endToEnd("WebSocket: one request, and from then on bytes alone", async () => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  const script = decodeURIComponent(new URL("../lab/websocket.ts", import.meta.url).pathname);
  const deno = [Deno.execPath(), "run", "-A", script];
  await server.start([...deno, "serve", "8081"]).waitFor(/ready/, 20_000);
  // The server's frames are in clear text, and their words look like HTTP.
  const words = [
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n".repeat(2000),
  ];
  const seen = await watch(client, [client.interface], async () => {
    await client.run([...deno, "connect", `ws://${server.ipv4}:8081/chat?room=1`, ...words]);
  });
  assert.deepEqual(seen.exchanges, [`GET ${server.ipv4} /chat?room=1 1.1 101`]);
  assert.deepEqual(seen.hits, { [`${server.ipv4} http`]: 1 });
  const { connections, sent_bytes, received_bytes } = seen.host(server.ipv4);
  assert.deepEqual(connections, { tcp: 1, udp: 0 });
  const length = words.join("").length;
  assert.ok(sent_bytes > length && received_bytes > length, `${sent_bytes}, ${received_bytes}`);
});
