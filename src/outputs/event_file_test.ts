import assert from "node:assert/strict";
import { lchownSync } from "node:fs";
import type { AppendedFileOwner } from "./appended_file.ts";
import { EventFile } from "./event_file.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const OWNER: AppendedFileOwner = { ids: null, trusted: new Set([0]) };

function open(path: string, mayDrop = true): { file: EventFile; warnings: string[] } {
  const file = EventFile.open(path, { owner: OWNER, mayDrop });
  const warnings: string[] = [];
  file.warn = (message) => warnings.push(message);
  return { file, warnings };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makePipe(path: string): Promise<void> {
  await new Deno.Command("mkfifo", { args: [path] }).output();
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("events: lines are appended, and nobody else may read a new file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/events`;
    const lines = ['{"ts":1}\n', '{"ts":2}\n'];
    for (const line of lines) {
      const { file } = open(path);
      await file.write(bytes(line));
      file.close();
    }
    assert.equal(await Deno.readTextFile(path), lines.join(""));
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    await Deno.chmod(path, 0o640);
    open(path).file.close();
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
  });
});

Deno.test("events: a place that cannot be written is told in one line", () => {
  assert.throws(() => open("/"), /^UserError: Cannot open \/ for events: it is a folder; /);
  assert.throws(() => open("/no/such/file"), /no such file or folder; give --events/);
});

Deno.test("events: what cannot be written is dropped, counted, and said once", async () => {
  const { file, warnings } = open("/dev/full");
  for (let i = 0; i < 3; i++) await file.write(bytes("one\ntwo\n"));
  assert.equal(file.dropped, 6);
  assert.deepEqual(warnings, [
    "Events are dropped: /dev/full cannot be written (no space left on device)",
  ]);
  file.close();
});

Deno.test("events: where none may be dropped, a failed write is an error", async () => {
  const { file } = open("/dev/full", false);
  const message = /^UserError: Cannot write events to \/dev\/full: no space left on device; /;
  await assert.rejects(file.write(bytes("one\n")), message);
  file.close();
});

Deno.test("events: a full disk leaves whole lines behind, and what has room later is written", async () => {
  await inFolder(async (folder) => {
    // A limit on the size of files stands in for the disk: 1 block of 1024 bytes.
    const script = `
      import { EventFile } from ${JSON.stringify(import.meta.resolve("./event_file.ts"))};
      const owner = { ids: null, trusted: new Set([0]) };
      const file = EventFile.open("events", { owner, mayDrop: true });
      const line = new TextEncoder().encode("x".repeat(99) + "\\n");
      for (let i = 0; i < 20; i++) await file.write(line);
      Deno.truncateSync("events", 500);
      await file.write(line);
      console.log(file.dropped);`;
    await Deno.writeTextFile(`${folder}/write.ts`, script);
    const { stdout } = await new Deno.Command("bash", {
      args: [
        "-c",
        `trap '' XFSZ; ulimit -f 1; exec "$0" run -A --no-config write.ts`,
        Deno.execPath(),
      ],
      env: { DENO_DIR: folder + "/cache" },
      cwd: folder,
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "10\n");
    assert.equal(await Deno.readTextFile(`${folder}/events`), ("x".repeat(99) + "\n").repeat(6));
  });
});

/** Pipes hold 64 KiB. */
const BLOCK = 50_000;
const block = (letter: string) => bytes(`${letter.repeat(BLOCK - 1)}\n`);

Deno.test("events: a pipe that nobody reads keeps whole lines, and is not waited for", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/pipe`;
    await makePipe(path);
    const began = performance.now();
    const { file, warnings } = open(path);
    for (const letter of ["a", "b", "c", "d"]) await file.write(block(letter));
    assert.ok(performance.now() - began < 2500);
    // Of the second the pipe has a part: it has to get the rest.
    assert.equal(file.dropped, 2);
    assert.match(
      warnings.join("\n"),
      /^Events are dropped: .*pipe cannot be written \(nobody reads it\)$/,
    );

    const reading = new Deno.Command("head", { args: ["-n", "3", path] }).output();
    await pause(200);
    await file.write(block("e"));
    const { stdout } = await reading;
    const read = new TextDecoder().decode(stdout).split("\n").map((line) =>
      `${line[0]} ${line.length}`
    );
    assert.deepEqual(read.slice(0, 3), ["a", "b", "e"].map((letter) => `${letter} ${BLOCK - 1}`));
    assert.equal(file.dropped, 2);
    file.close();
  });
});

Deno.test("events: a reader that is slow gets all, if it reads on", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/pipe`;
    await makePipe(path);
    const script = `sleep 0.3; exec wc -c`;
    const reader = new Deno.Command("sh", {
      args: ["-c", `(${script}) < ${path}`],
      stdout: "piped",
    })
      .spawn();
    await pause(100);
    const { file } = open(path);
    for (let i = 0; i < 10; i++) await file.write(bytes(`${"x".repeat(49_999)}\n`));
    file.close();
    assert.equal(new TextDecoder().decode((await reader.output()).stdout).trim(), "500000");
    assert.equal(file.dropped, 0);
  });
});

