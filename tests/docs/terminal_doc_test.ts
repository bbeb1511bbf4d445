// Holds docs/terminal.md against the code: the keys, the theme's roles, the columns.

import assert from "node:assert/strict";
import { COLUMNS, viewOf } from "../../src/hosts/columns.ts";
import { TABLE_KEYS } from "../../src/ui/state/keys.ts";
import { terminalColumns } from "../../src/ui/state/terminal_columns.ts";
import { COLOR_THEME } from "../../src/ui/terminal/theme.ts";
import { parseTheme } from "../../src/ui/terminal/theme_file.ts";

const page = Deno.readTextFileSync(new URL("../../docs/terminal.md", import.meta.url));

/** The first two cells of each row of each table. */
const rows = [...page.matchAll(/^\| *(.*?) *\| *(.*?) *\|$/gm)].map(([, a, b]) => [a!, b!]);

Deno.test("docs/terminal.md has every key of the help, word for word", () => {
  for (const { label, help } of TABLE_KEYS) {
    const row = rows.find(([key]) => key === label);
    assert.equal(row?.[1]?.replaceAll("\\", ""), help, label);
  }
});

Deno.test("docs/terminal.md names columns that exist", () => {
  const view = viewOf({ ip: false, place: null }, COLUMNS, "terminal");
  const titles = new Set(terminalColumns(view).map(({ title }) => title));
  const named = rows.flatMap(([column]) => [...column!.matchAll(/`([^`]+)`/g)])
    .map(([, title]) => title!).filter((title) => !/[/-]/.test(title));
  assert.ok(named.length >= 8);
  assert.deepEqual(named.filter((title) => !titles.has(title)), []);
});

Deno.test("the theme of docs/terminal.md is valid, and has every role", () => {
  const theme = /```yaml\n(.*?)```/s.exec(page)![1]!;
  parseTheme(theme, "theme");
  for (const role of Object.keys(COLOR_THEME)) assert.match(theme, new RegExp(`^${role}: `, "m"));
});
