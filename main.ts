// webstat: watches network traffic and tells which web hosts are talked to.

import { run } from "./src/cli/run.ts";

if (import.meta.main) Deno.exit(await run(Deno.args));
