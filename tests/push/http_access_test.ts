// Passwords, tokens and certificates for servers that metrics are pushed to.

import assert from "node:assert/strict";
import { readPushConfig } from "../../src/push/read_push_config.ts";
import { within } from "../../src/push/time_left.ts";
import { Pusher } from "../../src/push/pusher.ts";
import { makeCertificate } from "./certificate.ts";
import { pageOf } from "./pages.ts";

/** What a server got. */
interface Received {
  readonly authorization: string | null;
  readonly tenant: string | null;
}

async function withTlsServer(
  test: (folder: string, push: (config: string) => Promise<Outcome>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const received: Received[] = [];
  await makeCertificate(folder);
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    cert: await Deno.readTextFile(`${folder}/cert.pem`),
    key: await Deno.readTextFile(`${folder}/key.pem`),
  }, async ({ headers, body }) => {
    await body?.cancel();
    const authorization = headers.get("authorization");
    received.push({ authorization, tenant: headers.get("x-scope-orgid") });
    const isKnown = authorization !== "Bearer wrong";
    return isKnown
      ? new Response(null, { status: 204 })
      : new Response("no such token\nmore", { status: 401 });
  });
  const push = async (text: string) => {
    received.length = 0;
    await Deno.writeTextFile(`${folder}/push.yml`, text);
    const messages: string[] = [];
    const remoteWrite = new URL(`https://localhost:${server.addr.port}`);
    const config = readPushConfig(`${folder}/push.yml`);
    const pusher = await Pusher.load(
      { otlp: null, remoteWrite },
      config,
      (each) => messages.push(each),
    );
    await pusher.finish(pageOf(["shop.test"], Date.now()), false, within(1500));
    return { received: received[0], messages, dropped: pusher.counts[0]!.dropped };
  };
  try {
    await test(folder, push);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Outcome {
  readonly received: Received | undefined;
  readonly messages: readonly string[];
  readonly dropped: Readonly<Record<string, number>>;
}

Deno.test("a server with TLS gets the password, or the token, if its certificate is right", async () => {
  await withTlsServer(async (folder, push) => {
    await Deno.writeTextFile(`${folder}/secret`, "pass:word\n");
    const tls = "tls_config: { ca_file: cert.pem }";
    const basic = "basic_auth: { username: me, password_file: secret }";
    assert.deepEqual(
      await push(`remote_write: { ${tls}, ${basic}, headers: { X-Scope-OrgID: team } }`),
      {
        received: { authorization: `Basic ${btoa("me:pass:word")}`, tenant: "team" },
        messages: [],
        dropped: { full: 0, refused: 0, ended: 0 },
      },
    );
    const token = "authorization: { credentials_file: secret }";
    const { received } = await push(`remote_write: { ${tls}, ${token} }`);
    assert.deepEqual(received, { authorization: "Bearer pass:word", tenant: null });
  });
});

Deno.test("a server whose certificate is not of the right authority, or name, gets nothing", async () => {
  await withTlsServer(async (_, push) => {
    const unknown = await push("");
    assert.equal(unknown.received, undefined);
    assert.match(unknown.messages[0]!, /^remote-write: metrics are not taken \(.*certificate/i);
    assert.ok(unknown.dropped.ended! > 0);
    const other = await push(
      "remote_write: { tls_config: { ca_file: cert.pem, server_name: other.test } }",
    );
    assert.equal(other.received, undefined);
  });
});

Deno.test("a token that is refused is told with the server's words, and nothing is sent again", async () => {
  await withTlsServer(async (folder, push) => {
    await Deno.writeTextFile(`${folder}/secret`, "wrong");
    const { messages, dropped } = await push(
      "remote_write: { tls_config: { ca_file: cert.pem }, authorization: { credentials_file: secret } }",
    );
    assert.deepEqual(messages, [
      "remote-write: metrics are not taken (401 no such token); they are dropped",
    ]);
    assert.ok(dropped.refused! > 100);
  });
});
