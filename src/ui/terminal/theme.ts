// How the roles of texts look, as SGR parameters (ECMA-48 section 8.3.117). Only the palette's
// basic colours are used, which are readable on light and dark backgrounds; without colours the
// attributes remain.

import type { Role } from "../view/line.ts";

/** "" for plain text. */
export type Theme = Readonly<Record<Role, string>>;

const BOLD = "1";
const FAINT = "2";
const INVERSE = "7";
const RED = "31";
const GREEN = "32";
const CYAN = "36";

export const PLAIN_THEME: Theme = {
  title: BOLD,
  value: BOLD,
  faint: FAINT,
  exported: BOLD,
  bad: `${BOLD};${INVERSE}`,
  link: "",
  selected: INVERSE,
  key: INVERSE,
  chart: "",
};

export const COLOR_THEME: Theme = {
  ...PLAIN_THEME,
  exported: `${BOLD};${GREEN}`,
  bad: `${BOLD};${RED}`,
  link: CYAN,
  chart: GREEN,
};
