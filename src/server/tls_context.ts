// The TLS settings of the server, for OpenSSL: certificate, versions, ciphers, client certificates. Before
// it is used, it is tried whether clients that must be refused are refused.

import { readCString, toCString } from "../../ffi/library.ts";
import { libssl } from "../../ffi/libssl.ts";
import { UserError } from "../errors.ts";

/** A value, and where it was given: "web.yml, line 3, column 14". */
export interface Located<Value> {
  readonly value: Value;
  readonly at: string;
}

/** OpenSSL's numbers. */
export const TLS_VERSIONS = { TLS10: 0x301, TLS11: 0x302, TLS12: 0x303, TLS13: 0x304 } as const;

export type TlsVersion = typeof TLS_VERSIONS[keyof typeof TLS_VERSIONS];

export interface TlsSettings {
  /** PEM: the certificate, followed by those of intermediate authorities. */
  readonly certificate: Located<string>;
  /** PEM. */
  readonly key: Located<string>;
  readonly minVersion: Located<TlsVersion>;
  readonly maxVersion: Located<TlsVersion>;
  /** For TLS up to 1.2, OpenSSL's names; null for its default. */
  readonly ciphers: Located<readonly string[]> | null;
  /** OpenSSL's names; null for its default. */
  readonly groups: Located<readonly string[]> | null;
  readonly serverChooses: boolean;
  /** Whether clients need a certificate that is signed by one of `clientAuthorities` (PEM). */
  readonly clientCertificate: Located<"none" | "if-given" | "required">;
  readonly clientAuthorities: Located<string> | null;
}

/** <openssl/ssl.h> */
const SET_MIN_VERSION = 123;
const SET_MAX_VERSION = 124;
const ADD_CHAIN_CERTIFICATE = 89;
const SET_GROUPS = 92;
const SET_SESSION_CACHE = 44;
const SET_MODE = 33;
/** PARTIAL_WRITE, MOVING_WRITE_BUFFER and RELEASE_BUFFERS. */
const MODES = 1 | 2 | 0x10;
/** NO_TICKET, NO_COMPRESSION, NO_RENEGOTIATION and IGNORE_UNEXPECTED_EOF. */
const OPTIONS = 1n << 14n | 1n << 17n | 1n << 30n | 1n << 7n;
const SERVER_CHOOSES = 1n << 22n;
const VERIFY = { none: 0, "if-given": 1, required: 1 | 2 } as const;
const WANT_READ = 2;

export class TlsContext {
  readonly pointer: Deno.PointerValue;

