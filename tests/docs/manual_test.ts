// The manual page: everything that the command line has, in roff that no reader complains about.

import assert from "node:assert/strict";
import { commandLines, namesOf } from "../../scripts/command_line.ts";
import { escape, manual } from "../../scripts/manual.ts";
import { variableName } from "../../src/cli/option_definition.ts";
import { run } from "../lab/process.ts";

Deno.test("webstat(1) has every command, option and variable", () => {
  const page = manual();
  for (const { name, options } of commandLines()) {
    assert.ok(page.includes(`.SS \\fBwebstat ${name}\\fR`), name);
    for (const option of options) {
      for (const each of namesOf(option)) assert.ok(page.includes(`\\fB${escape(each)}\\fR`), each);
      assert.ok(page.includes(escape(option.help)), option.help);
      if (name === "sniff") assert.ok(page.includes(variableName(option)), variableName(option));
    }
  }
});

Deno.test("webstat(1) is formatted without a warning", async () => {
  const { stdout, stderr } = await run(["groff", "-man", "-Tascii", "-ww", "-P-cbou"], {
    input: manual(),
  });
  assert.equal(stderr, "");
  assert.match(stdout, /^EXIT STATUS/m);
});
