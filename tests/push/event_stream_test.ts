// Events to a real nats-server: acknowledged, bounded, counted if they are lost.

import assert from "node:assert/strict";
import { usernamePasswordAuthenticator } from "@nats-io/transport-node";
import { DEFAULT_PUSH_CONFIG, type PushConfig } from "../../src/push/push_config.ts";
import { within } from "../../src/push/time_left.ts";
import { EventStream } from "../../src/push/event_stream.ts";
import { readPushConfig } from "../../src/push/read_push_config.ts";
import { until } from "../lab/process.ts";
import { makeCertificate } from "./certificate.ts";
import { needing } from "./metric_servers.ts";
import { NatsServer } from "./nats_server.ts";

const CONFIG = { ...DEFAULT_PUSH_CONFIG, labels: { instance: "web-1" } };

const lines = (from: number, to: number) =>
  new TextEncoder().encode(
    Array.from({ length: to - from }, (_, i) => `{"n":${from + i}}\n`).join(""),
  );

const numbers = (texts: readonly { readonly text: string }[]) =>
  texts.map(({ text }) => (JSON.parse(text) as { n: number }).n);

const range = (to: number) => Array.from({ length: to }, (_, i) => i);

/** A stream of events to a server, and what it says. */
function streamTo(url: URL, mayDrop: boolean, config: PushConfig = CONFIG) {
  const messages: string[] = [];
  const stream = new EventStream(url, { config, mayDrop });
  stream.warn = (message) => messages.push(message);
  stream.start();
  return { stream, messages };
}

function natsTest(
  name: string,
  test: (server: NatsServer, folder: string) => Promise<void>,
  configuration: (folder: string) => string = () => "",
): void {
  needing(["nats-server"], `events to NATS: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await using server = new NatsServer(folder, configuration(folder));
      await test(server, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

natsTest("each is kept once, in order, with the name of the machine", async (server) => {
  await server.start();
  await server.addStream();
  const { stream, messages } = streamTo(server.url, true);
  await stream.write(lines(0, 1000));
  await stream.write(lines(1000, 3000));
  await stream.finish(within(20_000));
  const kept = await server.kept();
  assert.deepEqual(numbers(kept), range(3000));
  assert.ok(kept.every(({ instance }) => instance === "web-1"));
  assert.deepEqual([stream.dropped, messages], [0, []]);
});

natsTest(
  "a server that is down at the start, and is killed and comes back, has all",
  async (server) => {
    const { stream, messages } = streamTo(server.url, true);
    await stream.write(lines(0, 500));
    await until("it is said", () => Promise.resolve(messages.length > 0));
    assert.match(
      messages[0]!,
      /^nats:\/\/127.* takes no events \(connection refused\); they wait$/,
    );
    await server.start();
    await server.addStream();
    await server.untilKept(500);
    for (let i = 1; i <= 4; i++) {
      await stream.write(lines(500 * i, 500 * (i + 1)));
      if (i === 2) await server.stop("SIGKILL");
    }
    await server.start();
    await server.untilKept(2500);
    await stream.finish(within(20_000));
    const found = numbers(await server.kept()).sort((a, b) => a - b);
    assert.deepEqual(found, range(2500));
    assert.equal(stream.dropped, 0);
    assert.match(messages.at(-1)!, / takes events again; 0 were lost so far$/);
  },
);

natsTest("while nobody takes them 20,000 wait, and nothing waits for them", async (server) => {
  const { stream, messages } = streamTo(server.url, true);
  await stream.write(lines(0, 1));
  await until("it fails", () => Promise.resolve(messages.length > 0));
  const began = performance.now();
  await stream.write(lines(1, 30_001));
  assert.ok(performance.now() - began < 5000);
  assert.equal(stream.dropped, 10_001);
  await server.start();
  await server.addStream();
  await server.untilKept(20_000);
  await stream.finish(within(20_000));
  assert.equal(stream.dropped, 10_001);
});

natsTest("what is left at the end is counted, and a file's reader fails", async (server) => {
  const live = streamTo(server.url, true).stream;
  await live.write(lines(0, 7));
  await live.finish(within(50));
  assert.equal(live.dropped, 7);
  const file = streamTo(server.url, false).stream;
  await file.write(lines(0, 7));
  await assert.rejects(
    file.finish(within(50)),
    /Cannot send events to nats.*: 7 were not taken in time/,
  );
});

natsTest("the reader of a file waits until there is room", async (server) => {
  const { stream, messages } = streamTo(server.url, false);
  let isWritten = false;
  const writing = stream.write(lines(0, 25_000)).then(() => isWritten = true);
  await until("it is said", () => Promise.resolve(messages.length > 0));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(isWritten, false);
  await server.start();
  await server.addStream();
  await writing;
  await stream.finish(within(30_000));
  assert.deepEqual([await server.count(), stream.dropped], [25_000, 0]);
});

natsTest("a subject that no stream has: they wait until there is one", async (server) => {
  await server.start();
  const { stream, messages } = streamTo(server.url, true);
  await stream.write(lines(0, 10));
  await until("it is said", () => Promise.resolve(messages.length > 0));
  assert.match(messages[0]!, /no stream of JetStream has the subject/);
  await server.addStream();
  await server.untilKept(10);
  await stream.finish(within(20_000));
  assert.equal(stream.dropped, 0);
});

natsTest(
  "one that is too large for the stream is dropped, and the others are kept",
  async (server) => {
    await server.start();
    await server.addStream({ max_msg_size: 200 });
    const { stream, messages } = streamTo(server.url, true);
    await stream.write(lines(0, 5));
    await stream.write(new TextEncoder().encode(`{"n":"${"x".repeat(500)}"}\n`));
    await stream.write(lines(5, 10));
    await stream.finish(within(20_000));
    assert.deepEqual([await server.count(), stream.dropped], [10, 1]);
    assert.match(
      messages[0]!,
      /refuses an event \(message size exceeds maximum allowed\); such events are dropped$/,
    );
  },
);

const USER = { authenticator: usernamePasswordAuthenticator("me", "s3cret") };

natsTest(
  "TLS with an authority from a file, and a password that may be mended later",
  async (server, folder) => {
    await makeCertificate(folder);
    await server.start();
    const tls = { ca: await Deno.readTextFile(`${folder}/cert.pem`), servername: "localhost" };
    await server.addStream({}, { ...USER, tls });
    await Deno.writeTextFile(`${folder}/password`, "wrong");
    await Deno.writeTextFile(
      `${folder}/push.yml`,
      `events: { basic_auth: { username: me, password_file: password }, tls_config: { ca_file: cert.pem } }`,
    );
    const config = readPushConfig(`${folder}/push.yml`);
    const url = new URL(`tls://localhost:${server.port}/webstat.events`);
    const { stream, messages } = streamTo(url, true, config);
    await stream.write(lines(0, 10));
    await until("it is said", () => Promise.resolve(messages.length > 0));
    assert.match(messages[0]!, /takes no events \(.*authorization violation/i);
    await Deno.writeTextFile(`${folder}/password`, "s3cret\n");
    await server.untilKept(10, { ...USER, tls });
    await stream.finish(within(20_000));
    assert.equal(stream.dropped, 0);
    const stranger = streamTo(url, true);
    await until("it is said", () => Promise.resolve(stranger.messages.length > 0));
    assert.match(stranger.messages[0]!, /certificate/i);
    stranger.stream.close();
  },
  (folder) => `
tls { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem" }
authorization { user: me, password: s3cret }`,
);
