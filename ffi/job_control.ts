// Stopping this process for the shell that started it, as Ctrl-Z does for programs that leave the
// terminal's keys to the kernel.

import { libc } from "./libc.ts";

/** <signal.h>: Linux 20, macOS 18. */
const SIGTSTP = Deno.build.os === "darwin" ? 18 : 20;

/**
 * Stops every process of this one's group, as sudo must stop with its command. Returns when the
 * shell continues them; or soon, if the system ignores it as no shell could.
 */
export function stopJob(): void {
  libc().kill(0, SIGTSTP);
}
