// webstat: shows which web hosts a machine talks to, from its network traffic.

import { run } from "./src/cli/run.ts";
import { dropRuntimeVariables } from "./src/cli/start.ts";

if (import.meta.main) {
  dropRuntimeVariables();
  Deno.exit(await run(Deno.args));
}
