// The file of --web-config: the format that Prometheus' exporters share (exporter-toolkit,
// docs/web-configuration.md). What webstat does not support is refused, never ignored.

import { dirname, resolve } from "node:path";
import { systemReason, UserError } from "../errors.ts";
import { type YamlNode, YamlSource } from "../yaml_source.ts";
import { type Located, TLS_VERSIONS, type TlsSettings, type TlsVersion } from "./tls_context.ts";

export interface WebConfig {
  /** Null for HTTP without TLS. */
  readonly tls: TlsSettings | null;
  /** bcrypt hashes of passwords by user; empty if no password is needed. */
  readonly users: ReadonlyMap<string, string>;
  /** Header fields of all answers, names in lower case. */
  readonly fields: Readonly<Record<string, string>>;
  /** One request each `interval` milliseconds, `burst` at once; null for no limit. */
  readonly rateLimit: { readonly interval: number; readonly burst: number } | null;
  /** The configuration file and those that it names. */
  readonly files: readonly string[];
}

const SECTIONS = ["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"];

/** Throws UserError with the line. */
export function readWebConfig(path: string): WebConfig {
  return new Reader(path).read();
}

class Reader {
  readonly #path: string;
  readonly #source: YamlSource;
  readonly #files: string[];

  constructor(path: string) {
    this.#path = path;
    this.#files = [path];
    this.#source = new YamlSource(path, readText(path, path));
  }

  read(): WebConfig {
    const sections = this.#source.entries(this.#source.root, SECTIONS);
    const section = (name: string) => sections.get(name) ?? null;
    const tls = section("tls_server_config");
    return {
      tls: tls === null ? null : this.#tls(tls),
      users: this.#users(section("basic_auth_users")),
      fields: this.#fields(section("http_server_config")),
      rateLimit: this.#rateLimit(section("rate_limit")),
      files: this.#files,
    };
  }

  #tls(node: YamlNode): TlsSettings | null {
    const source: YamlSource = this.#source;
    const entries = source.entries(node, TLS_KEYS);
    if (entries.size === 0) return null;
    const located = <Value>(
      key: string,
      read: (node: YamlNode) => Value,
    ): Located<Value> | null => {
      const entry = entries.get(key);
      return entry === undefined ? null : { value: read(entry), at: source.at(entry) };
    };
    const pem = (name: string) => this.#pem(node, entries, name);
    const version = (key: string, usual: TlsVersion) =>
      located(key, (entry) => TLS_VERSIONS[source.choice(entry, VERSION_NAMES)]) ??
        { value: usual, at: source.at(node) };
    const chooses = entries.get("prefer_server_cipher_suites");
    const settings = {
      certificate: pem("cert") ?? source.fail(node, "cert_file is missing"),
      key: pem("key") ?? source.fail(node, "key_file is missing"),
      minVersion: version("min_version", TLS_VERSIONS.TLS12),
      maxVersion: version("max_version", TLS_VERSIONS.TLS13),
      ciphers: located("cipher_suites", (entry) => this.#ciphers(entry)),
      groups: located("curve_preferences", (entry) => this.#groups(entry)),
      serverChooses: chooses === undefined || source.boolean(chooses),
      clientCertificate: located("client_auth_type", (entry) => this.#clientPolicy(entry)) ??
        { value: "none" as const, at: source.at(node) },
      clientAuthorities: pem("client_ca"),
    };
    this.#checkClients(settings, entries.get("client_allowed_sans"));
    return settings;
  }

  #clientPolicy(node: YamlNode): "none" | "if-given" | "required" {
    const name = this.#source.string(node);
    return CLIENT_POLICIES[name] ??
      this.#source.fail(node, `"${name}" is none of ${Object.keys(CLIENT_POLICIES).join(", ")}`);
  }

  #checkClients({ clientCertificate, clientAuthorities }: TlsSettings, sans?: YamlNode): void {
    if (sans !== undefined) this.#source.fail(sans, "webstat does not support this");
    const isAsked = clientCertificate.value !== "none";
    if (isAsked === (clientAuthorities !== null)) return;
    throw new UserError(
      isAsked
        ? `${clientCertificate.at}: client_ca_file is missing`
        : `${
          clientAuthorities!.at
        }: client_auth_type is missing, no certificate would be asked for`,
    );
  }

