// Theme files: lines such as `chart: bold #88c0d0 on black`, a role and how it looks. The lines are
// YAML too.

import { UserError } from "../../errors.ts";
import { printable } from "../../text.ts";
import type { Role } from "../view/line.ts";
import { COLOR_THEME, type Theme } from "./theme.ts";

/** SGR parameters (ECMA-48 section 8.3.117). */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ["plain", ""],
  ["bold", "1"],
  ["faint", "2"],
  ["italic", "3"],
  ["underline", "4"],
  ["reverse", "7"],
]);

const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/**
 * The theme in `text`; roles that it does not name keep their usual look. Throws UserError with the
 * line. `name`: of the file, for that message.
 */
export function parseTheme(text: string, name: string): Theme {
  const theme: Record<Role, string> = { ...COLOR_THEME };
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const fail = (message: string) =>
      new UserError(`${name}:${index + 1}: ${message}`, { usage: true });
    const [, role = "", style = ""] = /^\s*([\w-]+)\s*:(.*)$/.exec(line.trim()) ?? [];
    if (!isRole(role)) {
      throw fail(`start with one of ${Object.keys(COLOR_THEME).join(", ")} and a colon`);
    }
    theme[role] = parseStyle(style.trim().replace(/^(["'])(.*)\1$/, "$2"), fail);
  }
  return theme;
}

const isRole = (text: string): text is Role => Object.hasOwn(COLOR_THEME, text);

function parseStyle(style: string, fail: (message: string) => UserError): string {
  const parameters: string[] = [];
  let isBackground = false;
  for (const word of style.toLowerCase().split(/\s+/).filter((word) => word !== "")) {
    if (word === "on" && !isBackground) {
      isBackground = true;
      continue;
    }
    const parameter = isBackground
      ? colorParameter(word, 48)
      : ATTRIBUTES.get(word) ?? colorParameter(word, 38);
    if (parameter === null) {
      throw fail(`"${printable(word)}" is no colour or attribute, ${EXAMPLES}`);
    }
    if (parameter !== "") parameters.push(parameter);
  }
  return parameters.join(";");
}

const EXAMPLES =
  "such as red, bright-red, 0 to 255, #ff8800, bold, faint, italic, underline, reverse or plain";

/** `extended`: 38 for the foreground, 48 for the background. Null if it is no colour. */
function colorParameter(word: string, extended: 38 | 48): string | null {
  const [, bright, name] = /^(bright-)?([a-z]+)$/.exec(word) ?? [];
  const index = COLORS.indexOf(name ?? "");
  if (index >= 0) return String(extended - 8 + index + (bright === undefined ? 0 : 60));
  const [, red, green, blue] = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/.exec(word) ?? [];
  if (red !== undefined) {
    const numbers = [red, green!, blue!].map((hex) => parseInt(hex, 16));
    return [extended, 2, ...numbers].join(";");
  }
  return /^\d{1,3}$/.test(word) && Number(word) < 256 ? `${extended};5;${Number(word)}` : null;
}
