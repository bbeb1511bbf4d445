import assert from "node:assert/strict";
import fc from "fast-check";
import { TextBytes } from "./text_bytes.ts";

Deno.test("what is appended is what strings would have", () => {
  const step = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    fc.constant(null),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const bytes = new TextBytes(1);
    let text = "";
    for (const each of steps) {
      if (typeof each === "string") bytes.text(each);
      else if (each !== null) bytes.count(each);
      else bytes.again(0, bytes.length);
      text += each ?? text;
      if (text.length > 1e6) break;
    }
    bytes.text("!");
    assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.bytes), text + "!");
  }));
});
