import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { checkFolder, fileOwner, makeFolders, writePrivately } from "./private_file.ts";

const isRoot = Deno.uid() === 0;
const NOBODY = { uid: 65534, gid: 65534 };

async function withHome(test: (home: string) => void): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    test(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const namesIn = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("a file is replaced as a whole, and nobody else can read it", () =>
  withHome((home) => {
    const path = `${home}/picked.tsv`;
    const owner = { home, ids: null };
    checkFolder(path, owner);
    assert.deepEqual(namesIn(home), [], "a check leaves nothing");
    writePrivately(path, "one\n", owner);
    writePrivately(path, "two\n", owner);
    assert.equal(Deno.readTextFileSync(path), "two\n");
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    assert.deepEqual(namesIn(home), ["picked.tsv"]);
  }));

Deno.test("where writing fails, what was there stays", () =>
  withHome((home) => {
    const owner = { home, ids: null };
    Deno.mkdirSync(`${home}/folder`);
    assert.throws(() => writePrivately(`${home}/folder`, "x", owner), UserError);
    assert.throws(
      () => checkFolder(`${home}/none/x`, owner),
      /^UserError: Cannot write .*no such file or folder; .*--extract/,
    );
    assert.deepEqual(namesIn(home), ["folder"]);
  }));

Deno.test({
  name: "folders and files are the user's who called sudo" + (isRoot ? "" : " (needs root)"),
  ignore: !isRoot,
  fn: () =>
    withHome((home) => {
      Deno.mkdirSync(`${home}/.local`);
      const path = `${home}/.local/share/webstat/picked.tsv`;
      const owner = { home, ids: NOBODY };
      makeFolders(path, owner);
      makeFolders(path, owner);
      writePrivately(path, "x\n", owner);
      for (const each of [`${home}/.local/share`, `${home}/.local/share/webstat`, path]) {
        assert.equal(Deno.statSync(each).uid, NOBODY.uid, each);
      }
      assert.equal(Deno.statSync(`${home}/.local`).uid, 0, "what was there is left alone");
    }),
});

Deno.test("a link in the way is not followed", () =>
  withHome((home) => {
    Deno.mkdirSync(`${home}/elsewhere`);
    Deno.symlinkSync(`${home}/elsewhere`, `${home}/.local`);
    const path = `${home}/.local/share/webstat/picked.tsv`;
    assert.throws(() => makeFolders(path, { home, ids: null }), /not a folder/);
    assert.deepEqual(namesIn(`${home}/elsewhere`), []);
  }));

Deno.test("the owner is who called sudo, if root was asked for", () => {
  const env = (values: Record<string, string>) => (name: string) => values[name];
  const sudo = env({ SUDO_UID: "0", SUDO_GID: "0", HOME: "/home/x" });
  assert.deepEqual(fileOwner(sudo, 0), { home: "/root", ids: { uid: 0, gid: 0 } });
  assert.deepEqual(fileOwner(sudo, 1000), { home: "/home/x", ids: null });
  assert.deepEqual(fileOwner(env({ HOME: "/root" }), 0), { home: "/root", ids: null });
});
