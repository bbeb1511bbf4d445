// HTTP's basic authentication (RFC 7617) against bcrypt hashes.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { bcrypt } from "../../ffi/libcrypt.ts";

/** Passwords that were right lately, so that not each scrape costs a hash. */
const MAX_KNOWN = 100;
/** Who waits for a hash to be made; one is made at a time. */
const MAX_WAITING = 16;

/** What became of an attempt; "busy" if too many wait. */
export type Verdict = "right" | "wrong" | "busy";

export class Authentication {
  readonly #users: ReadonlyMap<string, string>;
  /** Keeps how long an answer takes from telling which users there are. */
  readonly #decoy: string;
  /** Of those that were right; without the key, that only this process has, they say nothing. */
  readonly #known = new Set<string>();
  readonly #key = randomBytes(32);
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `users`: names, and their hashes ("$2y$10$..."). At least one. */
  constructor(users: ReadonlyMap<string, string>) {
    this.#users = users;
    this.#decoy = [...users.values()].reduce((a, b) => costOf(b) > costOf(a) ? b : a);
  }

  /** `header`: the value of Authorization. */
  async check(header: string | undefined): Promise<Verdict> {
    const credentials = credentialsOf(header);
    if (credentials === null) return "wrong";
    const { user, password } = credentials;
    const hash = this.#users.get(user);
    const id = this.#idOf(user, hash ?? "", password);
    if (this.#known.has(id)) return this.#remember(id);
    if (this.#waiting >= MAX_WAITING) return "busy";
    const made = await this.#inTurn(() => bcrypt(password, hash ?? this.#decoy));
    if (hash === undefined || !isSame(made, hash)) return "wrong";
    return this.#remember(id);
  }

  /** The one that was used longest ago goes first. */
  #remember(id: string): "right" {
    this.#known.delete(id);
    this.#known.add(id);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.values().next().value!);
    return "right";
  }

  #idOf(...parts: readonly string[]): string {
    return createHmac("sha256", this.#key).update(JSON.stringify(parts)).digest("base64");
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }
}

/** Null if it is not basic authentication, or has a NUL, at which bcrypt would end a password. */
function credentialsOf(header = ""): { readonly user: string; readonly password: string } | null {
  const [, encoded] = /^basic +([a-z0-9+/]+=*)$/i.exec(header) ?? [];
  const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 0 || text.includes("\0")) return null;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** bcrypt's: each step doubles the time. */
function costOf(hash: string): number {
  return Number(hash.split("$")[2]);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
