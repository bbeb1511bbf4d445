// The endpoint under attack: whatever other clients do, memory stays, and an ordinary scrape is answered.

import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { attackEndpoint, ENDPOINT_ATTACKS, endpointFaults, LargePage } from "../attack/endpoint.ts";
import { Daemon, run, until } from "../lab/process.ts";
import { assertRefused, endToEnd, WEBSTAT } from "./webstat.ts";

endToEnd("endpoint: connections that ask for nothing, or do not read, cost little", async (t) => {
  await using page = await LargePage.serve(WEBSTAT);
  for (let i = 0; i < 10; i++) await page.scrape();
  const before = page.descriptors;
  for (const attack of ENDPOINT_ATTACKS) {
    await t.step(`${attack.connections} ${attack.about}`, async () => {
      assert.deepEqual(endpointFaults(await attackEndpoint(page, attack)), []);
    });
  }

  await t.step("what was closed for others is counted", async () => {
    await until("all are closed", () => Promise.resolve(page.descriptors <= before + 1));
    const closed = /^webstat_endpoint_connections_closed_total\{reason="full"\} (\d+)$/m;
    assert.ok(Number(closed.exec(await page.scrape())?.[1]) > 1000);
  });
});

endToEnd("endpoint: a browser cannot be made to read it for others", async (t) => {
  await using large = await LargePage.serve(WEBSTAT, [], { DENO_SERVE_ADDRESS: "tcp:0.0.0.0:9" });
  const { url } = large;
  const status = async (...args: string[]) => {
    const command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", ...args];
    return (await run([...command, `${url}/metrics`])).stdout;
  };

  await t.step("names that point here by DNS are refused", async () => {
    assert.equal(await status("-H", "Host: evil.example"), "421");
    assert.equal(await status(), "200");
    assert.equal(await status("-H", "Host: localhost:9090"), "200");
  });

  await t.step("the environment has no say in where it listens", () => {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d{2,}$/);
    const environment = Deno.readTextFileSync(`/proc/${large.daemon.pid}/environ`);
    assert.doesNotMatch(environment, /(?:^|\0)DENO_/);
  });

  await t.step("a page is packed for those who ask", async () => {
    const response = await fetch(`${url}/metrics`, { headers: { "accept-encoding": "gzip" } });
    assert.match(await response.text(), /host-999\./);
    const { stdout } = await run([
      "sh",
      "-c",
      `curl -s -H 'Accept-Encoding: gzip' ${url}/metrics | base64`,
    ]);
    assert.match(
      gunzipSync(Uint8Array.fromBase64(stdout.replaceAll("\n", ""))).toString(),
      /host-999\./,
    );
  });
});

endToEnd("endpoint: without a free descriptor it still answers", async () => {
  const script = await Deno.makeTempFile();
  await Deno.writeTextFile(script, `#!/bin/sh\nulimit -n 64\nexec ${WEBSTAT} "$@"\n`);
  await Deno.chmod(script, 0o755);
  {
    await using page = await LargePage.serve(script);
    const { hostname, port } = new URL(page.url);
    const idle: Deno.Conn[] = [];
    for (let i = 0; i < 200; i++) idle.push(await Deno.connect({ hostname, port: Number(port) }));
    const [, seconds] = await page.timedScrape();
    assert.ok(seconds < 2, `${seconds} s`);
    for (const connection of idle) connection.close();
  }
  await Deno.remove(script);
});

endToEnd("endpoint: too few descriptors are said in one line", async () => {
  for (const limit of [13, 16, 63]) {
    const command = `ulimit -n ${limit}; exec ${WEBSTAT} sniff -i lo -l 127.0.0.1:0`;
    const result = await run(["sh", "-c", command], { mayFail: true });
    assertRefused(result, 1, new RegExp(`Only ${limit} files .*ulimit -n 64`));
  }
});

/** Of the password "U*U". */
const HASH = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

endToEnd("endpoint: --web-config sets up TLS and passwords", async (t) => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/web.yml`;
  const certificate = ["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`];
  await run([
    ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...certificate],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
  ]);
  const tls =
    "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n  min_version: TLS13\n";
  await Deno.writeTextFile(file, `${tls}basic_auth_users:\n  ann: ${HASH}\n`);
  const fixture = new URL("../fixtures/http1-keepalive.pcap", import.meta.url).pathname;
  const command = [WEBSTAT, "sniff", "-r", decodeURIComponent(fixture), "--web-config", file];

  await t.step("who has certificate and password reads, and nobody else", async () => {
    await using daemon = new Daemon([...command, "-l", "127.0.0.1:0", "--json"]);
    const [url] = await daemon.waitFor(/https:\/\/[^\s/]+/);
    const status = async (...args: string[]) => {
      const curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"];
      return (await run([...curl, ...args, `${url}/metrics`], { mayFail: true })).stdout;
    };
    const trusted = ["--cacert", `${folder}/cert.pem`];
    assert.equal(await status(...trusted, "-u", "ann:U*U"), "200");
    assert.equal(await status(...trusted, "-u", "ann:U*V"), "401");
    assert.equal(await status(...trusted, "-u", "eve:U*U"), "401");
    assert.equal(await status(...trusted), "401");
    assert.equal(await status("-u", "ann:U*U"), "000");
    assert.equal(await status(...trusted, "-u", "ann:U*U", "--tls-max", "1.2"), "000");
    assert.doesNotMatch(daemon.stderr, /warning/);
  });

  await t.step("after root is given away, files that nobody may read change nothing", async () => {
    await using daemon = new Daemon([...command, "-l", "127.0.0.1:0", "-v"]);
    const [url] = await daemon.waitFor(/https:\/\/[^\s/]+/);
    const status = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1200));
      const curl = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}"];
      return (await run([...curl, `${url}/metrics`], { mayFail: true })).stdout;
    };
    await until("it is nobody", () => Promise.resolve(/nobody/.test(daemon.stderr)));
    assert.equal(await status(), "401");
    assert.doesNotMatch(daemon.stderr, /web\.yml/);
    await run(["chmod", "-R", "a+rX", folder]);
    await Deno.writeTextFile(file, tls);
    assert.equal(await status(), "200");
  });

  await t.step("beyond this machine, what is missing is warned of", async () => {
    for (const [config, warning] of [["", /sets a password/], [tls, /sets a password/]] as const) {
      await Deno.writeTextFile(file, config);
      await using daemon = new Daemon([...command, "-l", "0.0.0.0:0"]);
      await daemon.waitFor(warning);
    }
    await Deno.writeTextFile(file, `basic_auth_users:\n  ann: ${HASH}\n`);
    await using daemon = new Daemon([...command, "-l", "0.0.0.0:0"]);
    await daemon.waitFor(/unencrypted/);
  });

  await t.step("a wrong file is refused at the start, with the line", async () => {
    await Deno.writeTextFile(file, `${tls}  min_versoin: TLS13\n`);
    const result = await run([...command, "-l", "127.0.0.1:0"], { mayFail: true });
    assertRefused(result, 2, /web\.yml, line 5, column 3: unknown key "min_versoin"/);
    await Deno.writeTextFile(file, tls.replace("key.pem", "cert.pem"));
    const other = await run([...command, "-l", "127.0.0.1:0"], { mayFail: true });
    assertRefused(other, 1, /web\.yml, line 3, column 13: no private key/);
  });
  await Deno.remove(folder, { recursive: true });
});
