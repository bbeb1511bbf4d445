// The last line: a prompt, else a notice, else hints on keys.

import { bindingsOf } from "../state/keys.ts";
import { joinParts, type Line, type LinePart, span } from "./line.ts";
import type { Prompt, ScreenState } from "../state/state.ts";
import { cutStart, cutTo, widthOf } from "../../text_width.ts";

const LABELS: Readonly<Record<string, string>> = {
  filter: "filter: ",
  export: "export matching: ",
  number: "export numbers: ",
};

/** What is said if there is nothing else to say. */
const HINT = "Enter applies, Esc cancels";

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
  // For text and note: the rest is the head, the cursor, and two blanks.
  const room = Math.max(2, width - widthOf(head) - 3);
  const note = prompt.note === "" ? HINT : prompt.note;
  // The note gets what the text leaves, and half of the room in any case.
  const noteWidth = Math.max(Math.floor(room / 2), room - widthOf(prompt.text));
  const shownNote = cutTo(note, noteWidth);
  return [
    span(head, "value"),
    // One types at the end.
    span(cutStart(prompt.text, room - widthOf(shownNote))),
    span(" ", "selected"),
    span(`  ${shownNote}`, "faint"),
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
