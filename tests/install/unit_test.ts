// The service's unit: how exposed it is, as systemd counts it.

import assert from "node:assert/strict";
import { run } from "../lab/process.ts";

const FOLDER = decodeURIComponent(new URL("../../packaging/", import.meta.url).pathname);

/** From 0 to 10. */
async function exposure(unit: string): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/webstat.service`;
    await Deno.writeTextFile(path, unit);
    const { stdout } = await run(
      ["systemd-analyze", "security", "--offline=true", "--no-pager", path],
      { mayFail: true },
    );
    return Number(/exposure level for \S+ ([\d.]+)/.exec(stdout)?.[1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the unit and its example for --process start the program that is installed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const prefix of ["/usr", "/usr/local"]) {
      const to = folder + prefix;
      const command = [`${FOLDER}../scripts/lay_files`, to, prefix, "/units"];
      await run(command, { env: { binary: "/bin/true" }, timeout: 120_000 });
      for (
        const path of [
          "/units/webstat.service",
          `${prefix}/share/doc/webstat/examples/process.conf`,
        ]
      ) {
        const text = await Deno.readTextFile(to + path);
        const programs = [...text.matchAll(/^ExecStart=(\S+)/gm)].map(([, program]) => program!);
        assert.equal(programs.length, 1, path);
        assert.ok((await Deno.stat(to + programs[0]!)).isFile, path);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const read = (name: string): string => Deno.readTextFileSync(FOLDER + name);

Deno.test("the unit exposes at most 2.0 of 10", async () => {
  const found = await exposure(read("webstat.service"));
  assert.ok(found <= 2, String(found));
});

Deno.test("with what --process needs, it exposes at most 3.5 of 10", async () => {
  // As systemd reads a drop-in: its lines come after the unit's.
  const command = /^ExecStart=.*\n/gm;
  const unit = read("webstat.service").replace(/^\[Install\]\n(.*\n)*/m, "").replace(command, "");
  const found = await exposure(unit + read("webstat-process.conf").replace(/^ExecStart=\n/m, ""));
  assert.ok(found <= 3.5, String(found));
});
