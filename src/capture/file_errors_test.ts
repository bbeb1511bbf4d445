import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { FileErrors } from "./file_errors.ts";

Deno.test("problems are reported in the order of the files", () => {
  const error = new FileErrors([{ file: 4, message: "four" }, { file: 1, message: "one" }]);
  assert.ok(error instanceof UserError);
  assert.deepEqual([error.message, error.usage], ["one; four", false]);
});
