// The secrets of one TLS or QUIC session, as key logs name them.

import type { Bytes } from "../crypto/cipher.ts";

/** RFC 9850 section 2; those with QUIC_ are of older programs. Secrets that nothing needs are left out. */
const FIELDS = {
  CLIENT_RANDOM: "master",
  CLIENT_EARLY_TRAFFIC_SECRET: "early",
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: "clientHandshake",
  SERVER_HANDSHAKE_TRAFFIC_SECRET: "serverHandshake",
  CLIENT_TRAFFIC_SECRET_0: "clientTraffic",
  SERVER_TRAFFIC_SECRET_0: "serverTraffic",
  QUIC_CLIENT_EARLY_TRAFFIC_SECRET: "early",
  QUIC_CLIENT_TRAFFIC_SECRET_0: "clientTraffic",
  QUIC_SERVER_TRAFFIC_SECRET_0: "serverTraffic",
} as const;

export type SecretName = typeof FIELDS[keyof typeof FIELDS];

/** The secret that a line of a key log begins with; null if it is of no use, or unknown. */
export function secretName(label: string): SecretName | null {
  return Object.hasOwn(FIELDS, label) ? FIELDS[label as keyof typeof FIELDS] : null;
}

/** Bytes of memory that a session takes, and each secret beside its bytes. */
const SESSION_BYTES = 300;
const SECRET_BYTES = 100;

export class SessionSecrets {
  /** Of TLS 1.2. */
  master: Bytes | null = null;
  /** Of TLS 1.3 and QUIC. */
  early: Bytes | null = null;
  clientHandshake: Bytes | null = null;
  serverHandshake: Bytes | null = null;
  clientTraffic: Bytes | null = null;
  serverTraffic: Bytes | null = null;
  /** Bytes of memory. */
  held = SESSION_BYTES;
  /** Whether nobody has claimed it for some time, see KeyStore.expire. */
  isOld = false;

  /** A secret that is there already stays: two clients may have told the same random. */
  set(name: SecretName, secret: Bytes): void {
    if (this[name] !== null) return;
    this[name] = secret;
    this.held += SECRET_BYTES + secret.length;
  }

  /** Overwrites all of them. */
  wipe(): void {
    for (const name of Object.values(FIELDS)) this[name]?.fill(0);
  }
}
