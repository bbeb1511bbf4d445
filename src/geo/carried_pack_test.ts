import assert from "node:assert/strict";
import { addCarriedPack, readCarriedPack } from "./carried_pack.ts";

/** As Deno lays out an executable: the program, then a mark, the hash of a name, and a size. */
function executable(program: string, size = program.length): Uint8Array {
  const trailer = new DataView(new ArrayBuffer(16));
  trailer.setUint32(0, 0x501e, true);
  trailer.setUint32(4, 679, true);
  trailer.setBigUint64(8, BigInt(size), true);
  return Uint8Array.of(...bytes("\x7fELF runtime" + program), ...new Uint8Array(trailer.buffer));
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a pack in an executable is found again, and leaves the rest as it was", async () => {
  const path = await Deno.makeTempFile();
  const before = executable("a program");
  await Deno.writeFile(path, before);
  assert.equal(readCarriedPack(path), null);
  addCarriedPack(path, bytes("places"));
  assert.deepEqual(readCarriedPack(path), bytes("places"));
  const after = await Deno.readFile(path);
  const runtime = "\x7fELF runtime".length;
  assert.deepEqual(after.subarray(0, runtime), before.subarray(0, runtime));
  assert.deepEqual(after.subarray(-(before.length - runtime)), before.subarray(runtime));
  await Deno.remove(path);
});

Deno.test("a file that Deno has not compiled gets no pack, and has none", async () => {
  const path = await Deno.makeTempFile();
  for (const content of [bytes(""), bytes("#!/bin/sh\nexec deno"), executable("p", 1e6)]) {
    await Deno.writeFile(path, content);
    assert.equal(readCarriedPack(path), null);
    assert.throws(() => addCarriedPack(path, bytes("places")), /layout/);
    assert.deepEqual(await Deno.readFile(path), new Uint8Array(content));
  }
  await Deno.remove(path);
});
