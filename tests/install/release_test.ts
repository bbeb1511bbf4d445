// What is made for another kind of machine than this one.

import assert from "node:assert/strict";
import { run } from "../lab/process.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);
const KINDS = { 62: "x86_64", 183: "aarch64" } as const;

/** The beginning of an executable for a machine, by e_machine of elf(5). */
async function executable(path: string, machine: number): Promise<void> {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46]);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  await Deno.writeFile(path, bytes, { mode: 0o755 });
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const isDebian = Deno.build.os === "linux" &&
  await run(["dpkg-deb", "--version"], { mayFail: true }).then(() => true, () => false);

Deno.test({
  name: `a package is for the kind of machine of its executable${
    isDebian ? "" : " (needs Debian)"
  }`,
  ignore: !isDebian,
  fn: () =>
    withFolder(async (folder) => {
      const architectures: string[] = [];
      for (const machine of Object.keys(KINDS).map(Number)) {
        const binary = `${folder}/webstat-${machine}`;
        await executable(binary, machine);
        const command = [`${ROOT}scripts/package`, "--binary", binary, "--output", folder];
        const { stdout } = await run(command, { timeout: 120_000 });
        const { stdout: field } = await run(["dpkg-deb", "-f", stdout.trim(), "Architecture"]);
        architectures.push(field.trim());
      }
      assert.deepEqual(architectures, ["amd64", "arm64"]);
      const wrong = `${folder}/webstat-3`;
      await executable(wrong, 3);
      const command = [`${ROOT}scripts/package`, "--binary", wrong];
      const { code, stderr } = await run(command, { mayFail: true });
      assert.equal(code, 1);
      assert.match(stderr, /^scripts\/package: .* is no executable for x86_64 or aarch64\n$/);
    }),
});

Deno.test("a release refuses the runtime stub of another kind of machine in one line", () =>
  withFolder(async (folder) => {
    for (const [machine, kind] of Object.entries(KINDS)) {
      const stub = `${folder}/denort-${machine}`;
      await executable(stub, Number(machine));
      const [other] = Object.values(KINDS).filter((each) => each !== kind);
      const variable = `DENORT_BIN_${other!.toUpperCase()}`;
      const { code, stderr } = await run([`${ROOT}scripts/release`, other!], {
        env: { [variable]: stub },
        mayFail: true,
      });
      assert.equal(code, 1);
      const answer =
        `scripts/release: ${stub} is no runtime stub for ${other}: name one with ${variable}\n`;
      assert.equal(stderr, answer);
    }
  }));
