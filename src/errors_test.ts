import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { systemReason } from "./errors.ts";

function reasonOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return systemReason(error);
  }
  throw new Error("the call did not fail");
}

Deno.test("reasons are plain, or else the system's own words", () => {
  assert.equal(reasonOf(() => Deno.readFileSync("/none")), "no such file or folder");
  assert.equal(reasonOf(() => Deno.readFileSync("/")), "it is a folder");
  assert.equal(reasonOf(() => Deno.openSync("/etc/hostname/x")), "not a folder");
  assert.equal(reasonOf(() => readFileSync("/none")), "no such file or folder");
  assert.equal(reasonOf(() => readFileSync("/")), "it is a folder");
  if (Deno.build.os === "linux") {
    using full = Deno.openSync("/dev/full", { write: true });
    assert.equal(reasonOf(() => full.writeSync(new Uint8Array(1))), "no space left on device");
  }
  assert.equal(systemReason(new Error("Odd thing (os error 99): open 'x'")), "odd thing");
  assert.equal(systemReason("of a library\nwith more lines"), "of a library");
});
