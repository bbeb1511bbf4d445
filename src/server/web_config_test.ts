import assert from "node:assert/strict";
import { readWebConfig } from "./web_config.ts";

const HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

/** Reads `text` as the file web.yml, with other files beside it. */
async function read(text: string, files: Readonly<Record<string, string>> = {}) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries({ ...files, "web.yml": text })) {
      await Deno.writeTextFile(`${folder}/${name}`, content);
    }
    return readWebConfig(`${folder}/web.yml`);
  } catch (error) {
    throw new Error((error as Error).message.replaceAll(`${folder}/`, ""));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("web config: all that it can say", async () => {
  const text = `
tls_server_config:
  cert_file: c.pem
  key: |
    secret
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  min_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_RSA_WITH_AES_256_CBC_SHA]
  curve_preferences:
    - CurveP256
    - X25519
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  alice: ${HASH}
rate_limit:
  interval: 1m0.5s
  burst: 20
`;
  const config = await read(text, { "c.pem": "the certificate", "ca.pem": "the authority" });
  const tls = config.tls!;
  assert.equal(tls.certificate.value, "the certificate");
  assert.equal(tls.key.value, "secret\n");
  assert.equal(tls.clientAuthorities?.value, "the authority");
  assert.equal(tls.clientCertificate.value, "required");
  assert.deepEqual([tls.minVersion.value, tls.maxVersion.value], [0x304, 0x304]);
  assert.deepEqual(tls.ciphers?.value, [
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "AES256-SHA",
  ]);
  assert.deepEqual(tls.groups?.value, ["P-256", "X25519"]);
  assert.equal(tls.serverChooses, false);
  assert.deepEqual(config.fields, {
    "x-frame-options": "deny",
    "strict-transport-security": "max-age=31536000",
  });
  assert.deepEqual([...config.users], [["alice", HASH]]);
  assert.deepEqual(config.rateLimit, { interval: 60_500, burst: 20 });
  assert.equal(config.files.length, 3);
});

Deno.test("web config: an empty file, and empty sections, ask for nothing", async () => {
  for (const text of ["", "# nothing\n", "basic_auth_users:\ntls_server_config:\n", "{}"]) {
    const { tls, users, fields, rateLimit } = await read(text);
    assert.deepEqual([tls, users.size, fields, rateLimit], [null, 0, {}, null]);
  }
});

Deno.test("web config: what is wrong is told with its line", async () => {
  const wrong: readonly (readonly [string, string])[] = [
    ["a: [", "web.yml, line 1, column 5: Flow sequence in block collection"],
    ["- a", "web.yml, line 1, column 1: a map is expected"],
    ["basic_auth:\n  a: b", 'web.yml, line 1, column 1: unknown key "basic_auth": there are tls_'],
    [
      "basic_auth_users:\n  a: secret",
      'web.yml, line 2, column 6: the password of "a" is not a bcrypt hash',
    ],
    [
      `basic_auth_users:\n  a: ${HASH}\n  a: ${HASH}`,
      "web.yml, line 3, column 3: Map keys must be unique",
    ],
    ["tls_server_config:\n  key_file: k", "web.yml, line 2, column 3: cert_file is missing"],
    [
      "tls_server_config:\n  cert_file: no.pem",
      "web.yml, line 2, column 14: cannot read no.pem: no such file",
    ],
    [
      "tls_server_config:\n  cert: a\n  cert_file: b",
      "line 2, column 3: cert and cert_file exclude",
    ],
    ["tls_server_config:\n  certfile: b", 'line 2, column 3: unknown key "certfile"'],
    ["tls_server_config:\n  zzz: b", 'unknown key "zzz": there are cert'],
    ["tls_server_config:\n  cert: 1", "line 2, column 9: a text is expected"],
    [
      "tls_server_config:\n  cert: a\n  key: b\n  min_version: TLS14",
      'web.yml, line 4, column 16: "TLS14" is none of TLS10, TLS11, TLS12, TLS13',
    ],
    [
      "tls_server_config:\n  cert: a\n  key: b\n  client_auth_type: RequireAnyClientCert",
      'line 4, column 21: "RequireAnyClientCert" is none of NoClientCert, ',
    ],
    [
      "tls_server_config:\n  cert: a\n  key: b\n  client_auth_type: RequireAndVerifyClientCert",
      "line 4, column 21: client_ca_file is missing",
    ],
    [
      "tls_server_config:\n  cert: a\n  key: b\n  client_ca: c",
      "line 4, column 14: client_auth_type is missing",
    ],
    [
      "tls_server_config:\n  cert: a\n  key: b\n  client_allowed_sans: [x]",
      "line 4, column 24: webstat does not support this",
    ],
    [
      "tls_server_config:\n  cert: a\n  key: b\n  cipher_suites: [TLS_AES_128_GCM_SHA256]",
      'line 4, column 18: "TLS_AES_128_GCM_SHA256" is no cipher suite of TLS 1.2',
    ],
    ["http_server_config:\n  headers:\n    Server: x", 'line 3, column 5: unknown key "Server"'],
    [
      "http_server_config:\n  headers:\n    X-Frame-Options: allow",
      'line 3, column 22: "allow" is none of deny, sameorigin',
    ],
    [
      'http_server_config:\n  headers:\n    X-XSS-Protection: "1\\r\\nEvil: x"',
      "line 3, column 23: it has to be one line of ASCII",
    ],
    ["rate_limit:\n  interval: soon", "line 2, column 13: give a time such as 1s or 500ms"],
    ["rate_limit:\n  interval: 1s", "line 2, column 13: burst has to be 1 or more"],
    ["a: &x b\nc: *x", 'line 1, column 1: unknown key "a"'],
  ];
  for (const [text, message] of wrong) {
    await assert.rejects(read(text), (error: Error) => {
      assert.ok(error.message.includes(message), `${text}\n${error.message}`);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});
