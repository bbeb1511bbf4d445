// SECURITY.md lists the attacks that are tried.

import assert from "node:assert/strict";
import { ENDPOINT_ATTACKS } from "../attack/endpoint.ts";
import { FLOODS } from "../attack/floods.ts";
import { KEY_FLOODS } from "../attack/key_floods.ts";
import { read, sectionOf, tableDifference, tablesOf } from "./markdown.ts";

Deno.test("SECURITY.md: every attack that is tried, as it says of itself", () => {
  const attacks = tablesOf(sectionOf(read(".github/SECURITY.md"), 2, "On the network"))[1]!;
  const expected = [...FLOODS, ...KEY_FLOODS].map(({ name, about }) => [`\`${name}\``, about]);
  const found = attacks.map((row) => row.slice(0, 2));
  assert.equal(tableDifference("the table of attacks", found, expected), "");
});

Deno.test("SECURITY.md: the permissions of the binary", async () => {
  const rows = tablesOf(sectionOf(read(".github/SECURITY.md"), 2, "On the machine")).flat();
  const listed = rows.map(([first]) => first!.replaceAll("`", "")).filter((each) =>
    each.startsWith("--allow")
  );
  const script = decodeURIComponent(new URL("../../scripts/permissions", import.meta.url).pathname);
  const { stdout } = await new Deno.Command(script).output();
  assert.deepEqual(listed.sort(), new TextDecoder().decode(stdout).trim().split(" ").sort());
});

Deno.test("SECURITY.md: the attacks on the endpoint, as they say of themselves", () => {
  const attacks = tablesOf(sectionOf(read(".github/SECURITY.md"), 2, "At the endpoint"))[1]!;
  const expected = ENDPOINT_ATTACKS.map(({ name, about }) => [`\`${name}\``, about]);
  const found = attacks.map((row) => row.slice(0, 2));
  assert.equal(tableDifference("the table of attacks", found, expected), "");
});
