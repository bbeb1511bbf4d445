// Reads the file of --push-config: how often metrics are pushed, labels, and for each server that is sent
// to its passwords and its certificate authority, with the keys that Prometheus has for HTTP clients
// (promtool's --http.config.file). What webstat does not support is refused, never ignored.

import { dirname, resolve } from "node:path";
import { systemReason, UserError } from "../errors.ts";
import { type YamlNode, YamlSource } from "../yaml_source.ts";
import {
  DEFAULT_PUSH_CONFIG,
  NO_ACCESS,
  type PushConfig,
  type ServerAccess,
} from "./push_config.ts";
import { SecretFile } from "./secret_file.ts";

/** Throws UserError with the line. */
export function readPushConfig(path: string): PushConfig {
  try {
    return new Reader(path, Deno.readTextFileSync(path)).read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot read ${path}: ${systemReason(error)}`);
  }
}

const SECTIONS = ["interval", "labels", "otlp", "remote_write", "events"];
const ACCESS = ["basic_auth", "authorization", "headers", "tls_config"];
const BASIC = ["username", "password_file"];
const TLS = ["ca_file", "cert_file", "key_file", "server_name"];

/** What Prometheus takes as the name of a label, but for names that begin with "__". */
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** A header field (RFC 9110 section 5). */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[ -~]*$/;
/** webstat sets them itself. */
const OWN_FIELDS = /^(?:authorization|content-.*|host|transfer-encoding|connection)$/i;

class Reader {
  readonly #folder: string;
  readonly #source: YamlSource;
  readonly #files: string[] = [];

  constructor(path: string, text: string) {
    this.#folder = dirname(path);
    this.#source = new YamlSource(path, text);
  }

  read(): PushConfig {
    const sections = this.#source.entries(this.#source.root, SECTIONS);
    const access = (name: string) => this.#access(sections.get(name) ?? null);
    const interval = sections.get("interval");
    return {
      interval: interval === undefined ? DEFAULT_PUSH_CONFIG.interval : this.#interval(interval),
      labels: this.#texts(sections.get("labels") ?? null, LABEL, "is no name of a label"),
      otlp: access("otlp"),
      remoteWrite: access("remote_write"),
      events: access("events"),
      files: this.#files,
    };
  }

  #interval(node: YamlNode): number {
    const text = this.#source.string(node);
    const [, number, unit] = /^(\d{1,5})(s|m)$/.exec(text) ?? [];
    const milliseconds = Number(number) * (unit === "m" ? 60_000 : 1000);
    if (milliseconds >= 1000 && milliseconds <= 3_600_000) return milliseconds;
    this.#source.fail(node, "give a time from 1s to 60m, such as 30s");
  }

  #access(node: YamlNode | null): ServerAccess {
    if (node === null) return NO_ACCESS;
    const entries = this.#source.entries(node, ACCESS);
    const [basic, authorization] = [entries.get("basic_auth"), entries.get("authorization")];
    if (basic !== undefined && authorization !== undefined) {
      this.#source.fail(authorization, "basic_auth and authorization exclude each other");
    }
    const tls = entries.get("tls_config");
    return {
      ...NO_ACCESS,
      basic: basic === undefined ? null : this.#basic(basic),
      authorization: authorization === undefined ? null : this.#authorization(authorization),
      fields: this.#fields(entries.get("headers") ?? null),
      ...tls === undefined ? {} : this.#tls(tls),
    };
  }

  #basic(node: YamlNode): ServerAccess["basic"] {
    const entries = this.#source.entries(node, BASIC);
    const user = entries.get("username") ?? this.#source.fail(node, "username is missing");
    const password = this.#file(entries, "password_file") ??
      this.#source.fail(node, "password_file is missing");
    return { user: this.#source.string(user), password };
  }

  #authorization(node: YamlNode): ServerAccess["authorization"] {
    const entries = this.#source.entries(node, ["type", "credentials_file"]);
    const type = entries.get("type");
    const credentials = this.#file(entries, "credentials_file") ??
      this.#source.fail(node, "credentials_file is missing");
    return { type: type === undefined ? "Bearer" : this.#source.string(type), credentials };
  }

  #fields(node: YamlNode | null): Record<string, string> {
    const fields = this.#texts(node, FIELD_NAME, "is no name of a header field");
    for (const [name, value] of Object.entries(fields)) {
      if (OWN_FIELDS.test(name)) this.#source.fail(node!, `${name} cannot be set here`);
      if (!FIELD_VALUE.test(value)) this.#source.fail(node!, `${name} has to be a line of ASCII`);
    }
    return fields;
  }

  #tls(node: YamlNode): Pick<ServerAccess, "authorities" | "own" | "serverName"> {
    const entries = this.#source.entries(node, TLS);
    const [certificate, key] = [this.#file(entries, "cert_file"), this.#file(entries, "key_file")];
    if ((certificate === null) !== (key === null)) {
      this.#source.fail(node, "cert_file and key_file need each other");
    }
    const name = entries.get("server_name");
    return {
      authorities: this.#file(entries, "ca_file"),
      own: certificate === null || key === null ? null : { certificate, key },
      serverName: name === undefined ? null : this.#source.string(name),
    };
  }

  #texts(node: YamlNode | null, allowed: RegExp, help: string): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const [name, value] of this.#source.entries(node, null)) {
      if (!allowed.test(name)) this.#source.fail(value, `"${name}" ${help}`);
      texts[name] = this.#source.string(value);
    }
    return texts;
  }

  /** Null if it is not given. */
  #file(entries: Map<string, YamlNode>, key: string): SecretFile | null {
    const node = entries.get(key);
    if (node === undefined) return null;
    const path = resolve(this.#folder, this.#source.string(node));
    this.#files.push(path);
    try {
      return SecretFile.open(path);
    } catch (error) {
      this.#source.fail(node, `cannot read ${path}: ${systemReason(error)}`);
    }
  }
}
