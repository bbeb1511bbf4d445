// Starts the thread that watches processes.

import { UserError } from "../errors.ts";
import type { WatchCommand, WatchLine, WatchOpened } from "./process_messages.ts";

/** The thread, from the side that has started it. */
export interface WatchThread {
  /** Fulfilled once all is open: why nothing can be traced, or null. Rejected with UserError. */
  readonly opened: Promise<string | null>;
  close(): void;
}

/**
 * `lines`: one for each thread that is to be told. `commandLines`: whether whole command lines are.
 * `failed` hears, once, why nobody is told any more.
 */
export function startWatch(
  lines: readonly WatchLine[],
  commandLines: boolean,
  failed: (reason: string) => void,
): WatchThread {
  const thread = new Worker(new URL("./process_thread.ts", import.meta.url), {
    type: "module",
    name: "processes",
  });
  const opened = Promise.withResolvers<string | null>();
  let isOpen = false;
  const fail = (message: string) => {
    const reason = `--process failed (${message}): please report it as a bug`;
    if (!isOpen) return opened.reject(new UserError(reason));
    thread.onerror = (event) => event.preventDefault();
    thread.terminate();
    failed(`${reason}; what is connected from now on has no program`);
  };
  thread.onmessage = ({ data }: MessageEvent<WatchOpened>) => {
    if (data.failure !== null) return fail(data.failure);
    isOpen = true;
    opened.resolve(data.refusal);
  };
  thread.onerror = (event) => {
    // Unless prevented, the runtime prints a stack trace and ends the whole process.
    event.preventDefault();
    fail(event.message);
  };
  const command: WatchCommand = { commandLines, lines };
  thread.postMessage(command, lines.map(({ port }) => port));
  return { opened: opened.promise, close: () => thread.terminate() };
}
