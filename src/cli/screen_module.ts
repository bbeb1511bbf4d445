// Ink and React take their time to load: that is done while the capture is being opened.

import type * as screen from "../ui/terminal/screen.tsx";

export type ScreenModule = Pick<typeof screen, "openScreen" | "terminalSize">;

/** Loads what draws the screen. */
export function loadScreen(): Promise<ScreenModule> {
  // React checks itself at every step unless told that it is in use.
  Deno.env.set("NODE_ENV", "production");
  return import("../ui/terminal/screen.tsx");
}
