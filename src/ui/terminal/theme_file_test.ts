import assert from "node:assert/strict";
import { UserError } from "../../errors.ts";
import { COLOR_THEME } from "./theme.ts";
import { parseTheme } from "./theme_file.ts";

Deno.test("a theme file changes the looks that it names", () => {
  const theme = parseTheme(
    [
      "# mine",
      "",
      "chart: bold #88c0d0 on black",
      'link: "#0000ff"',
      "  bad :bright-red on 255 ",
      "faint: plain",
      "title:\r",
    ].join("\n"),
    "theme.yaml",
  );
  assert.deepEqual(theme, {
    ...COLOR_THEME,
    chart: "1;38;2;136;192;208;40",
    link: "38;2;0;0;255",
    bad: "91;48;5;255",
    faint: "",
    title: "",
  });
});

Deno.test("mistakes are told with their line, and nothing but SGR parameters comes out", () => {
  for (
    const [text, message] of [
      ["chart: red\ncolour: red", /^theme:2: start with one of title, /],
      ["chart red", /^theme:1: start with/],
      ["constructor: red", /^theme:1: start with/],
      ["chart: 256", /^theme:1: "256" is no colour or attribute, such as red/],
      ["chart: red on", null],
      ["chart: on bold", /"bold"/],
      ["chart: #12345", /"#12345"/],
      ["chart: constructor", /"constructor"/],
      ["chart: \x1b[31m", /is no colour/],
    ] as const
  ) {
    if (message === null) assert.equal(parseTheme(text, "theme").chart, "31");
    else {
      assert.throws(
        () => parseTheme(text, "theme"),
        (error) => error instanceof UserError && message.test(error.message),
        text,
      );
    }
  }
});
