// From terminal input to key names: "a", " ", "up", "pagedown", "enter", "escape", "ctrl+c".

import type { Key } from "ink";
import { characters } from "../../text_width.ts";

const NAMES = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "escape"],
  ["backspace", "backspace"],
  ["delete", "delete"],
  ["tab", "tab"],
] as const;

const CONTROLS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\x7f": "backspace",
  "\x1b": "escape",
};

/** Input that is typed fast or pasted holds several keys. */
export function keyNames(input: string, key: Key): string[] {
  if (key.eventType === "release") return [];
  if (key.ctrl && input !== "") return [`ctrl+${input}`];
  const name = NAMES.find(([property]) => key[property])?.[1];
  // Terminals send Alt and a letter as Esc and the letter, so both are reported.
  const before = key.meta && name !== "escape" ? ["escape"] : [];
  if (name !== undefined) return [...before, name];
  return [...before, ...characters(input).flatMap(nameOf)];
}

function nameOf(character: string): string[] {
  // The segmenter takes "\r\n" as one character.
  const control = CONTROLS[character.charAt(0)];
  if (control !== undefined) return [control];
  const code = character.charCodeAt(0);
  if (code === 0) return ["ctrl+ "];
  // As Ink names them: Ctrl-A is 1, Ctrl-] is 29.
  if (code < 0x20) return [`ctrl+${String.fromCharCode(code + (code <= 26 ? 0x60 : 0x40))}`];
  return [character];
}
