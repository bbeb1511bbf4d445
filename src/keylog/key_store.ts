// The secrets of sessions, found by the random of their ClientHello. Whoever may write to a key log can
// make it keep more: it is bounded, and the oldest go first that no connection has asked for.

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

/** When there are too many, so much of them goes at once: looking for the oldest one takes time. */
const KEPT_PART = 15 / 16;

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
  /** By random, one character a byte: those that no connection has, and those that one has; oldest first. */
  readonly #waiting = new Map<string, SessionSecrets>();
  readonly #claimed = new Map<string, SessionSecrets>();
  /** The newest randoms, in a ring. */
  readonly #recent: string[] = [];
  #added = 0;
  #held = 0;

  constructor(ledger: MemoryLedger) {
    this.#ledger = ledger;
    this.#limit = Math.min(MOST_BYTES, ledger.limit * MEMORY_SHARE);
  }

  get size(): number {
    return this.#waiting.size + this.#claimed.size;
  }

  /** Keeps a secret of the session with this random, of RANDOM_BYTES bytes. */
  add(name: SecretName, random: Uint8Array, secret: Bytes): void {
    this.isUsed = true;
    const key = latin1(random, 0, RANDOM_BYTES);
    const session = this.#claimed.get(key) ?? this.#waiting.get(key) ?? this.#begin(key);
    const before = session.held;
    session.set(name, secret);
    this.#charge(session.held - before);
    if (this.#held > this.#limit) this.#makeRoom();
  }

  #begin(key: string): SessionSecrets {
    const session = new SessionSecrets();
    this.#waiting.set(key, session);
    this.#recent[this.#added++ % MOST_CANDIDATES] = key;
    this.#charge(session.held);
    return session;
  }

  /** Whether there are secrets for this random. */
  has(random: Uint8Array): boolean {
    const key = latin1(random, 0, RANDOM_BYTES);
    return this.#claimed.has(key) || this.#waiting.has(key);
  }

  /** The secrets for the random at `at`, whose connection has come; null if there are none. */
  find(bytes: Uint8Array, at: number): SessionSecrets | null {
    const key = latin1(bytes, at, at + RANDOM_BYTES);
    const session = this.#claimed.get(key) ?? this.#waiting.get(key);
    if (session === undefined) return null;
    move(key, session, this.#waiting, this.#claimed);
    return session;
  }

  /**
   * The randoms of sessions that no connection has claimed, the likeliest first: live the newest, else those
   * that a key log has first. At most MOST_CANDIDATES.
   */
  *unclaimed(): Generator<Uint8Array> {
    const keys = this.forgets ? this.#newest() : this.#waiting.keys();
    let count = 0;
    for (const key of keys) {
      if (this.#waiting.has(key)) yield bytesOf(key);
      if (++count >= MOST_CANDIDATES) return;
    }
  }

  *#newest(): Generator<string> {
    for (let i = 1; i <= this.#recent.length; i++) {
      yield this.#recent[(this.#added - i) % MOST_CANDIDATES]!;
    }
  }

  /** The secrets for a random of `unclaimed`, which stays unclaimed. */
  peek(random: Uint8Array): SessionSecrets | null {
    return this.#waiting.get(latin1(random, 0, RANDOM_BYTES)) ?? null;
  }

  /**
   * Removes the secrets that nobody has claimed since the call before this one: their connection is not among
   * those that are captured, or another worker reads it.
   */
  expire(): void {
    if (!this.forgets) return;
    for (const [key, session] of this.#waiting) {
      if (session.isOld) this.#forget(this.#waiting, key, session);
      session.isOld = true;
    }
  }

  /** The session with the random at `at` has ended. */
  ended(bytes: Uint8Array, at: number): void {
    if (this.size === 0) return;
    const key = latin1(bytes, at, at + RANDOM_BYTES);
    const session = this.#claimed.get(key);
    if (session === undefined) return;
    if (this.forgets) this.#forget(this.#claimed, key, session);
    else move(key, session, this.#claimed, this.#waiting);
  }

  /** The oldest that nobody has claimed go first. */
  #makeRoom(): void {
    const most = this.#limit * KEPT_PART;
    for (const sessions of [this.#waiting, this.#claimed]) {
      for (const [key, session] of sessions) {
        if (this.#held <= most || this.size === 1) return;
        this.#remove(sessions, key, session);
        if (sessions === this.#waiting) session.wipe();
        this.#ledger.countEvicted("keys", "full");
      }
    }
  }

  #forget(sessions: Map<string, SessionSecrets>, key: string, session: SessionSecrets): void {
    this.#remove(sessions, key, session);
    session.wipe();
  }

  /** Connections that have the secrets go on with them. */
  #remove(sessions: Map<string, SessionSecrets>, key: string, session: SessionSecrets): void {
    sessions.delete(key);
    this.#charge(-session.held);
  }

  #charge(bytes: number): void {
    this.#held += bytes;
    this.#ledger.charge(HOLDER_INDEX.keys, bytes);
  }
}

/** Moves a session to the end of `to`. */
function move(
  key: string,
  session: SessionSecrets,
  from: Map<string, SessionSecrets>,
  to: Map<string, SessionSecrets>,
): void {
  from.delete(key);
  to.delete(key);
  to.set(key, session);
}

const bytesOf = (key: string): Uint8Array =>
  Uint8Array.from(key, (character) => character.charCodeAt(0));
