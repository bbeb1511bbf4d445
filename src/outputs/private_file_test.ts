import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { fileOwner, makeFolders, PrivateFile } from "./private_file.ts";

const isRoot = Deno.uid() === 0;
const NOBODY = { uid: 65534, gid: 65534 };
/** Whose files are this process's anyway. */
const ownerOf = (home: string) => ({ home, ids: null, isHomeTheirs: true });

async function withHome(test: (home: string) => void | Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await test(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function rootTest(name: string, test: (home: string) => void | Promise<void>): void {
  const what = isRoot ? name : `${name} (needs root)`;
  Deno.test({ name: what, ignore: !isRoot, fn: () => withHome(test) });
}

const namesIn = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("a file is replaced as a whole, and nobody else can read it", () =>
  withHome((home) => {
    const path = `${home}/picked.tsv`;
    const file = new PrivateFile(path, ownerOf(home));
    assert.deepEqual(namesIn(home), [], "opening it leaves nothing");
    assert.equal(file.read(100), null);
    file.write("one\n");
    const before = Deno.openSync(path);
    file.write("two\n");
    assert.equal(before.readSync(new Uint8Array(9)), 4);
    before.close();
    assert.equal(Deno.readTextFileSync(path), "two\n");
    assert.deepEqual([file.read(100), file.read(4), file.read(3)], ["two\n", "two\n", null]);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    assert.deepEqual(namesIn(home), ["picked.tsv"]);
  }));

Deno.test("the mode of a file that is there is kept", () =>
  withHome((home) => {
    const path = `${home}/picked.tsv`;
    Deno.writeTextFileSync(path, "old");
    Deno.chmodSync(path, 0o640);
    new PrivateFile(path, ownerOf(home)).write("new");
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o640);
  }));

Deno.test("a device is never replaced by a file", () =>
  withHome((home) => {
    assert.throws(
      () => new PrivateFile("/dev/null", ownerOf(home), "--json"),
      /^UserError: Cannot write \/dev\/null: it is no regular file; name another file with --json$/,
    );
  }));

Deno.test("where writing fails, what was there stays", () =>
  withHome((home) => {
    const file = new PrivateFile(`${home}/folder`, ownerOf(home));
    Deno.mkdirSync(`${home}/folder`);
    assert.throws(() => file.write("x"), UserError);
    assert.throws(
      () => new PrivateFile(`${home}/none/x`, ownerOf(home)),
      /^UserError: Cannot write .*no such file or.*; .*--extract/,
    );
    assert.deepEqual(namesIn(home), ["folder"]);
  }));

rootTest("folders and files are the user's who called sudo", (home) => {
  Deno.chmodSync(home, 0o777);
  Deno.mkdirSync(`${home}/.local`);
  const path = `${home}/.local/share/webstat/picked.tsv`;
  const owner = { home, ids: NOBODY, isHomeTheirs: true };
  makeFolders(path, owner);
  makeFolders(path, owner);
  new PrivateFile(path, owner).write("x\n");
  for (const each of [`${home}/.local/share`, `${home}/.local/share/webstat`, path]) {
    assert.equal(Deno.statSync(each).uid, NOBODY.uid, each);
  }
  assert.equal(Deno.statSync(`${home}/.local`).uid, 0, "what was there is left alone");
});

/** What is left of root's rights is tested in a process of its own. */
async function asNobody(home: string, program: string): Promise<void> {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    import { becomeUser } from ${url("../../ffi/credentials.ts")};
    import { makeFolders, PrivateFile } from ${url("private_file.ts")};
    const owner = {
      home: ${JSON.stringify(home)}, ids: { uid: 65534, gid: 65534 }, isHomeTheirs: false,
    };
    ${program}`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, code);
  const args = ["run", "-A", "--no-check", file];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  await Deno.remove(file);
}

rootTest("in root's home, whom root becomes writes to webstat's folder alone", async (home) => {
  await asNobody(
    home,
    `
    const path = owner.home + "/.local/share/webstat/picked.tsv";
    makeFolders(path, owner);
    const file = new PrivateFile(path, owner);
    if (!becomeUser(65534, 65534)) throw new Error("not nobody");
    file.write("one");
    file.write("two");
    if (file.read(100) !== "two") throw new Error("not read");
  `,
  );
  const path = `${home}/.local/share/webstat/picked.tsv`;
  assert.equal(Deno.readTextFileSync(path), "two");
  assert.deepEqual(
    [home, `${home}/.local/share`, `${home}/.local/share/webstat`, path]
      .map((each) => Deno.statSync(each).uid),
    [0, 0, NOBODY.uid, NOBODY.uid],
  );
});

rootTest(
  "a file in a folder that is root's is opened before, and written in place",
  async (home) => {
    Deno.writeTextFileSync(`${home}/old.tsv`, "something long");
    await asNobody(
      home,
      `
    const files = ["old", "new"].map((name) => new PrivateFile(owner.home + "/" + name + ".tsv", owner));
    if (!becomeUser(65534, 65534)) throw new Error("not nobody");
    for (const file of files) {
      file.write("longer than the next");
      file.write("short");
    }
  `,
    );
    for (const [name, uid] of [["old", 0], ["new", NOBODY.uid]] as const) {
      const path = `${home}/${name}.tsv`;
      assert.equal(Deno.readTextFileSync(path), "short");
      assert.equal(Deno.statSync(path).uid, uid, name);
    }
    assert.deepEqual(namesIn(home).sort(), ["new.tsv", "old.tsv"]);
  },
);

Deno.test("a link in the way is not followed", () =>
  withHome((home) => {
    Deno.mkdirSync(`${home}/elsewhere`);
    Deno.symlinkSync(`${home}/elsewhere`, `${home}/.local`);
    const path = `${home}/.local/share/webstat/picked.tsv`;
    assert.throws(() => makeFolders(path, ownerOf(home)), /not a folder/);
    assert.deepEqual(namesIn(`${home}/elsewhere`), []);
  }));

Deno.test("the owner is whom the process becomes; the home is theirs, if they asked", () => {
  const env = (name: string) => ({ HOME: "/root" })[name];
  const user = { name: "ada", uid: 5, gid: 6, home: "/home/ada" };
  const ids = { uid: 5, gid: 6 };
  assert.deepEqual(fileOwner(env, null), { home: "/root", ids: null, isHomeTheirs: true });
  for (const from of ["sudo", "option"] as const) {
    const theirs = { home: "/home/ada", ids, isHomeTheirs: true };
    assert.deepEqual(fileOwner(env, { ...user, from }), theirs);
  }
  const roots = { home: "/root", ids, isHomeTheirs: false };
  assert.deepEqual(fileOwner(env, { ...user, from: "usual" }), roots);
  assert.deepEqual(fileOwner(env, { ...user, home: "", from: "sudo" }), roots);
});
