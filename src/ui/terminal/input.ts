// What the terminal sends -> names of keys: "a", " ", "up", "pagedown", "enter", "escape", "ctrl+c".

import type { Key } from "ink";
import { characters } from "../text_width.ts";

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

/** Several keys come at once where someone types fast, or pastes. */
export function keyNames(input: string, key: Key): string[] {
  if (key.eventType === "release") return [];
  if (key.ctrl && input !== "") return [`ctrl+${input}`];
  const name = NAMES.find(([property]) => key[property])?.[1];
  // A letter with Alt is Esc and a letter to terminals: the two keys may have been meant.
  const before = key.meta && name !== "escape" ? ["escape"] : [];
  if (name !== undefined) return [...before, name];
  return [...before, ...characters(input).flatMap(nameOf)];
}

function nameOf(character: string): string[] {
  // A carriage return with a newline is one character to the segmenter.
  const control = CONTROLS[character.charAt(0)];
  if (control !== undefined) return [control];
  const code = character.charCodeAt(0);
  if (code < 0x20) return [`ctrl+${String.fromCharCode(code + 0x60)}`];
  return [character];
}