Deno.test("events: where none may be dropped, a pipe's reader is waited for", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/pipe`;
    await makePipe(path);
    const { file, warnings } = open(path, false);
    const writing = Promise.all([file.write(block("a")), file.write(block("b"))]);
    await pause(1300);
    assert.match(warnings[0]!, /^Waiting for somebody to read /);
    const { stdout } = await new Deno.Command("head", { args: ["-n", "2", path] }).output();
    await writing;
    assert.equal(stdout.length, 2 * BLOCK);
    file.close();
  });
});

Deno.test("events: reopened, they go into the file that has the name now", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/events`;
    const { file } = open(path);
    await file.write(bytes("one\n"));
    await Deno.rename(path, `${path}.1`);
    await file.write(bytes("two\n"));
    await file.reopen();
    await file.write(bytes("three\n"));
    assert.equal(await Deno.readTextFile(`${path}.1`), "one\ntwo\n");
    assert.equal(await Deno.readTextFile(path), "three\n");
    await Deno.remove(path);
    await Deno.mkdir(path);
    const message = /^UserError: Cannot open .* again: it is a folder; events still go into/;
    await assert.rejects(file.reopen(), message);
    await file.write(bytes("four\n"));
    file.close();
  });
});

Deno.test("events: what is no file of them is left unchanged, at the start and reopened", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/events`;
    const { file } = open(path);
    await file.write(bytes('{"ts":1}\n'));
    await Deno.rename(path, `${path}.1`);
    await Deno.symlink(`${folder}/foreign`, path);
    for (const text of ["my notes", "\xd4\xc3\xb2\xa1\x02", '{"webstat":"1"}\n', "\n"]) {
      await Deno.writeTextFile(`${folder}/foreign`, text);
      assert.throws(() => open(path), {
        message:
          `${path} is no file of events and is left unchanged: name another file with --events`,
        usage: true,
      });
      await assert.rejects(
        file.reopen(),
        /Cannot open .*events again: it is no file of events; events/,
      );
      await file.write(bytes('{"ts":2}\n'));
      assert.equal(await Deno.readTextFile(path), text);
    }
    file.close();
    assert.equal(await Deno.readTextFile(`${path}.1`), '{"ts":1}\n' + '{"ts":2}\n'.repeat(4));
  });
});

Deno.test("events: the beginning of a line that a killed process left is taken away", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/events`;
    const whole = '{"ts":1,"kind":"dns"}\n';
    const ends: readonly (readonly [string, string])[] = [
      [whole, whole],
      [`${whole}{"ts":2,"ki`, whole],
      ['{"ts":2,"ki', ""],
      ['{"t', ""],
      [`${whole}a note`, `${whole}a note\n`],
      ["", ""],
    ];
    for (const [before, after] of ends) {
      await Deno.writeTextFile(path, before);
      const { file } = open(path);
      await file.write(bytes(whole));
      file.close();
      assert.equal(await Deno.readTextFile(path), after + whole);
    }
    // Of two processes, none knows what the other is about to write.
    await Deno.writeTextFile(path, '{"ts":2,"ki');
    const { file: first } = open(path);
    await Deno.writeTextFile(path, '{"ts":3,"ki', { append: true });
    const { file: second } = open(path);
    assert.equal(await Deno.readTextFile(path), '{"ts":3,"ki');
    first.close();
    second.close();
  });
});

Deno.test({
  name: "events: root follows no link, and uses no file, that a stranger has put there",
  ignore: Deno.uid() !== 0,
  async fn() {
    await inFolder(async (folder) => {
      await Deno.chmod(folder, 0o1777);
      await Deno.writeTextFile(`${folder}/target`, "");
      await Deno.symlink(`${folder}/target`, `${folder}/link`);
      open(`${folder}/link`).file.close();
      lchownSync(`${folder}/link`, 65534, 65534);
      assert.throws(() => open(`${folder}/link`), /link is a link of another user; give/);

      await Deno.mkdir(`${folder}/inner`);
      await Deno.symlink(`${folder}/inner`, `${folder}/outer`);
      lchownSync(`${folder}/outer`, 65534, 65534);
      assert.throws(() => open(`${folder}/outer/new`), /outer is a link of another user/);
      assert.deepEqual([...Deno.readDirSync(`${folder}/inner`)], []);

      await Deno.writeTextFile(`${folder}/planted`, "");
      await Deno.chmod(`${folder}/planted`, 0o666);
      await Deno.chown(`${folder}/planted`, 65534, 65534);
      assert.throws(
        () => open(`${folder}/planted`),
        /another user owns it, in a folder where everyone/,
      );
    });
  },
});
