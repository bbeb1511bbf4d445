import assert from "node:assert/strict";
import { fileOwner } from "../outputs/private_file.ts";
import { FakeUser } from "../ui/testing.ts";
import { savedText } from "../ui/state/saved_view.ts";
import { StateFile } from "./state_file.ts";
import { FakeIo } from "./testing.ts";

const TEXT = savedText(new FakeUser().state, []);

function open(env: Record<string, string> = {}): StateFile | null {
  return StateFile.open(new FakeIo(env), fileOwner((name) => env[name], null));
}

async function withFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the file is in XDG_STATE_HOME, else below the home, and only its owner can read it", () =>
  withFolder((folder) => {
    for (
      const [env, path] of [
        [{ XDG_STATE_HOME: folder, HOME: "/dev/null" }, `${folder}/webstat/analyze.json`],
        [{ HOME: folder }, `${folder}/.local/state/webstat/analyze.json`],
        [
          { HOME: folder, XDG_STATE_HOME: `${folder}/new/state` },
          `${folder}/new/state/webstat/analyze.json`,
        ],
      ] as const
    ) {
      const file = open(env)!;
      assert.equal(file.path, path);
      assert.equal(file.read(), null);
      assert.equal(file.write(TEXT), null);
      assert.equal(file.read()?.sort, "requests_handshakes");
      assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    }
  }));

Deno.test("without a place to write nothing is kept", () => {
  assert.equal(open(), null);
  assert.equal(open({ HOME: "/dev/null" }), null);
  assert.equal(open({ XDG_STATE_HOME: "/proc/self" }), null);
});

Deno.test("links, pipes and large files are not read", () =>
  withFolder(async (folder) => {
    const file = open({ XDG_STATE_HOME: folder })!;
    Deno.writeTextFileSync(`${folder}/secret`, TEXT);
    Deno.symlinkSync(`${folder}/secret`, file.path);
    assert.equal(file.read(), null);
    Deno.removeSync(file.path);
    const { success } = await new Deno.Command("mkfifo", { args: [file.path] }).output();
    assert.ok(success);
    assert.equal(file.read(), null);
    Deno.removeSync(file.path);
    Deno.writeTextFileSync(file.path, TEXT + " ".repeat(9_000_000));
    assert.equal(file.read(), null);
  }));

Deno.test("a failed write is a warning", () =>
  withFolder((folder) => {
    const file = open({ XDG_STATE_HOME: folder })!;
    Deno.mkdirSync(file.path);
    assert.match(file.write(TEXT)!, /analyze\.json/);
    assert.match(file.write(" ".repeat(9_000_000))!, /too many/);
  }));
