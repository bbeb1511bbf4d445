// The environment of a command that `webstat run` starts.

import { withDroppedVariables } from "./start.ts";

/**
 * This process's own, with what makes programs write the secrets of their TLS sessions to `keyLog`; null
 * if they are not to.
 */
export function commandEnvironment(
  own: Readonly<Record<string, string>>,
  keyLog: string | null,
): Record<string, string> {
  const environment = withDroppedVariables(own);
  if (keyLog === null) return environment;
  environment.SSLKEYLOGFILE = keyLog;
  // Node.js does not look at the variable.
  environment.NODE_OPTIONS = [environment.NODE_OPTIONS, `--tls-keylog=${keyLog}`]
    .filter(Boolean).join(" ");
  return environment;
}
