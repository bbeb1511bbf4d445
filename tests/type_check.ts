// What TypeScript's compiler says of a text: a schema that is published as types is checked so.

import { ROOT } from "./docs/markdown.ts";
import { run } from "./lab/process.ts";

/** The errors in a text that is a module, with the imports of deno.json; "" if there are none. */
export async function typeErrors(source: string): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, source);
    const check = [Deno.execPath(), "check", "--config", `${ROOT}deno.json`, path];
    const { code, stderr } = await run(check, { mayFail: true, timeout: 120_000 });
    return code === 0 ? "" : stderr;
  } finally {
    await Deno.remove(path);
  }
}