  /** A PEM text: the value of `name`, or the file that `name`_file names. */
  #pem(node: YamlNode, entries: Map<string, YamlNode>, name: string): Located<string> | null {
    const [inline, file] = [entries.get(name), entries.get(`${name}_file`)];
    if (inline !== undefined && file !== undefined) {
      this.#source.fail(node, `${name} and ${name}_file exclude each other`);
    }
    const entry = inline ?? file;
    if (entry === undefined) return null;
    const [text, at] = [this.#source.string(entry), this.#source.at(entry)];
    if (inline !== undefined) return { value: text, at };
    const path = resolve(dirname(this.#path), text);
    this.#files.push(path);
    return { value: readText(path, at), at };
  }

  #ciphers(node: YamlNode): string[] {
    return this.#source.strings(node).map((name) => {
      const match = CIPHER.exec(name);
      if (match === null) this.#source.fail(node, `"${name}" is no cipher suite of TLS 1.2`);
      return openSslName(match);
    });
  }

  #groups(node: YamlNode): string[] {
    return this.#source.strings(node).map((name) =>
      GROUPS[name] ??
        this.#source.fail(node, `"${name}" is none of ${Object.keys(GROUPS).join(", ")}`)
    );
  }

  #users(node: YamlNode | null): Map<string, string> {
    const users = new Map<string, string>();
    for (const [name, entry] of this.#source.entries(node, null)) {
      const hash = this.#source.string(entry);
      if (!BCRYPT.test(hash)) {
        this.#source.fail(
          entry,
          `the password of "${name}" is not a bcrypt hash: htpasswd -nBC 10 "" makes one`,
        );
      }
      users.set(name, hash);
    }
    return users;
  }

  #fields(node: YamlNode | null): Record<string, string> {
    const source: YamlSource = this.#source;
    const entries = source.entries(node, ["http2", "headers"]);
    const http2 = entries.get("http2");
    // The server speaks HTTP/1.1 only, which clients of HTTP/2 speak as well.
    if (http2 !== undefined) source.boolean(http2);
    const fields: Record<string, string> = {};
    const headers = source.entries(entries.get("headers") ?? null, Object.keys(HEADERS));
    for (const [name, entry] of headers) {
      const value = source.string(entry);
      if (value === "") continue;
      const allowed = HEADERS[name]!;
      if (allowed.length > 0) source.choice(entry, allowed);
      if (!PRINTABLE.test(value)) source.fail(entry, "it has to be one line of ASCII");
      fields[name.toLowerCase()] = value;
    }
    return fields;
  }

  #rateLimit(node: YamlNode | null): WebConfig["rateLimit"] {
    const source: YamlSource = this.#source;
    const entries = source.entries(node, ["interval", "burst"]);
    const [interval, burst] = [entries.get("interval"), entries.get("burst")];
    if (interval === undefined) return null;
    const milliseconds = durationOf(source.string(interval));
    if (milliseconds === null) source.fail(interval, "give a time such as 1s or 500ms");
    if (milliseconds === 0) return null;
    const most = burst === undefined ? 0 : source.integer(burst);
    if (most === 0) source.fail(burst ?? interval, "burst has to be 1 or more");
    return { interval: milliseconds, burst: most };
  }
}

const TLS_KEYS = [
  ...["cert", "key", "client_ca", "cert_file", "key_file", "client_auth_type", "client_ca_file"],
  ...["client_allowed_sans", "min_version", "max_version", "cipher_suites"],
  ...["prefer_server_cipher_suites", "curve_preferences"],
];

const VERSION_NAMES = Object.keys(TLS_VERSIONS) as (keyof typeof TLS_VERSIONS)[];

/** The other policies of Go accept certificates that nobody has verified. */
const CLIENT_POLICIES: Readonly<Record<string, "none" | "if-given" | "required">> = {
  NoClientCert: "none",
  VerifyClientCertIfGiven: "if-given",
  RequireAndVerifyClientCert: "required",
};

/** Go's names of the cipher suites up to TLS 1.2; those of TLS 1.3 cannot be chosen. */
const CIPHER =
  /^TLS_(?:(ECDHE)_)?(RSA|ECDSA)_WITH_(?:(AES)_(128|256)_(GCM|CBC)_(SHA(?:256|384)?)|(CHACHA20_POLY1305)_SHA256)$/;

function openSslName(match: RegExpExecArray): string {
  const [, exchange, signature, , bits, mode, hash, chacha] = match;
  const begin = exchange === undefined ? [] : [exchange, signature!];
  const cipher = chacha !== undefined
    ? ["CHACHA20", "POLY1305"]
    : [`AES${bits}`, ...mode === "GCM" ? ["GCM"] : [], hash!];
  return [...begin, ...cipher].join("-");
}

/** Go's names, and OpenSSL's. */
const GROUPS: Readonly<Record<string, string>> = {
  CurveP256: "P-256",
  CurveP384: "P-384",
  CurveP521: "P-521",
  X25519: "X25519",
};

/** The fields that may be set, with the allowed values; none listed for any value. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "Content-Security-Policy": [],
  "X-Frame-Options": ["deny", "sameorigin"],
  "X-Content-Type-Options": ["nosniff"],
  "X-XSS-Protection": [],
  "Strict-Transport-Security": [],
};

const PRINTABLE = /^[ -~]*$/;

/** Cost 4 to 31, then 22 characters of salt and 31 of hash. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's durations, such as "1m30s", in milliseconds; null if it is none. */
function durationOf(text: string): number | null {
  if (text === "0") return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return null;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!, 0);
}

/** `at`: where the file is named. Throws UserError. */
function readText(path: string, at: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const what = path === at ? "" : ` ${path}`;
    throw new UserError(`${at}: cannot read${what}: ${systemReason(error)}`);
  }
}
