import assert from "node:assert/strict";
import { busyHost } from "../../outputs/example.ts";
import { FakeUser } from "../testing.ts";
import { widthOf } from "../../text_width.ts";
import { frameOf } from "./frame.ts";
import { lineText } from "./line.ts";

const promptOf = (user: FakeUser): string => lineText(frameOf(user.state).footer);

Deno.test("a prompt fits, however long its text and its note are", () => {
  for (const columns of [20, 60, 80, 200]) {
    const user = new FakeUser({}, columns, 24).sees([busyHost("www.example.com")]);
    for (const typed of ["", "h", "~(sh", "~(日本語".repeat(40), "x".repeat(250)]) {
      const empty = user.press("/", "ctrl+u");
      for (const asked of [empty.type(typed), empty.type(typed).press("tab")]) {
        const line = promptOf(asked);
        assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
        assert.ok(line.startsWith("filter: "), line);
      }
    }
  }
});

Deno.test("of a long text its end is shown, and of a note what there is room for", () => {
  const user = new FakeUser({}, 60, 24).sees([busyHost("www.example.com")]).press("/");
  assert.match(promptOf(user), /^filter: {4}Enter applies, Esc cancels$/);
  assert.match(promptOf(user.press("tab")), /^filter: {4}client: .*…$/);
  assert.match(
    promptOf(user.press("ctrl+u").type(`~${"a".repeat(70)}(end`)),
    /^filter: …a+\(end {3}not a valid .*…$/,
  );
});
