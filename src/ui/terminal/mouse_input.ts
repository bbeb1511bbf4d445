// Takes mouse events out of the terminal's input, before Ink reads it: Ink drops them. They come as
// xterm's SGR sequences (mode 1006): ESC [ < button ; column ; line M, with "m" for a release.

import type { MouseAction } from "../state/mouse.ts";

/** Button presses (mode 1000) are reported, in the SGR encoding. */
export const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
export const MOUSE_OFF = "\x1b[?1006l\x1b[?1000l";

const TYPES: Readonly<Record<number, MouseAction["type"]>> = {
  0: "click",
  64: "wheel-up",
  65: "wheel-down",
};

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";
// deno-lint-ignore no-control-regex -- terminals send control characters
const MOUSE = /\x1b\[<(\d{1,4});(\d{1,5});(\d{1,5})([Mm])/g;
/** The start of a sequence whose end has not come yet. */
// deno-lint-ignore no-control-regex -- as above
const INCOMPLETE = /\x1b\[<[\d;]{0,16}$/;

export class MouseInput {
  readonly #onAction: (action: MouseAction) => void;
  #incomplete = "";
  #isPasting = false;
  /** The end of the last input: the end of a paste may be cut in two. */
  #tail = "";

  constructor(onAction: (action: MouseAction) => void) {
    this.#onAction = onAction;
  }

  /** Returns `input` without mouse events, which are reported. Pasted text stays as it is. */
  take(input: string): string {
    let keys = "";
    for (let rest = input; rest !== "";) {
      const part = rest.slice(0, this.#isPasting ? this.#pasted(rest) : typed(rest));
      rest = rest.slice(part.length);
      keys += this.#isPasting ? part : this.#withoutMouse(part);
      this.#tail = (this.#tail + part).slice(-PASTE_END.length);
      this.#isPasting = this.#isPasting ? this.#tail !== PASTE_END : this.#tail === PASTE_START;
    }
    return keys;
  }

  /** How many characters of `text` are pasted: to the end of the paste, which is one of them. */
  #pasted(text: string): number {
    const before = this.#tail.slice(1 - PASTE_END.length);
    const end = (before + text).indexOf(PASTE_END);
    return end < 0 ? text.length : end + PASTE_END.length - before.length;
  }

  #withoutMouse(text: string): string {
    const all = this.#incomplete + text;
    this.#incomplete = INCOMPLETE.exec(all)?.[0] ?? "";
    const complete = all.slice(0, all.length - this.#incomplete.length);
    return complete.replace(MOUSE, (_, button, column, line, end) => {
      const type = TYPES[Number(button)];
      if (type !== undefined && end === "M") {
        this.#onAction({ type, column: Number(column) - 1, line: Number(line) - 1 });
      }
      return "";
    });
  }
}

/** How many characters of `text` are typed: to the start of a paste, which is one of them. */
function typed(text: string): number {
  const start = text.indexOf(PASTE_START);
  return start < 0 ? text.length : start + PASTE_START.length;
}

/** `stdin` as Ink reads it: without mouse events. */
export function withoutMouse(stdin: NodeJS.ReadStream, mouse: MouseInput): NodeJS.ReadStream {
  return new Proxy(stdin, {
    get(target, property) {
      if (property === "read") {
        return () => {
          const input: string | Uint8Array | null = target.read();
          return typeof input === "string" ? mouse.take(input) : input;
        };
      }
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
