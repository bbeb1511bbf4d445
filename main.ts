// webstat: shows which web hosts a machine talks to, from its network traffic.

import { run } from "./src/cli/run.ts";

if (import.meta.main) Deno.exit(await run(Deno.args));
