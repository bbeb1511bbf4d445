// Checkouts for tests that set webstat up.

import { run } from "./lab/process.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** A checkout as a stranger has it: what is in the repository, and what is about to be. */
export async function freshCheckout(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const list = "git -c safe.directory='*' ls-files --cached --others --exclude-standard -z";
  const copy = `cd "$0" && ${list} | tar -cf - --null -T - | tar -xf - -C "$1"`;
  await run(["sh", "-c", copy, ROOT, folder]);
  // If setup made a Deno for this checkout alone.
  await run(["cp", "-rP", `${ROOT}.deno`, folder], { mayFail: true });
  return folder;
}

/** Whether ./webstat is a script that runs a checkout: without a runtime stub no binary can be made. */
export async function isLauncher(file: string): Promise<boolean> {
  using opened = await Deno.open(file);
  const start = new Uint8Array(2);
  await opened.read(start);
  return new TextDecoder().decode(start) === "#!";
}
