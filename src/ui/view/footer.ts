// The last line: what is being typed, what was done, or which keys there are.

import { bindingsOf } from "../state/keys.ts";
import { joinParts, type Line, type LinePart, span } from "./line.ts";
import type { Prompt, ScreenState } from "../state/state.ts";
import { cutTo } from "../text_width.ts";

const ASKED: Readonly<Record<string, string>> = {
  filter: "show: ",
  export: "export all with: ",
  number: "export number: ",
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
  const head = ASKED[prompt.kind] ?? "";
  // Of a long text the end is shown, as that is where one types.
  const room = Math.max(8, width - head.length - prompt.note.length - 4);
  const text = prompt.text.length > room ? `…${prompt.text.slice(1 - room)}` : prompt.text;
  return [
    span(head, "value"),
    span(text),
    span(" ", "selected"),
    span(prompt.note === "" ? "" : `  ${prompt.note}`, "faint"),
  ];
}

/** The last ones, which tell how to go on, are the last to give way. */
function hints(state: ScreenState): LinePart[] {
  const shown = bindingsOf(state).filter(({ hint }) => hint !== undefined);
  return shown.map(({ label, hint }, i) => ({
    spans: [span(label.split(" ")[0]!, "key"), span(` ${hint}`)],
    priority: i >= shown.length - 2 ? 0 : 1 + i,
  }));
}
