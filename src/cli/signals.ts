// What signals do: end, end at once, open files again, report.

import type { Io } from "./io.ts";
import type { Closing } from "./prepare.ts";

/** Statuses of a process that SIGINT or SIGQUIT has ended, as a shell tells them. */
const INTERRUPTED = 128 + 2;
const QUIT = 128 + 3;

export interface SignalActions {
  /** SIGINT and SIGTERM, and SIGHUP of a terminal that is gone. It may be called again. */
  stop(): void;
  /** Any other SIGHUP: log files were renamed, certificates renewed. */
  reopen(): void;
  /** SIGUSR1 */
  report(): void;
}

/** Until the end of the command. A second SIGINT or SIGTERM ends the process at once, as SIGQUIT does. */
export function handleSignals(io: Io, closing: Closing, actions: SignalActions): void {
  let stops = 0;
  const stop = () => {
    if (++stops > 1) io.exit(INTERRUPTED);
    actions.stop();
  };
  const handlers = {
    SIGINT: stop,
    SIGTERM: stop,
    SIGQUIT: () => io.exit(QUIT),
    SIGHUP: () => io.isTerminalGone() ? actions.stop() : actions.reopen(),
    SIGUSR1: () => actions.report(),
    // It would end the process, and all counts would be lost.
    SIGUSR2: () => {},
  } as const;
  for (const [signal, handler] of Object.entries(handlers)) {
    closing.atEnd(io.onSignal(signal as keyof typeof handlers, handler));
  }
}
