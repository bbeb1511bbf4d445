// The secrets of sessions, found by the random of their ClientHello. Whoever may write to a key log can
// make it keep more: it is bounded, and the one that was needed least recently goes first.

import { latin1 } from "../bytes.ts";
import type { Bytes } from "../crypto/cipher.ts";
import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import { type SecretName, SessionSecrets } from "./session_secrets.ts";

export const RANDOM_BYTES = 32;

/** More than 10,000 sessions of TLS 1.3. */
const MOST_BYTES = 16 * 2 ** 20;
/** Sessions that are tried for a connection whose ClientHello was not captured. */
const MOST_CANDIDATES = 128;
/** Of the memory that traffic may take. */
const MEMORY_SHARE = 1 / 8;

export class KeyStore {
  /**
   * Whether sessions are to be decrypted: with --keylog, or once a capture file has brought secrets.
   * Connections that begin before that are not.
   */
  isUsed = false;
  /** Whether secrets are forgotten when their session ends: they come again only if a file is read again. */
  forgets = false;
  readonly #ledger: MemoryLedger;
  readonly #limit: number;
  /** By random, one character a byte; the one that was needed least recently first. */
  readonly #sessions = new Map<string, SessionSecrets>();
  #held = 0;

  constructor(ledger: MemoryLedger) {
    this.#ledger = ledger;
    this.#limit = Math.min(MOST_BYTES, ledger.limit * MEMORY_SHARE);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Keeps a secret of the session with this random, of RANDOM_BYTES bytes. */
  add(name: SecretName, random: Uint8Array, secret: Bytes): void {
    this.isUsed = true;
    const key = latin1(random, 0, RANDOM_BYTES);
    const known = this.#sessions.get(key);
    const session = known ?? new SessionSecrets();
    const before = known?.held ?? 0;
    session.set(name, secret);
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    this.#charge(session.held - before);
    while (this.#held > this.#limit && this.#sessions.size > 1) this.#evict();
  }

  /** The secrets for the random at `at`; null if there are none. */
  find(bytes: Uint8Array, at: number): SessionSecrets | null {
    const key = latin1(bytes, at, at + RANDOM_BYTES);
    const session = this.#sessions.get(key);
    if (session === undefined) return null;
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    session.isClaimed = true;
    return session;
  }

  /**
   * The randoms of sessions that no connection has claimed, the likeliest first: live the newest, else those
   * that a key log has first. Some of them, if there are many.
   */
  unclaimed(): Uint8Array[] {
    const keys = [...this.#sessions].filter(([, { isClaimed }]) => !isClaimed).map(([key]) => key);
    const likely = this.forgets
      ? keys.slice(-MOST_CANDIDATES).reverse()
      : keys.slice(0, MOST_CANDIDATES);
    return likely.map((key) => Uint8Array.from(key, (character) => character.charCodeAt(0)));
  }

  /** The secrets for a random of `unclaimed`, which stays unclaimed. */
  peek(random: Uint8Array): SessionSecrets | null {
    return this.#sessions.get(latin1(random, 0, RANDOM_BYTES)) ?? null;
  }

  /**
   * Removes the secrets that nobody has claimed since the call before this one: their connection is not among
   * those that are captured, or another worker reads it.
   */
  expire(): void {
    if (!this.forgets) return;
    for (const [key, session] of this.#sessions) {
      if (session.isClaimed) continue;
      if (session.isOld) this.#forget(key, session);
      session.isOld = true;
    }
  }

  /** The session with the random at `at` has ended. */
  ended(bytes: Uint8Array, at: number): void {
    if (this.#sessions.size === 0) return;
    const key = latin1(bytes, at, at + RANDOM_BYTES);
    const session = this.#sessions.get(key);
    if (session === undefined) return;
    if (this.forgets) this.#forget(key, session);
    else session.isClaimed = false;
  }

  #forget(key: string, session: SessionSecrets): void {
    this.#remove(key, session);
    session.wipe();
  }

  #evict(): void {
    const [key, session] = this.#sessions.entries().next().value!;
    this.#remove(key, session);
    this.#ledger.countEvicted("keys", "full");
  }

  #remove(key: string, session: SessionSecrets): void {
    this.#sessions.delete(key);
    this.#charge(-session.held);
  }

  #charge(bytes: number): void {
    this.#held += bytes;
    this.#ledger.charge(HOLDER_INDEX.keys, bytes);
  }
}
