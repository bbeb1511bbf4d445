import assert from "node:assert/strict";
import { NO_NUMBERS, number, parseNumbers } from "./numbering.ts";

Deno.test("numbers can be lists and ranges", () => {
  assert.deepEqual(parseNumbers("3,5-7 9"), [3, 5, 6, 7, 9]);
  for (const wrong of ["", ",", "a", "3-", "7-5", "1-999999999", "-3"]) {
    assert.equal(parseNumbers(wrong), null, wrong);
  }
});

Deno.test("a number stays with its name, and is never given to another", () => {
  const first = number(NO_NUMBERS, ["b.test", "a.test"]);
  const second = number(first, ["a.test", "c.test"]);
  assert.deepEqual([...second.numbers], [["a.test", 2], ["c.test", 3]]);
  assert.equal(number(number(second, []), ["b.test"]).numbers.get("b.test"), 4);
  assert.equal(number(first, ["a.test", "b.test"]), first, "nothing new");
});
