// The layout of a packed host: its name, its numbers, its vectors, how many rows it has of each
// kind, then the rows, kind by kind. All of it follows from fields.ts.

import { SOURCES } from "../protocols/analyser.ts";
import { HOST_VECTORS, NUMBER_NAMES, TABLE_NAMES, VECTOR_NAMES } from "./fields.ts";

/** Kinds of rows: those of the tables, in the order of TABLE_NAMES, then these. */
export const ADDRESSES = TABLE_NAMES.length;
export const ROUTES = ADDRESSES + 1;
/** Codes of answers: for one row of ROUTES after the other. */
export const ROUTE_CODES = ROUTES + 1;
/** Durations of a phase, or of a route. */
export const TIMED = ROUTE_CODES + 1;
/** The steps of the scale that durations were counted in: for one row of TIMED after the other. */
export const STEPS = TIMED + 1;

/** Values of a row of each kind. */
export const ROW_SIZES: readonly number[] = [
  // The number of its key's text, and its count.
  ...TABLE_NAMES.map(() => 2),
  // The number of the address' text, and its hits.
  1 + SOURCES.length,
  // The numbers of the texts of method and route, and how many codes there are.
  3,
  // The number of the code's text, and its count.
  2,
  // The phase's index, or that of a route after those of the phases, the sum in seconds, and how many
  // steps there are.
  3,
  // The step, and how many durations.
  2,
];

/** Where a row of ROUTES has the number of its codes. */
export const CODE_COUNT_AT = 2;
/** Where a row of TIMED has the number of its steps. */
export const STEP_COUNT_AT = 2;

let next = 0;
const take = (size: number): number => (next += size) - size;

/** The number of the text that is its name. */
export const NAME = take(1);
/** In the order of NUMBER_NAMES. */
export const NUMBERS_AT = take(NUMBER_NAMES.length);
/** Of each of VECTOR_NAMES. */
export const VECTORS_AT = VECTOR_NAMES.map((name) => take(HOST_VECTORS[name].names.length));
/** How many rows there are of each kind. */
export const ROW_COUNTS_AT = take(ROW_SIZES.length);
export const ROWS_AT = next;
