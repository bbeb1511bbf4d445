import assert from "node:assert/strict";
import type { MouseAction } from "../state/mouse.ts";
import { MouseInput } from "./mouse_input.ts";

/** The keys and mouse actions in chunks of input. */
function read(...chunks: string[]): { keys: string; actions: string[] } {
  const actions: string[] = [];
  const input = new MouseInput(({ type, column, line }: MouseAction) =>
    actions.push(`${type} ${column},${line}`)
  );
  return { keys: chunks.map((chunk) => input.take(chunk)).join(""), actions };
}

Deno.test("clicks and the wheel are taken out of the input, keys stay", () => {
  assert.deepEqual(
    read("j\x1b[<0;10;5Mk\x1b[A\x1b[<0;10;5m", "\x1b[<64;1;1M\x1b[<65;300;99M"),
    { keys: "jk\x1b[A", actions: ["click 9,4", "wheel-up 0,0", "wheel-down 299,98"] },
  );
});

Deno.test("other buttons, moves and modifiers do nothing", () => {
  assert.deepEqual(read("\x1b[<1;1;1M\x1b[<2;1;1M\x1b[<32;1;1M\x1b[<16;1;1M"), {
    keys: "",
    actions: [],
  });
});

Deno.test("an event can come in two pieces", () => {
  assert.deepEqual(read("a\x1b[<0;1", "0;5Mb"), { keys: "ab", actions: ["click 9,4"] });
});

Deno.test("pasted text is no mouse event, wherever it is cut", () => {
  const text = "\x1b[200~x\x1b[<0;1;1My\x1b[201~\x1b[<0;2;2M";
  for (let cut = "\x1b[200~".length; cut < text.length - 12; cut++) {
    const { keys, actions } = read(text.slice(0, cut), text.slice(cut));
    assert.equal(keys, "\x1b[200~x\x1b[<0;1;1My\x1b[201~", `cut at ${cut}`);
    assert.deepEqual(actions, ["click 1,1"]);
  }
});
