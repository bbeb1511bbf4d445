// HTTP's basic authentication (RFC 7617) against bcrypt hashes.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { bcrypt } from "../../ffi/libcrypt.ts";

/** Correct passwords are remembered, as a hash takes long to compute. */
const MAX_KNOWN = 100;
/** Attempts that wait; hashes are computed one at a time. */
const MAX_WAITING = 16;

/** "busy": too many attempts wait. */
export type Verdict = "right" | "wrong" | "busy";

export class Authentication {
  readonly #users: ReadonlyMap<string, string>;
  /** Checked for unknown users, so that the time of an answer does not tell which users exist. */
  readonly #decoy: string;
  /** HMACs of correct credentials, with a key that only this process has. */
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

  /** The least recently used one is forgotten first. */
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

/** Null if it is not basic authentication, or contains a NUL, where bcrypt would cut the password. */
function credentialsOf(header = ""): { readonly user: string; readonly password: string } | null {
  const [, encoded] = /^basic +([a-z0-9+/]+=*)$/i.exec(header) ?? [];
  const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 0 || text.includes("\0")) return null;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The cost of a bcrypt hash: each step doubles the time. */
function costOf(hash: string): number {
  return Number(hash.split("$")[2]);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
