// What --push-config tells, and what holds without it.

import type { SecretFile } from "./secret_file.ts";

/** Who webstat is to a server, and whom it trusts there. */
export interface ServerAccess {
  readonly basic: { readonly user: string; readonly password: SecretFile } | null;
  /** Of the header field Authorization, or the token of NATS. */
  readonly authorization: { readonly type: string; readonly credentials: SecretFile } | null;
  /** Further header fields. */
  readonly fields: Readonly<Record<string, string>>;
  /** PEM. Null for the authorities that the system trusts. */
  readonly authorities: SecretFile | null;
  /** The certificate of webstat itself, with its key. */
  readonly own: { readonly certificate: SecretFile; readonly key: SecretFile } | null;
  /** The name that the server's certificate has to have, if it is not that of the URL. */
  readonly serverName: string | null;
}

export interface PushConfig {
  /** Milliseconds between two pushes. */
  readonly interval: number;
  /** On every series. */
  readonly labels: Readonly<Record<string, string>>;
  readonly otlp: ServerAccess;
  readonly remoteWrite: ServerAccess;
  readonly events: ServerAccess;
  /** The files that are named. */
  readonly files: readonly string[];
}

export const NO_ACCESS: ServerAccess = {
  basic: null,
  authorization: null,
  fields: {},
  authorities: null,
  own: null,
  serverName: null,
};

/** Milliseconds, as long as OpenTelemetry and Prometheus have it or shorter. */
const INTERVAL = 30_000;

/** Without --push-config. */
export const DEFAULT_PUSH_CONFIG: PushConfig = {
  interval: INTERVAL,
  labels: {},
  otlp: NO_ACCESS,
  remoteWrite: NO_ACCESS,
  events: NO_ACCESS,
  files: [],
};
