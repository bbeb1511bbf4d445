import assert from "node:assert/strict";
import { EventFile } from "./event_file.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("lines are appended", async () => {
  const path = await Deno.makeTempFile();
  try {
    for (const text of ["one\n", "two\n"]) {
      const file = await EventFile.open(path);
      await file.write(bytes(text));
      file.close();
    }
    assert.equal(await Deno.readTextFile(path), "one\ntwo\n");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a place that cannot be written is told in one line", async () => {
  await assert.rejects(
    EventFile.open("/"),
    /^UserError: Cannot open \/ for events: it is a folder; /,
  );
});

Deno.test("a full disk leaves whole lines behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // A limit on the size of files stands in for the disk: 1 block of 1024 bytes.
    const script = `
      import { EventFile } from ${JSON.stringify(import.meta.resolve("./event_file.ts"))};
      const file = await EventFile.open("events");
      const line = new TextEncoder().encode("x".repeat(99) + "\\n");
      try {
        for (let i = 0; i < 20; i++) await file.write(line);
      } catch (error) {
        console.log(String(error));
      }`;
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
    const written = await Deno.readTextFile(`${folder}/events`);
    assert.match(new TextDecoder().decode(stdout), /Cannot write events to events: file too large/);
    assert.equal(written, ("x".repeat(99) + "\n").repeat(10));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
