import assert from "node:assert/strict";
import { isReservedVersion, quicVersion } from "./versions.ts";

Deno.test("versions have the names that events show", () => {
  const names: [number, string][] = [
    [0x00000001, "1"],
    [0x6b3343cf, "2"],
    [0xff000016, "draft-22"],
    [0xff00001d, "draft-29"],
    [0xff000022, "draft-34"],
    [0xfaceb002, "mvfst-27"],
    [0xfaceb00e, "mvfst-exp"],
    [0x51303530, "Q050"],
    [0x54303531, "T051"],
  ];
  for (const [number, name] of names) assert.equal(quicVersion(number)?.name, name);
});

Deno.test("other versions are unknown", () => {
  for (const number of [0, 2, 0xff000015, 0xff000023, 0x51303436, 0xfaceb0ff, 0x0a0a0a0a]) {
    assert.equal(quicVersion(number), null);
  }
});

Deno.test("drafts share the salts that their specifications name", () => {
  const salt = (draft: number) => quicVersion(0xff000000 + draft)!.salt;
  assert.deepEqual(salt(23), salt(28));
  assert.notDeepEqual(salt(28), salt(29));
  assert.deepEqual(salt(29), salt(32));
  assert.deepEqual(salt(33), quicVersion(1)!.salt);
});

Deno.test("reserved versions are those of RFC 9000 section 15", () => {
  assert(isReservedVersion(0x0a0a0a0a));
  assert(isReservedVersion(0xfa1aca5a));
  assert(!isReservedVersion(0x00000001));
  assert(!isReservedVersion(0xfa1aca5b));
});
