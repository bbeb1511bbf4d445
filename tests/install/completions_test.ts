// Completions of the shells, asked as the shells themselves ask for them.

import assert from "node:assert/strict";
import { completions } from "../../scripts/completions.ts";
import { run } from "../lab/process.ts";

async function withScript(shell: string, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, completions(shell));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** What bash offers for the last of these words. */
async function bash(path: string, ...words: readonly string[]): Promise<string[]> {
  const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _webstat
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run(["bash", "--norc", "-c", script, path, ...words]);
  return stdout.split("\n").filter((line) => line !== "");
}

Deno.test("bash completes commands, options, values, interfaces and files", async () => {
  await withScript("bash", async (path) => {
    assert.deepEqual(await bash(path, "webstat", "sn"), ["sniff"]);
    assert.deepEqual(await bash(path, "webstat", "analyze", "--extr"), ["--extract"]);
    assert.deepEqual(await bash(path, "webstat", "sniff", "--log-format", ""), ["text", "json"]);
    assert.deepEqual(await bash(path, "webstat", "sniff", "-i", "eth9", "an"), ["any"]);
    assert.ok((await bash(path, "webstat", "sniff", "-i", "")).includes("lo"));
    assert.ok((await bash(path, "webstat", "sniff", "-r", "/etc/host"))
      .includes("/etc/hosts"));
    assert.ok((await bash(path, "webstat", "sniff", "--json", "/etc/host"))
      .includes("/etc/hosts"));
    assert.deepEqual(await bash(path, "webstat", "sniff", "--json", "--q"), ["--quiet"]);
    assert.deepEqual(await bash(path, "webstat", "sniff", "--max-hosts", ""), []);
    assert.deepEqual(await bash(path, "webstat", "config", "ch"), ["check"]);
    assert.deepEqual(await bash(path, "webstat", "sniff", "--metrics", "-pha"), ["-phases"]);
    assert.ok((await bash(path, "webstat", "run", "--", "bas")).includes("bash"));
  });
});

Deno.test("nothing that was typed is run", async () => {
  await withScript("bash", async (path) => {
    const touched = `${path}.touched`;
    await bash(path, "webstat", "sniff", `$(touch ${touched})`, `$(touch ${touched})`);
    assert.rejects(Deno.stat(touched));
  });
});

Deno.test("fish completes commands, options, values and interfaces", async () => {
  await withScript("fish", async (path) => {
    const ask = async (line: string) => {
      const { stdout } = await run([
        ...["fish", "--no-config", "-c"],
        `source ${path}; complete -C ${JSON.stringify(line)}`,
      ]);
      return stdout.split("\n").map((each) => each.split("\t")[0]!).filter((each) => each !== "");
    };
    assert.deepEqual(await ask("webstat sn"), ["sniff"]);
    assert.deepEqual((await ask("webstat sniff --log-format ")).sort(), ["json", "text"]);
    assert.ok((await ask("webstat sniff -i ")).includes("lo"));
    assert.ok((await ask("webstat analyze --extr")).includes("--extract"));
    assert.deepEqual((await ask("webstat config ")).sort(), ["check", "show"]);
  });
});

Deno.test("zsh reads its completions, and knows their function", async () => {
  await withScript("zsh", async (path) => {
    const script = `autoload -U compinit; compinit -u -D; words=(webstat --version); CURRENT=2
functions[check]=$(<${path}); whence -w check`;
    assert.equal((await run(["zsh", "-f", "-c", script])).stdout, "check: function\n");
    await run(["zsh", "-n", path]);
  });
});
