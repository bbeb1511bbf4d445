// All key logs of a capture: read whole before files are, followed while packets come.

import { UserError } from "../errors.ts";
import { KeyLogFile } from "./key_log_file.ts";
import type { KeyStore } from "./key_store.ts";
import type { SharedPipe } from "./shared_pipe.ts";

/** Milliseconds between two looks at the files, which takes about 20 µs each. */
const INTERVAL = 10;
/** Bytes of a file that are read before packets are, and with each look: 400 lines, in 2 ms. */
const MOST_AT_FIRST = 256 << 20;
const MOST_AT_ONCE = 1 << 16;
/** Milliseconds after which secrets go that no connection has asked for. */
const LIFETIME = 60_000;

export class KeyLogs {
  readonly #files: readonly KeyLogFile[];
  /** None of them if all were read whole. */
  #followed: readonly KeyLogFile[] = [];
  readonly #warn: (message: string) => void;
  /** Those with a problem, which is told once. */
  readonly #troubled = new Set<KeyLogFile>();
  readonly #store: KeyStore;
  #polledAt = -INTERVAL;
  #expiredAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `pipes`: for each path, what workers share; none if there is only one. */
  constructor(
    paths: readonly string[],
    store: KeyStore,
    warn: (message: string) => void,
    pipes: readonly SharedPipe[] = [],
  ) {
    this.#files = paths.map((path, i) => new KeyLogFile(path, store, pipes[i]));
    this.#warn = warn;
    this.#store = store;
    store.isUsed = true;
  }

  /** Reads all there is, up to the ends of pipes. Throws UserError if a file is missing, or cannot be read. */
  async readAll(): Promise<void> {
    for (const file of this.#files) {
      while (!file.poll()) await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      if (!file.isThere) {
        throw new UserError(`Cannot read the key log "${file.path}": no such file or folder`);
      }
      file.close();
    }
  }

  /** Begins to follow the files. Throws UserError if a file is there, but cannot be read. */
  open(): void {
    this.#followed = this.#files;
    for (const file of this.#files) {
      file.poll(MOST_AT_FIRST);
      if (file.isExposed) {
        this.#warn(`${file.path} can be read by other users, who can decrypt what it has keys for`);
      }
    }
    // Other workers wait for what is in a pipe, also while no packets come.
    if (!this.#files.some(({ feedsOthers }) => feedsOthers)) return;
    this.#timer = setInterval(() => this.poll(performance.now()), INTERVAL);
  }

  /** Reads what was written to those that are followed, at most every INTERVAL; `now` in milliseconds. */
  poll(now: number): void {
    if (now - this.#polledAt < INTERVAL) return;
    this.#polledAt = now;
    for (const file of this.#followed) this.#pollOne(file);
    if (now - this.#expiredAt < LIFETIME) return;
    this.#expiredAt = now;
    this.#store.expire();
  }

  #pollOne(file: KeyLogFile): void {
    try {
      file.poll(MOST_AT_ONCE);
      this.#troubled.delete(file);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!this.#troubled.has(file)) this.#warn(error.message);
      this.#troubled.add(file);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const file of this.#files) file.close();
  }
}
