// Numbers of a page in cells of equal width, aligned to the right.

import { formatValue } from "../../hosts/columns.ts";
import { formatCount } from "../../hosts/units.ts";
import { fit } from "../../text_width.ts";

export const COUNT_WIDTH = 7;
export const DURATION_WIDTH = 7;

export const countCell = (count: number): string => fit(formatCount(count), COUNT_WIDTH, "right");

/** "-" if it is not known. */
export const durationCell = (seconds: number | null): string =>
  fit(formatValue("seconds", seconds), DURATION_WIDTH, "right");
