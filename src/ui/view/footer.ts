// The last line: a prompt, else a notice, else hints on keys.

import { bindingsOf } from "../state/keys.ts";
import { joinParts, type Line, type LinePart, span } from "./line.ts";
import type { Prompt, ScreenState } from "../state/state.ts";
import { cutTo } from "../text_width.ts";

const LABELS: Readonly<Record<string, string>> = {
  filter: "filter: ",
  export: "export matching: ",
  number: "export numbers: ",
};

export function footerLine(state: ScreenState): Line {
  const { prompt, notice, size } = state;
  if (prompt !== null) return promptLine(prompt, size.columns);
  if (notice !== null) {
    return [span(cutTo(` ${notice.text}`, size.columns), notice.bad ? "bad" : "value")];
  }
  return joinParts(hints(state), size.columns);
}

function promptLine(prompt: Prompt, width: number): Line {
  if (prompt.kind === "question") {
    return [span(cutTo(prompt.text, width - 6), "value"), span(" y/n", "key")];
  }
  const head = LABELS[prompt.kind] ?? "";
  // A long text is cut at its start: one types at its end.
  const room = Math.max(8, width - head.length - prompt.note.length - 4);
  const text = prompt.text.length > room ? `…${prompt.text.slice(1 - room)}` : prompt.text;
  return [
    span(head, "value"),
    span(text),
    span(" ", "selected"),
    span(prompt.note === "" ? "" : `  ${prompt.note}`, "faint"),
  ];
}

/** The last two, help and quit, always stay; of the others the last are left out first. */
function hints(state: ScreenState): LinePart[] {
  const shown = bindingsOf(state).filter(({ hint }) => hint !== undefined);
  return shown.map(({ label, hint }, i) => ({
    spans: [span(label.split(" ")[0]!, "key"), span(` ${hint}`)],
    priority: i >= shown.length - 2 ? 0 : 1 + i,
  }));
}
