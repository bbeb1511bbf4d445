import assert from "node:assert/strict";
import { isAnswered, noteAnswered, RETRY_TIME } from "./answered.ts";

Deno.test("an answered question is known for as long as a retry may come", () => {
  noteAnswered(1, 7, "example.com", "A", 1e9);
  assert.ok(isAnswered(1, 7, "example.com", "A", 1e9 + RETRY_TIME - 1));
  assert.ok(!isAnswered(1, 7, "example.com", "A", 1e9 + RETRY_TIME));
});

Deno.test("a question with another flow, id, name or type is another question", () => {
  noteAnswered(2, 7, "example.com", "A", 1e9);
  assert.ok(!isAnswered(3, 7, "example.com", "A", 1e9));
  assert.ok(!isAnswered(2, 8, "example.com", "A", 1e9));
  assert.ok(!isAnswered(2, 7, "example.org", "A", 1e9));
  assert.ok(!isAnswered(2, 7, "example.com", "AAAA", 1e9));
});

Deno.test("of 10,000 questions in a few seconds most are still known", () => {
  for (let id = 0; id < 10_000; id++) noteAnswered(4, id, "example.com", "A", 1e9);
  let known = 0;
  for (let id = 0; id < 10_000; id++) if (isAnswered(4, id, "example.com", "A", 1e9)) known++;
  assert.ok(known > 8_000, `${known}`);
});

Deno.test("none of a million questions of other flows is taken for an answered one", () => {
  for (let flow = 0; flow < 50_000; flow++) noteAnswered(flow, 7, `${flow}.example`, "A", 1e9);
  let taken = 0;
  for (let flow = 1e6; flow < 2e6; flow++) {
    if (isAnswered(flow, 7, `${flow}.example`, "A", 1e9)) taken++;
  }
  assert.equal(taken, 0);
});
