// Marking and unmarking, with a question where that would add many series to /metrics.

import {
  isMarked,
  markDomain,
  markHosts,
  markPattern,
  type Marks,
  NO_MARKS,
  unmarkDomain,
  unmarkHosts,
} from "../hosts/marks.ts";
import { matcher } from "../hosts/matcher.ts";
import { countSeries } from "../outputs/series.ts";
import { arrange, selectedRowOf, showsDomains } from "./arrange.ts";
import { notify, plural } from "./notices.ts";
import { parseNumbers } from "./numbering.ts";
import type { Row } from "./rows.ts";
import type { State } from "./state.ts";

/** More series than this are not added without a question. */
const SERIES_TO_ASK = 200;

/** Marks the selected row, or unmarks it where all of it is marked. */
export function toggleMark(state: State): State {
  const row = selectedRowOf(state);
  if (row === null) return state;
  // It was chosen by hand: from now on it stays selected while rows move.
  const chosen = { ...state, table: { ...state.table, selected: row.name } };
  if (row.marked === "all") return setMarks(chosen, unmarkRow(state, row));
  return propose(chosen, markRow(state, row));
}

function markRow(state: State, row: Row): Marks {
  const { marks, domainOf } = state;
  if (!showsDomains(state) || domainOf === null) return markHosts(marks, row.hosts);
  return markDomain(marks, row.name, domainOf);
}

function unmarkRow(state: State, row: Row): Marks {
  const { marks } = state;
  if (!showsDomains(state)) return unmarkHosts(marks, row.hosts);
  return unmarkDomain(marks, row.name, row.hosts);
}

/** Every host that is shown, by its name. */
export function markShown(state: State): State {
  return propose(state, markHosts(state.marks, state.rows.flatMap(({ hosts }) => hosts)));
}

/** Every host that contains the text, also those that are yet to come. Throws UserError. */
export function markText(state: State, text: string): State {
  return propose(state, markPattern(state.marks, matcher(text)));
}

/** The rows with these numbers. */
export function markNumbers(state: State, text: string): State {
  const numbers = parseNumbers(text);
  if (numbers === null) return notify(state, "Give numbers, such as 3 or 3,5-7", true);
  const wanted = new Set(numbers);
  const numbering = showsDomains(state) ? state.domainNumbers : state.hostNumbers;
  const names = [...numbering.numbers].filter(([, number]) => wanted.has(number))
    .map(([name]) => name);
  if (names.length === 0) return notify(state, `Nothing has the number ${text.trim()}`, true);
  const { domainOf } = state;
  if (!showsDomains(state) || domainOf === null) {
    return propose(state, markHosts(state.marks, names));
  }
  return propose(state, names.reduce((all, name) => markDomain(all, name, domainOf), state.marks));
}

export function clearMarks(state: State): State {
  return setMarks(state, NO_MARKS);
}

/** Takes the marks, after a question where they would add many series. */
function propose(state: State, marks: Marks): State {
  const { snapshot, setting } = state;
  if (snapshot === null || setting.metrics === null) return setMarks(state, marks);
  const added = snapshot.hosts
    .filter(({ name }) => isMarked(marks, name) && !isMarked(state.marks, name));
  const series = countSeries(snapshot, added, setting.view);
  if (series <= SERIES_TO_ASK) return setMarks(state, marks);
  return {
    ...state,
    prompt: {
      kind: "question",
      text: `Export ${plural(added.length, "more host")}, ${series} series?`,
      then: { type: "set-marks", marks },
    },
  };
}

export function setMarks(state: State, marks: Marks): State {
  const next = arrange({ ...state, marks });
  const difference = next.exported - state.exported;
  // One host more or less is seen in the table.
  if (Math.abs(difference) === 1) return next;
  const text = difference === 0
    ? "No host is marked that was not before"
    : `${plural(Math.abs(difference), "host")} ${difference > 0 ? "marked" : "unmarked"}`;
  return notify(next, text, false);
}
