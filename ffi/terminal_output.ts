// Standard output, put aside for a screen.

import { libc } from "./libc.ts";
import { RawFile } from "./raw_file.ts";

const OUTPUT = 1;

/**
 * Makes the terminal of this process its standard output. Returns the descriptor of what was it before;
 * null, and nothing is changed, if there is no terminal. The runtime uses copies that it made at its
 * start, so only a program that is started after this sees the change.
 */
export function outputOnTerminal(): number | null {
  const terminal = RawFile.tryOpen("/dev/tty", { write: true });
  if (terminal === null) return null;
  const before = libc().dup(OUTPUT);
  if (before >= 0) libc().dup2(terminal.descriptor, OUTPUT);
  terminal.close();
  return before < 0 ? null : before;
}
