import assert from "node:assert/strict";
import type { Key } from "ink";
import { keyNames } from "./input.ts";
import { actionOf, bindingsOf, TABLE_KEYS } from "../state/keys.ts";
import { FakeUser, hostsWithHits } from "../testing.ts";

const NONE = {} as Key;

Deno.test("input becomes key names, also several at once", () => {
  assert.deepEqual(keyNames("jj ", NONE), ["j", "j", " "]);
  assert.deepEqual(keyNames("", { ...NONE, upArrow: true }), ["up"]);
  assert.deepEqual(keyNames("\r", { ...NONE, return: true }), ["enter"]);
  assert.deepEqual(keyNames("shop\r", NONE), ["s", "h", "o", "p", "enter"]);
  assert.deepEqual(keyNames("c", { ...NONE, ctrl: true }), ["ctrl+c"]);
  assert.deepEqual(keyNames("a\x03", NONE), ["a", "ctrl+c"]);
  assert.deepEqual(keyNames("q", { ...NONE, meta: true }), ["escape", "q"]);
  assert.deepEqual(keyNames("e\u0301", NONE), ["e\u0301"]);
});

Deno.test("every key of the help has an action", () => {
  const user = new FakeUser();
  const keys = TABLE_KEYS.flatMap((binding) => Object.keys(binding.keys));
  assert.equal(new Set(keys).size, keys.length, "no key has two actions");
  for (const key of keys) assert.notEqual(actionOf(user.state, key), null, key);
  assert.equal(actionOf(user.state, "constructor"), null);
  assert.equal(actionOf(user.state, "Z"), null);
});

Deno.test("Ctrl with another key than a letter types nothing", () => {
  const user = new FakeUser();
  const ctrl = { ...NONE, ctrl: true };
  const alone = [" ", "]", "\\", "_", "^", "1", "A"].flatMap((key) => keyNames(key, ctrl));
  const typedFast = keyNames("a\0\x1d\x1c\x1f\x1eb", NONE);
  assert.deepEqual(typedFast, ["a", "ctrl+ ", "ctrl+]", "ctrl+\\", "ctrl+_", "ctrl+^", "b"]);
  user.press("/");
  for (const key of [...alone, ...typedFast]) user.press(key);
  assert.equal(user.state.prompt?.text, "ab");
});

Deno.test("pages and help have their own keys", () => {
  const user = new FakeUser().sees(hostsWithHits({ "a.test": 1 })).press("enter");
  assert.notEqual(bindingsOf(user.state), TABLE_KEYS);
  assert.equal(actionOf(user.state, "/"), null);
  user.press("?");
  assert.equal(user.state.page?.kind, "help");
  assert.equal(user.press("escape").state.page?.kind, "host");
});
