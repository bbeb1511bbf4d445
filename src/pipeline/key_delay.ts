// How long packets from pipes wait for the secrets that decrypt them; the pipe does not end sooner for it.

import type { Delay } from "../capture/delayed_file.ts";
import { AwaitedSessions } from "../keylog/awaited_sessions.ts";
import type { KeyLogs } from "../keylog/key_logs.ts";
import type { KeyStore } from "../keylog/key_store.ts";

/** Milliseconds; at most, if sessions begin in them whose secrets are missing: a busy browser is slow. */
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
