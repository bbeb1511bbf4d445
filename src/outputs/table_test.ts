import assert from "node:assert/strict";
import { drawTable } from "./table.ts";

const COLUMNS = [
  { title: "name", align: "left", width: 6 },
  { title: "n", align: "right", width: 3 },
] as const;

Deno.test("columns are aligned, long cells are cut, and no line has blanks at its end", () => {
  assert.equal(
    drawTable(COLUMNS, [["a", "1"], ["abcdefgh", "22"]], false),
    "name      n\na         1\nabcde…   22",
  );
  const narrow = drawTable(COLUMNS.slice(0, 1), [["a"]], false);
  assert.equal(narrow, "name\na");
});

Deno.test("many rows are one table", () => {
  const rows = Array.from({ length: 100 }, (_, i) => [`r${i}`, String(i)]);
  const lines = drawTable(COLUMNS, rows, false).split("\n");
  assert.equal(lines.length, 101);
  assert.equal(lines.filter((line) => line.startsWith("name")).length, 1);
  assert.equal(lines[100], "r99      99");
});

Deno.test("no rows leave the titles", () => {
  assert.equal(drawTable(COLUMNS, [], false), "name      n");
});

Deno.test("titles are bold only with colour", () => {
  assert.ok(drawTable(COLUMNS, [["a", "1"]], true).includes("\x1b[1m"));
  assert.ok(!drawTable(COLUMNS, [["a", "1"]], false).includes("\x1b"));
});

Deno.test("wide characters take two columns", () => {
  const lines = drawTable(COLUMNS, [["日本", "1"], ["日本語日本", "2"]], false).split("\n");
  assert.deepEqual(lines.slice(1), ["日本      1", "日本…     2"]);
});
