import assert from "node:assert/strict";
import { isSpecial, listSystemFolder, RawFile, readSystemFile, SystemError } from "./raw_file.ts";

Deno.test("files of /proc are read whole, and those that are not there are null", () => {
  if (Deno.build.os !== "linux") return;
  assert.match(readSystemFile("/proc/self/status")!, new RegExp(`^Pid:\\s+${Deno.pid}$`, "m"));
  assert.equal(readSystemFile("/proc/self/cmdline"), Deno.readTextFileSync("/proc/self/cmdline"));
  assert.ok(readSystemFile("/proc/self/maps")!.length > 10_000);
  assert.equal(readSystemFile("/proc/self/nothing"), null);
  // A folder can be opened, but not read.
  assert.equal(readSystemFile("/proc/self"), null);
});

Deno.test("folders of /proc are listed, and those that are not there are null", () => {
  if (Deno.build.os !== "linux") return;
  assert.ok(listSystemFolder("/proc/self/task")!.includes(String(Deno.pid)));
  assert.deepEqual(
    listSystemFolder("/proc/self/ns")!.sort(),
    [...Deno.readDirSync("/proc/self/ns")].map(({ name }) => name).sort(),
  );
  assert.equal(listSystemFolder("/proc/nothing"), null);
  assert.equal(listSystemFolder("/proc/self/status"), null);
});

Deno.test("a file is written and read, and errors are the system's words", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/file`;
  try {
    const file = RawFile.open(path, { append: true, create: true });
    assert.equal(file.writeSync(new TextEncoder().encode("one")), 3);
    assert.equal(await file.write(new TextEncoder().encode(" two")), 4);
    file.close();
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);

    const again = RawFile.open(path);
    const bytes = new Uint8Array(5);
    assert.equal(again.readSync(bytes), 5);
    assert.equal(new TextDecoder().decode(bytes), "one t");
    assert.equal(await again.read(bytes), 2);
    assert.equal(again.readSync(bytes), null);
    assert.equal(await again.read(bytes), null);
    again.close();

    await Deno.symlink(path, `${folder}/link`);
    assert.throws(() => RawFile.open(`${folder}/link`, { noFollow: true }), SystemError);
    assert.throws(() => RawFile.open(`${folder}/none`), { message: "no such file or directory" });
    if (Deno.build.os === "linux") {
      const full = RawFile.open("/dev/full", { append: true });
      assert.throws(() => full.writeSync(bytes), { message: "no space left on device" });
      await assert.rejects(full.write(bytes), { message: "no space left on device" });
      full.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("only what lies in /dev, /proc and /sys is special", () => {
  assert.ok(isSpecial("/dev/fd/63") && isSpecial("/proc/self/fd/0") && isSpecial("/sys/kernel"));
  assert.ok(!isSpecial("/device") && !isSpecial("dev/fd") && !isSpecial("/home/dev/x"));
});
