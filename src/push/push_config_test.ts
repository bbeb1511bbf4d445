import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { DEFAULT_PUSH_CONFIG, type PushConfig } from "./push_config.ts";
import { parseHttpUrl, parseNatsUrl, subjectOf } from "./push_url.ts";
import { readPushConfig } from "./read_push_config.ts";

/** Reads a configuration from a folder that has the file "secret" too. */
async function read(text: string, check: (config: PushConfig, folder: string) => unknown) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/secret`, " s3cret\n");
    await Deno.writeTextFile(`${folder}/push.yml`, text);
    await check(readPushConfig(`${folder}/push.yml`), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a configuration has its passwords in files, whose names are relative to it", async () => {
  await read(
    `
interval: 2m
labels: { instance: web-1, site: oslo }
remote_write:
  basic_auth: { username: webstat, password_file: secret }
  headers: { X-Scope-OrgID: team }
  tls_config: { ca_file: secret, server_name: metrics.test }
otlp:
  authorization: { credentials_file: secret }
`,
    async ({ interval, labels, remoteWrite, otlp, events, files }, folder) => {
      assert.equal(interval, 120_000);
      assert.deepEqual(labels, { instance: "web-1", site: "oslo" });
      assert.equal(remoteWrite.basic!.user, "webstat");
      assert.equal(remoteWrite.basic!.password.text, "s3cret");
      assert.deepEqual(remoteWrite.fields, { "X-Scope-OrgID": "team" });
      assert.equal(remoteWrite.serverName, "metrics.test");
      assert.equal(otlp.authorization!.type, "Bearer");
      assert.deepEqual(events, DEFAULT_PUSH_CONFIG.events);
      assert.deepEqual(new Set(files), new Set([`${folder}/secret`]));
      // Tokens are replaced while webstat runs; an empty or missing file changes nothing.
      const { credentials } = otlp.authorization!;
      await Deno.writeTextFile(`${folder}/secret`, "next");
      assert.equal(credentials.text, "next");
      await Deno.writeTextFile(`${folder}/secret`, "");
      assert.equal(credentials.text, "next");
      await Deno.remove(`${folder}/secret`);
      assert.equal(credentials.text, "next");
      await Deno.writeTextFile(`${folder}/secret`, "");
    },
  );
});

Deno.test("without values everything is as without a file", async () => {
  await read("", (config) => assert.deepEqual(config, DEFAULT_PUSH_CONFIG));
});

Deno.test("what is wrong is said with its line", async () => {
  const cases: [text: string, message: RegExp][] = [
    ["interval: 1", /push\.yml, line 1, column 11: a text is expected/],
    ["interval: 100ms", /line 1, .*give a time from 1s to 60m/],
    ["interval: 61m", /give a time from 1s to 60m/],
    ["\nqueue: 5", /line 2, .*unknown key "queue": there are interval, labels, otlp/],
    ["labels: { __name__: x }", /"__name__" is no name of a label/],
    ["otlp: { basic_auth: { username: x } }", /password_file is missing/],
    ["otlp: { basic_auth: { username: x, password: y } }", /unknown key "password"/],
    ["otlp: { authorization: { credentials_file: absent } }", /cannot read .*\/absent: no such/],
    ["otlp: { headers: { Authorization: x } }", /Authorization cannot be set here/],
    ['otlp: { headers: { X: "a\\nb" } }', /X has to be a line of ASCII/],
    ["otlp: { headers: { 'X Y': b } }", /"X Y" is no name of a header field/],
    ["otlp: { tls_config: { cert_file: secret } }", /cert_file and key_file need each other/],
    ["otlp: { tls_config: { insecure_skip_verify: true } }", /unknown key "insecure_skip_verify"/],
    [
      "otlp: { basic_auth: { username: x, password_file: secret }, authorization: { credentials_file: secret } }",
      /basic_auth and authorization exclude each other/,
    ],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(read(text, () => assert.fail(`${text} is taken`)), (error: Error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(
    () => readPushConfig("/no/such.yml"),
    /^UserError: Cannot read \/no\/such\.yml: no such/,
  );
});

Deno.test("URLs of servers: their scheme, and no password where others can see it", () => {
  assert.equal(parseHttpUrl("--otlp", "https://a.test:4318/x?y=1").host, "a.test:4318");
  assert.equal(parseNatsUrl("--events", "nats://me@[::1]:4222/web.stat").username, "me");
  for (const text of ["a.test:4318", "ftp://a.test", "http://", "http://a.test/#x", ""]) {
    assert.throws(
      () => parseHttpUrl("--otlp", text),
      /--otlp "[^"]*": give a URL that begins with/,
    );
  }
  for (const text of ["http://me:secret@a.test", "http://me@a.test"]) {
    assert.throws(() => parseHttpUrl("--otlp", text), (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return /--otlp "http:\/\/a\.test": others could see passwords here/.test(error.message);
    });
  }
  assert.equal(subjectOf(new URL("nats://a.test/web.stat")), "web.stat");
  for (const path of ["", "/", "/a.*", "/a.>", "/a%20b", "/.a", "/a..b", "/x?y"]) {
    assert.throws(() => parseNatsUrl("--events", `nats://a.test${path}`), /give it a subject/);
  }
});
