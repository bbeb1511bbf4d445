// Exits with 0 if `deno compile` can get its runtime stub: named by DENORT_BIN, in the cache, or from
// Deno's server. Checked first, because without a network compiling may try for minutes.
//
//   deno run -A scripts/find_runtime_stub.ts [TARGET]

import { existsSync } from "node:fs";

const PATIENCE_MS = 10_000;
const [target = Deno.build.target] = Deno.args;
const STUB = `release/v${Deno.version.deno}/denort-${target}.zip`;

async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function canFetch(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`https://dl.deno.land/${STUB}`, { method: "HEAD", signal });
    return answer.ok;
  } catch {
    return false;
  }
}

const found = Boolean(Deno.env.get("DENORT_BIN")) ||
  existsSync(`${await denoFolder()}/dl/${STUB}`) || await canFetch();
Deno.exit(found ? 0 : 1);
