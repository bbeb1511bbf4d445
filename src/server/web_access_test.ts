import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Pages } from "./routes.ts";
import { type MetricsServer, serve } from "./server.ts";
import { WebAccess } from "./web_access.ts";

/** Of the password "U*U"; a hash of cost 5 takes 2 ms. */
const HASH = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

const hasOpenssl = await new Deno.Command("openssl", { args: ["version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

function testWithOpenssl(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: hasOpenssl ? name : `${name} (needs openssl)`, ignore: !hasOpenssl, fn });
}

async function openssl(folder: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", { args, cwd: folder })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** NAME.pem and NAME.key, signed by itself. */
async function makeCertificate(folder: string, name: string): Promise<void> {
  await openssl(
    folder,
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "2", "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
}

interface Served {
  readonly server: MetricsServer;
  readonly folder: string;
  /** What the user was warned of. */
  readonly warnings: string[];
}

/** A server with `text` as web.yml, beside the certificates "server" and "client". */
async function withAccess(text: string, test: (served: Served) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    if (text.includes("tls_server_config")) {
      for (const name of ["server", "client"]) await makeCertificate(folder, name);
    }
    await Deno.writeTextFile(`${folder}/web.yml`, text);
    const warnings: string[] = [];
    const access = await WebAccess.open(`${folder}/web.yml`, (message) => warnings.push(message));
    const pages = {
      metrics: (...[, encode]: Parameters<Pages["metrics"]>) =>
        Promise.resolve(encode(new TextEncoder().encode("webstat_hosts 1\n".repeat(100_000)))),
      unhealthy: () => null,
    };
    const server = serve({ at: { hostname: "127.0.0.1", port: 0 }, access }, pages);
    try {
      await test({ server, folder, warnings });
    } finally {
      await server.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

async function status(url: string, authorization?: string): Promise<number> {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(url, { headers });
  await response.body?.cancel();
  return response.status;
}

Deno.test("passwords: who has the right one may read", async () => {
  await withAccess(
    `basic_auth_users: { ann: ${HASH}, bob: ${HASH} }`,
    async ({ server: { url } }) => {
      assert.equal(await status(url, basic("ann", "U*U")), 200);
      assert.equal(await status(url.replace("metrics", "healthz"), basic("bob", "U*U")), 200);
      const wrong = [
        undefined,
        "",
        "Basic",
        "Basic !",
        "Bearer x",
        basic("ann", "u*u"),
        basic("ann", ""),
        basic("ann", "U*U\0x"),
        basic("eve", "U*U"),
        basic("", ""),
      ];
      for (const authorization of wrong) assert.equal(await status(url, authorization), 401);
      const response = await fetch(url.replace("metrics", "healthz"));
      assert.match(response.headers.get("www-authenticate")!, /^Basic realm=/);
      assert.doesNotMatch(await response.text(), /ok/);
    },
  );
});

Deno.test("passwords: a hash is made once, and holds nobody up", async () => {
  // Cost 11: about a tenth of a second.
  const slow = HASH.replace("$05$", "$11$");
  await withAccess(`basic_auth_users: { ann: ${slow} }\n`, async ({ server: { url } }) => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const attempts = Array.from({ length: 40 }, (_, i) => status(url, basic("ann", `wrong ${i}`)));
    const statuses = await Promise.all(attempts);
    clearInterval(timer);
    assert.ok(turns > 200, `the event loop turned ${turns} times while 16 hashes were made`);
    assert.ok(statuses.filter((each) => each === 401).length >= 16);
    // The rest did not even get into the queue.
    assert.ok(statuses.every((each) => each === 401 || each === 503));
  });
});

Deno.test("passwords: unknown users take as long as known ones", async () => {
  const hash = HASH.replace("$05$", "$10$");
  await withAccess(`basic_auth_users: { ann: ${hash} }`, async ({ server: { url } }) => {
    const timed = async (user: string) => {
      const began = performance.now();
      for (let i = 0; i < 3; i++) await status(url, basic(user, `wrong ${i}`));
      return performance.now() - began;
    };
    await timed("ann");
    const [known, unknown] = [await timed("ann"), await timed("eve")];
    assert.ok(unknown / known > 0.5 && unknown / known < 2, `${known} and ${unknown} ms`);
  });
});

Deno.test("the fields of answers, and how many requests there may be", async () => {
  const text = `
http_server_config: { headers: { X-Frame-Options: deny } }
rate_limit: { interval: 1h, burst: 3 }`;
  await withAccess(text, async ({ server: { url } }) => {
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const response = await fetch(url);
      await response.body?.cancel();
      assert.equal(response.headers.get("x-frame-options"), "deny");
      statuses.push(response.status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  });
});

const TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n";

/** What `openssl s_client` reads at /healthz, with its own words on standard error. */
async function ask({ server, folder }: Served, ...args: string[]): Promise<string> {
  const { port } = new URL(server.url);
  const client = new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, "-CAfile", "server.pem", "-quiet", ...args],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = client.stdin.getWriter();
  await input.write(new TextEncoder().encode("GET /healthz HTTP/1.0\r\n\r\n")).catch(() => {});
  const { stdout, stderr } = await client.output();
  await input.close().catch(() => {});
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

testWithOpenssl("TLS: pages come whole, and clear text is told to use TLS", async () => {
  await withAccess(TLS, async ({ server, folder }) => {
    assert.match(server.url, /^https:/);
    const caCerts = [await Deno.readTextFile(`${folder}/server.pem`)];
    const client = Deno.createHttpClient({ caCerts });
    for (let i = 0; i < 3; i++) {
      const response = await fetch(server.url, { client });
      assert.equal((await response.text()).length, 1_600_000);
    }
    client.close();
    const clear = await fetch(server.url.replace("https", "http"));
    assert.equal(clear.status, 400);
    assert.match(await clear.text(), /^webstat speaks HTTPS here: ask https:/);
  });
});

testWithOpenssl("TLS: the least version holds", async () => {
  await withAccess(TLS, async (served) => {
    for (const version of ["-tls1_2", "-tls1_3"]) assert.match(await ask(served, version), /ok\n/);
  });
  await withAccess(`${TLS}  min_version: TLS13`, async (served) => {
    assert.match(await ask(served, "-tls1_3"), /ok\n/);
    assert.match(await ask(served, "-tls1_2"), /alert protocol version/);
  });
});

testWithOpenssl("TLS: without a certificate of the right authority nobody gets in", async () => {
  const text = `${TLS}  client_ca_file: client.pem\n  client_auth_type: RequireAndVerifyClientCert`;
  await withAccess(text, async (served) => {
    for (const version of ["-tls1_2", "-tls1_3"]) {
      const known = ["-cert", "client.pem", "-key", "client.key"];
      assert.match(await ask(served, version, ...known), /ok\n/);
      assert.doesNotMatch(await ask(served, version), /ok\n/);
      const unknown = ["-cert", "server.pem", "-key", "server.key"];
      assert.doesNotMatch(await ask(served, version, ...unknown), /ok\n/);
    }
  });
});

testWithOpenssl("TLS: what OpenSSL refuses is told with its line", async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    [TLS.replace("server.key", "client.key"), /web\.yml, line 3, column 13: key values mismatch$/],
    [TLS.replace("server.key", "server.pem"), /line 3, column 13: no private key in PEM/],
    [TLS.replace("server.pem", "server.key"), /line 2, column 14: no certificate in PEM/],
    [`${TLS}  min_version: TLS13\n  max_version: TLS12`, /line 4, column 16: above max_version$/],
  ];
  for (const [text, message] of wrong) {
    await assert.rejects(withAccess(text, () => Promise.resolve()), (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.match(error.message, message);
      return true;
    });
  }
});

testWithOpenssl(
  "files that change are read again; wrong ones are warned of, and change nothing",
  async () => {
    await withAccess(TLS, async (served) => {
      const { server, folder, warnings } = served;
      const changed = () => new Promise((resolve) => setTimeout(resolve, 1100));
      await Deno.copyFile(`${folder}/client.pem`, `${folder}/server.pem`);
      await changed();
      assert.match(await ask(served), /ok\n/);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /key values mismatch; the previous settings stay in use$/);
      await Deno.copyFile(`${folder}/client.key`, `${folder}/server.key`);
      await changed();
      assert.match(await ask(served, "-verify_return_error"), /ok\n/);
      await Deno.writeTextFile(`${folder}/web.yml`, `${TLS}basic_auth_users: { ann: ${HASH} }`);
      await changed();
      assert.match(await ask(served), / 401 /);
      assert.equal(warnings.length, 1);
      assert.equal(server.closed.full, 0);
    });
  },
);
