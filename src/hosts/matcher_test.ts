import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { matcher } from "./matcher.ts";

Deno.test("a text matches names that contain it, whatever the letters' case", () => {
  assert.equal(matcher("Shop").matches("www.shop.test"), true);
  assert.equal(matcher("shop.").matches("www.shopping.test"), false);
});

Deno.test("after ~ it is a regular expression", () => {
  assert.equal(matcher("~^(www|api)\\.").matches("api.test"), true);
  assert.equal(matcher("~^(www|api)\\.").matches("my-api.test"), false);
  assert.throws(() => matcher("~("), UserError);
});
