// How long packets wait for the secrets that decrypt them.

import type { Batch } from "../capture/batch.ts";
import type { Delay } from "../capture/delayed_file.ts";
import { AwaitedSessions } from "../keylog/awaited_sessions.ts";
import type { KeyLogs } from "../keylog/key_logs.ts";
import type { KeyStore } from "../keylog/key_store.ts";

/**
 * Milliseconds that live packets wait: programs write secrets up to 18 ms after they use them. At most, if
 * sessions begin in them whose secrets are missing: a busy machine may not let a program run for long.
 */
const LIVE_DELAY = 100;
const MOST_LIVE_DELAY = 1000;
const ASKING_INTERVAL = 20;
/** The same of packets from pipes, which do not end sooner for it: of a command with `webstat run`. */
const PIPE_DELAY = 1500;
const MOST_PIPE_DELAY = 5000;

/** `keys`: what `keyLogs` has told. Null if there are none. */
export function delayForKeys(keyLogs: KeyLogs | null, keys: KeyStore): Delay | null {
  if (keyLogs === null) return null;
  const awaited = new AwaitedSessions(keys);
  const isTooEarly = (bytes: Uint8Array): boolean => {
    keyLogs.poll(performance.now());
    return awaited.areIn(bytes);
  };
  return { least: PIPE_DELAY, most: MOST_PIPE_DELAY, isTooEarly };
}

/** The same for live packets. */
export class LiveKeyDelay {
  readonly #keyLogs: KeyLogs;
  readonly #awaited: AwaitedSessions;

  constructor(keyLogs: KeyLogs, keys: KeyStore) {
    this.#keyLogs = keyLogs;
    this.#awaited = new AwaitedSessions(keys);
  }

  /** Waits until `batch` may be read, or `isOver`. */
  async wait(batch: Batch, isOver: () => boolean): Promise<void> {
    if (batch.count > 0 && !isOver()) {
      await pause(Math.min(LIVE_DELAY, LIVE_DELAY - ageOf(batch)));
      this.#keyLogs.poll(performance.now());
      this.#lookAt(batch);
      while (this.#awaited.areMissing && ageOf(batch) < MOST_LIVE_DELAY && !isOver()) {
        await pause(ASKING_INTERVAL);
        this.#keyLogs.poll(performance.now());
      }
    }
    this.#keyLogs.poll(performance.now());
  }

  #lookAt({ bytes, offset, captured, count }: Batch): void {
    this.#awaited.begin();
    for (let i = 0; i < count; i++) {
      this.#awaited.look(bytes, offset[i]!, offset[i]! + captured[i]!);
    }
  }
}

/** Milliseconds since its last packet. */
const ageOf = (batch: Batch): number => Date.now() - batch.time[batch.count - 1]! / 1000;

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
