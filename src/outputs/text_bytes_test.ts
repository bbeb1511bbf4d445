import assert from "node:assert/strict";
import fc from "fast-check";
import { TextBytes } from "./text_bytes.ts";

type Step = string | number | null | { readonly plain: string } | Uint8Array;

/** Appends by the method for the step. Returns what was appended; null for all that there was, again. */
function append(bytes: TextBytes, step: Step): string | null {
  if (step === null) bytes.again(0, bytes.length);
  else if (typeof step === "string") bytes.text(step);
  else if (typeof step === "number") bytes.count(step);
  else if (step instanceof Uint8Array) {
    bytes.encoded(step);
    return new TextDecoder().decode(step);
  } else {
    const isPlain = /^[\x20-\x7f]*$/.test(step.plain) && !/["\\]/.test(step.plain);
    assert.equal(bytes.plain(step.plain), isPlain);
    return isPlain ? step.plain : "";
  }
  return step === null ? null : String(step);
}

Deno.test("what is appended is what strings would have", () => {
  const step = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    fc.constant(null),
    fc.string({ unit: "grapheme" }).map((plain) => ({ plain })),
    fc.string().map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const bytes = new TextBytes(1);
    let text = "";
    for (const each of steps) {
      text += append(bytes, each) ?? text;
      if (text.length > 1e6) break;
    }
    bytes.text("!");
    assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.bytes), text + "!");
  }));
});
