// Loads Ink and React, which takes long, while the capture is being opened.

import type * as screen from "../ui/terminal/screen.tsx";

export type ScreenModule = Pick<typeof screen, "openScreen" | "raisePriority" | "terminalSize">;

export function loadScreen(): Promise<ScreenModule> {
  // Without it React runs its slow development checks.
  Deno.env.set("NODE_ENV", "production");
  return import("../ui/terminal/screen.tsx");
}
