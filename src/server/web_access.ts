// Access to the server as --web-config says: TLS, passwords, rate limit. The file and those it names are
// read again when they change; if they are wrong then, the rules stay as they were.

import { dirname, resolve } from "node:path";
import { LibraryError } from "../../ffi/library.ts";
import { checkBcrypt } from "../../ffi/libcrypt.ts";
import { UserError } from "../errors.ts";
import { Authentication } from "./authentication.ts";
import type { ByteStream } from "./connections.ts";
import { RateLimit } from "./rate_limit.ts";
import type { Readiness } from "./readiness.ts";
import { TlsContext, type TlsSettings } from "./tls_context.ts";
import { TlsStream } from "./tls_stream.ts";
import { answer, type Handler, type WebAnswer, type WebRequest } from "./web_messages.ts";
import { readWebConfig, type WebConfig } from "./web_config.ts";

/** Milliseconds between two checks whether files have changed. */
const LOOK = 1000;

/** What follows from the files. */
interface Rules {
  readonly config: WebConfig;
  readonly tls: TlsContext | null;
  readonly authentication: Authentication | null;
  readonly rateLimit: RateLimit | null;
}

export class WebAccess {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  #rules: Rules;
  /** The state of the files when they were last read. */
  #seen: string | null;
  #lookedAt = performance.now();

  private constructor(path: string, rules: Rules, warn: (message: string) => void) {
    this.#path = path;
    this.#rules = rules;
    this.#warn = warn;
    this.#seen = stampOf(rules.config.files);
  }

  /** `warn` is called if changed files are wrong. Throws UserError with the line. */
  static async open(path: string, warn: (message: string) => void): Promise<WebAccess> {
    const rules = readRules(path);
    // Passwords may be added later, when libraries cannot be loaded any more.
    try {
      await checkBcrypt();
    } catch (error) {
      if (!(error instanceof LibraryError)) throw error;
      if (rules.authentication !== null) {
        throw new UserError(
          `${path}: passwords need libcrypt with bcrypt (on Debian the package libcrypt1)`,
        );
      }
    }
    return new WebAccess(path, rules, warn);
  }

  get hasTls(): boolean {
    return this.#rules.tls !== null;
  }

  /** Whether clients need a password or a certificate. */
  get isGuarded(): boolean {
    const { authentication, config } = this.#rules;
    return authentication !== null || config.tls?.clientCertificate.value === "required";
  }

  /** The folders of the files that are read again. */
  get folders(): readonly string[] {
    return [...new Set(this.#rules.config.files.flatMap(foldersOf))];
  }

  /** A TLS connection; null without TLS. */
  stream(descriptor: number, readiness: Readiness): ByteStream | null {
    this.#refresh();
    const { tls } = this.#rules;
    return tls === null ? null : new TlsStream(tls, descriptor, readiness);
  }

  /** Passes requests to `handler` if they are allowed. */
  guard(handler: Handler): Handler {
    return async (request) => {
      this.#refresh();
      const { config, rateLimit } = this.#rules;
      const reply = rateLimit?.take() === false
        ? answer(429, "Too many requests.\n")
        : await this.#authenticated(request, handler);
      return { ...reply, fields: { ...reply.fields, ...config.fields } };
    };
  }

  /** Checks the files now. */
  reload(): void {
    this.#lookedAt = -LOOK;
    this.#refresh();
  }

  close(): void {
    this.#rules.tls?.close();
  }

  async #authenticated(request: WebRequest, handler: Handler): Promise<WebAnswer> {
    switch (await this.#rules.authentication?.check(request.fields.get("authorization"))) {
      case "wrong":
        return answer(401, "Authentication required.\n", {
          "www-authenticate": 'Basic realm="webstat"',
        });
      case "busy":
        return answer(503, "Too many logins at once.\n", { "retry-after": "1" });
      default:
        return await handler(request);
    }
  }

  #refresh(): void {
    if (performance.now() - this.#lookedAt < LOOK) return;
    this.#lookedAt = performance.now();
    const stamp = stampOf(this.#rules.config.files);
    if (stamp === null || stamp === this.#seen) return;
    this.#seen = stamp;
    try {
      const before = this.#rules;
      this.#rules = readRules(this.#path, before);
      before.tls?.close();
      this.#seen = stampOf(this.#rules.config.files);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#warn(`${error.message}; the previous settings stay in use`);
    }
  }
}

/** `before`: the current rules; TLS can be changed, but not switched on or off. Throws UserError. */
function readRules(path: string, before: Rules | null = null): Rules {
  const config = readWebConfig(path);
  if (before !== null && (before.tls === null) !== (config.tls === null)) {
    throw new UserError(`${path}: TLS can only be switched on or off by a new start`);
  }
  return {
    config,
    tls: config.tls === null ? null : openTls(config.tls),
    authentication: config.users.size === 0 ? null : new Authentication(config.users),
    rateLimit: config.rateLimit === null
      ? null
      : new RateLimit(config.rateLimit.interval, config.rateLimit.burst),
  };
}

function openTls(settings: TlsSettings): TlsContext {
  if (Deno.build.os !== "linux") {
    throw new UserError(`${settings.certificate.at}: TLS is only for Linux`);
  }
  try {
    return new TlsContext(settings);
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    throw new UserError(
      `${settings.certificate.at}: TLS needs OpenSSL 1.1.1 or later (on Debian the package libssl3t64)`,
    );
  }
}

/** Changes when one of the files does; null if this process may not see them any more. */
function stampOf(files: readonly string[]): string | null {
  try {
    return files.map((file) => {
      const { ino, size, mtime } = Deno.statSync(file);
      return `${ino} ${size} ${mtime?.getTime()}`;
    }).join("\n");
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied ? null : "gone";
  }
}

/** The folder of the file, and that of its target if it is a link. */
function foldersOf(file: string): string[] {
  return [resolve(file), Deno.realPathSync(file)].map((path) => dirname(path));
}
