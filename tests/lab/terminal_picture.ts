// What a terminal shows, as a page that a browser can take a picture of.

interface Look {
  readonly bold?: boolean;
  readonly faint?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly reverse?: boolean;
  readonly color?: string;
  readonly background?: string;
}

const PAPER = "#0d1117";
const INK = "#e6edf3";
const COLORS = [
  ...["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
  ...["#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff"],
];

/** `text`: as Terminal.coloured gives it. Pixels of a cell are those of the page's own font. */
export function terminalHtml(text: string, columns: number): string {
  let look: Look = {};
  // deno-lint-ignore no-control-regex
  const parts = text.trimEnd().split(/\x1b\[([\d;]*)m/).map((part, i) => {
    if (i % 2 === 0) {
      return part === "" ? "" : `<span style="${styleOf(look)}">${escaped(part)}</span>`;
    }
    look = changed(look, part.split(";").map(Number));
    return "";
  });
  return `<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; background: ${PAPER}; color: ${INK}; padding: 12px 14px; width: max-content }
pre { font: 14px/1.25 "DejaVu Sans Mono", monospace; margin: 0; min-width: ${columns}ch }
</style><pre>${parts.join("")}</pre>`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function styleOf({ bold, faint, italic, underline, reverse, color, background }: Look): string {
  const [front, back] = reverse
    ? [background ?? PAPER, color ?? INK]
    : [color ?? INK, background ?? "transparent"];
  return [
    `color: ${front}; background: ${back}`,
    bold ? "font-weight: bold" : "",
    faint ? "opacity: .6" : "",
    italic ? "font-style: italic" : "",
    underline ? "text-decoration: underline" : "",
  ].filter(Boolean).join("; ");
}

/** After Select Graphic Rendition (ECMA-48 section 8.3.117) with these parameters. */
function changed(look: Look, parameters: readonly number[]): Look {
  let next = look;
  for (let i = 0; i < parameters.length; i++) {
    const code = parameters[i]!;
    if (code === 38 || code === 48) {
      const [color, length] = extended(parameters.slice(i + 1));
      next = { ...next, [code === 38 ? "color" : "background"]: color };
      i += length;
    } else next = withCode(next, code);
  }
  return next;
}

function withCode(look: Look, code: number): Look {
  const simple: Readonly<Record<number, Look>> = {
    1: { bold: true },
    2: { faint: true },
    3: { italic: true },
    4: { underline: true },
    7: { reverse: true },
    22: { bold: false, faint: false },
    23: { italic: false },
    24: { underline: false },
    27: { reverse: false },
  };
  if (code === 0) return {};
  if (code in simple) return { ...look, ...simple[code] };
  const { color: _, ...uncoloured } = look;
  if (code === 39) return uncoloured;
  const { background: __, ...bare } = look;
  if (code === 49) return bare;
  const at = code % 10 + (code >= 90 ? 8 : 0);
  const isBack = (code >= 40 && code < 50) || code >= 100;
  return { ...look, [isBack ? "background" : "color"]: COLORS[at]! };
}

/** What follows 38 or 48: 5;N or 2;R;G;B; the colour, and how many parameters it took. */
function extended([kind, ...rest]: readonly number[]): [color: string, length: number] {
  if (kind === 2) return [`rgb(${rest.slice(0, 3).join()})`, 4];
  const n = rest[0] ?? 0;
  if (n < 16) return [COLORS[n]!, 2];
  if (n >= 232) return [`rgb(${Array(3).fill(8 + (n - 232) * 10).join()})`, 2];
  const level = (value: number) => value === 0 ? 0 : 55 + value * 40;
  const cube = [Math.floor((n - 16) / 36), Math.floor((n - 16) / 6) % 6, (n - 16) % 6];
  return [`rgb(${cube.map(level).join()})`, 2];
}
