import assert from "node:assert/strict";
import { FakeUser, hostsWithHits } from "../testing.ts";

const THREE = { "a.test": 30, "b.test": 20, "c.test": 10 };

function many(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}.test`, count - i]));
}

Deno.test("a click selects a row, another opens it; the wheel moves by three", () => {
  const user = new FakeUser({}, 80, 10).sees(hostsWithHits(many(30))).click(10, 3);
  assert.equal(user.selected, "h0.test");
  assert.equal(user.state.page, null, "the first row was not clicked before");
  assert.equal(user.click(10, 5).selected, "h2.test");
  assert.equal(user.click(10, 5).state.page?.kind, "host");
  assert.equal(user.click(10, 4).state.page?.kind, "host", "a page has nothing to click");
  user.press("escape").wheel("down");
  assert.equal(user.selected, "h5.test");
  assert.equal(user.wheel("up").wheel("up").selected, "h0.test");
});

Deno.test("a click on a title sorts by its column, another reverses the order", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE));
  const at = user.table[0]!.indexOf("host");
  assert.deepEqual(user.click(at, 2).names, ["a.test", "b.test", "c.test"]);
  assert.deepEqual(user.click(at, 2).names, ["c.test", "b.test", "a.test"]);
  assert.equal(user.state.table.sort, "host");
});

Deno.test("clicks beside rows and columns, and while a prompt is open, do nothing", () => {
  const user = new FakeUser().sees(hostsWithHits(THREE)).press("j");
  const before = user.state;
  for (const line of [0, 1, 7, 22, 23, 999]) user.click(10, line);
  user.click(0, 2).click(999, 2);
  assert.equal(user.state, before);
  assert.equal(user.press("/").click(10, 3).selected, "b.test");
});

Deno.test("pasted text is typed into a prompt, and never acts as keys", () => {
  const user = new FakeUser().sees(hostsWithHits({ "shop.test": 3, "api.test": 2 }));
  user.happens({ type: "paste", text: "q x" });
  assert.deepEqual(user.effects, []);
  user.press("/").happens({ type: "paste", text: "sh\nop\r\x1b" });
  assert.deepEqual(user.names, ["shop.test"]);
  assert.equal(user.state.prompt?.kind === "filter" && user.state.prompt.text, "shop");
});