  /** Throws UserError with the place of the wrong value. */
  constructor(settings: TlsSettings) {
    const c = libssl();
    this.pointer = c.SSL_CTX_new(c.TLS_server_method());
    try {
      this.#configure(settings);
      prove(this.pointer, settings);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Open connections are not affected. */
  close(): void {
    libssl().SSL_CTX_free(this.pointer);
  }

  #configure(settings: TlsSettings): void {
    const c = libssl();
    const { pointer } = this;
    c.SSL_CTX_set_options(pointer, OPTIONS | (settings.serverChooses ? SERVER_CHOOSES : 0n));
    c.SSL_CTX_ctrl(pointer, SET_MODE, BigInt(MODES), null);
    // Sessions are not resumed, so nothing is kept of them.
    c.SSL_CTX_ctrl(pointer, SET_SESSION_CACHE, 0n, null);
    c.SSL_CTX_set_num_tickets(pointer, 0n);
    setVersions(pointer, settings.minVersion, settings.maxVersion);
    const { ciphers, groups } = settings;
    if (ciphers !== null) {
      check(c.SSL_CTX_set_cipher_list(pointer, toCString(ciphers.value.join(":"))), ciphers.at);
    }
    if (groups !== null) {
      const list = toCString(groups.value.join(":"));
      check(Number(c.SSL_CTX_ctrl_text(pointer, SET_GROUPS, 0n, list)), groups.at);
    }
    useCertificate(pointer, settings.certificate);
    useKey(pointer, settings.key);
    verifyClients(pointer, settings);
  }
}

function setVersions(
  context: Deno.PointerValue,
  least: Located<TlsVersion>,
  most: Located<TlsVersion>,
): void {
  const c = libssl();
  if (least.value > most.value) throw new UserError(`${least.at}: above max_version`);
  check(Number(c.SSL_CTX_ctrl(context, SET_MIN_VERSION, BigInt(least.value), null)), least.at);
  check(Number(c.SSL_CTX_ctrl(context, SET_MAX_VERSION, BigInt(most.value), null)), most.at);
}

function useCertificate(context: Deno.PointerValue, { value, at }: Located<string>): void {
  const c = libssl();
  let isFirst = true;
  for (const certificate of certificates(value, at)) {
    const status = isFirst
      ? c.SSL_CTX_use_certificate(context, certificate)
      : Number(c.SSL_CTX_ctrl(context, ADD_CHAIN_CERTIFICATE, 1n, certificate));
    check(status, at);
    isFirst = false;
  }
}

function useKey(context: Deno.PointerValue, { value, at }: Located<string>): void {
  const c = libssl();
  withPem(value, (bio) => {
    const key = c.PEM_read_bio_PrivateKey(bio, null, null, NO_PASSWORD);
    check(key === null ? 0 : 1, at, "no private key in PEM, or one with a password");
    const status = c.SSL_CTX_use_PrivateKey(context, key);
    c.EVP_PKEY_free(key);
    check(status, at);
  });
  check(c.SSL_CTX_check_private_key(context), at);
}

function verifyClients(context: Deno.PointerValue, settings: TlsSettings): void {
  const c = libssl();
  const { clientCertificate, clientAuthorities } = settings;
  c.SSL_CTX_set_verify(context, VERIFY[clientCertificate.value], null);
  if (clientAuthorities === null) return;
  const { value, at } = clientAuthorities;
  for (const certificate of certificates(value, at)) {
    check(c.X509_STORE_add_cert(c.SSL_CTX_get_cert_store(context), certificate), at);
    check(c.SSL_CTX_add_client_CA(context, certificate), at);
  }
}

/** With it, OpenSSL does not prompt for a password at the terminal. */
const NO_PASSWORD = toCString("");

/** The certificates of a PEM text; each is freed after its turn. Throws UserError if there is none. */
function* certificates(pem: string, at: string): Generator<Deno.PointerValue> {
  const c = libssl();
  const text = toCString(pem);
  const bio = c.BIO_new_mem_buf(text, text.length - 1);
  try {
    for (let isFirst = true;; isFirst = false) {
      c.ERR_clear_error();
      const certificate = c.PEM_read_bio_X509(bio, null, null, NO_PASSWORD);
      if (certificate === null) return check(isFirst ? 0 : 1, at, "no certificate in PEM");
      try {
        yield certificate;
      } finally {
        c.X509_free(certificate);
      }
    }
  } finally {
    c.BIO_free(bio);
  }
}

function withPem(pem: string, use: (bio: Deno.PointerValue) => void): void {
  const text = toCString(pem);
  const bio = libssl().BIO_new_mem_buf(text, text.length - 1);
  try {
    use(bio);
  } finally {
    libssl().BIO_free(bio);
  }
}

/** If `status` is not 1, throws UserError with `reason`, or with OpenSSL's. */
function check(status: number, at: string, reason?: string): void {
  const c = libssl();
  if (status === 1) return c.ERR_clear_error();
  const words = readCString(c.ERR_reason_error_string(c.ERR_get_error()));
  c.ERR_clear_error();
  throw new UserError(`${at}: ${reason ?? (words || "OpenSSL refuses it")}`);
}

/** Throws UserError if a client is admitted that must be refused, or the other way round. */
function prove(server: Deno.PointerValue, settings: TlsSettings): void {
  const { minVersion, clientCertificate, certificate } = settings;
  if (minVersion.value > TLS_VERSIONS.TLS12 && admits(server, TLS_VERSIONS.TLS12)) {
    throw new UserError(`${minVersion.at}: OpenSSL on this system does not enforce it`);
  }
  const isAdmitted = admits(server, TLS_VERSIONS.TLS13);
  if (clientCertificate.value === "required") {
    if (!isAdmitted) return;
    throw new UserError(`${clientCertificate.at}: OpenSSL on this system does not enforce it`);
  }
  if (!isAdmitted) throw new UserError(`${certificate.at}: no client can connect with it`);
}

/** A handshake has fewer. */
const MAX_FLIGHTS = 10;

/** Whether a client without a certificate, that speaks TLS up to `version`, is admitted. In memory. */
function admits(server: Deno.PointerValue, version: TlsVersion): boolean {
  const c = libssl();
  const context = c.SSL_CTX_new(c.TLS_client_method());
  c.SSL_CTX_ctrl(context, SET_MAX_VERSION, BigInt(version), null);
  const [client, served] = [c.SSL_new(context), c.SSL_new(server)];
  const [toServer, toClient] = [c.BIO_new(c.BIO_s_mem()), c.BIO_new(c.BIO_s_mem())];
  for (const bio of [toServer, toClient]) c.BIO_up_ref(bio);
  c.SSL_set_bio(client, toClient, toServer);
  c.SSL_set_bio(served, toServer, toClient);
  c.SSL_set_connect_state(client);
  c.SSL_set_accept_state(served);
  try {
    for (let flight = 0; flight < MAX_FLIGHTS; flight++) {
      if (handshake(client) === "failed") return false;
      const progress = handshake(served);
      if (progress !== "waits") return progress === "done";
    }
    return false;
  } finally {
    for (const ssl of [client, served]) c.SSL_free(ssl);
    c.SSL_CTX_free(context);
    c.ERR_clear_error();
  }
}

function handshake(ssl: Deno.PointerValue): "done" | "waits" | "failed" {
  const c = libssl();
  c.ERR_clear_error();
  const result = c.SSL_do_handshake(ssl);
  if (result === 1) return "done";
  return c.SSL_get_error(ssl, result) === WANT_READ ? "waits" : "failed";
}
