// How the roles of texts look. Only the terminal's own colours are used, of which every palette,
// light or dark, takes care; without colours the attributes remain.

import type { Role } from "./line.ts";

/** Properties of Ink's Text. */
export interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
}

export type Theme = Readonly<Record<Role, Look>>;

export const PLAIN_THEME: Theme = {
  title: { bold: true },
  value: { bold: true },
  faint: { dimColor: true },
  mark: { bold: true },
  bad: { bold: true, inverse: true },
  link: {},
  selected: { inverse: true },
  key: { inverse: true },
  chart: {},
};

export const COLOR_THEME: Theme = {
  ...PLAIN_THEME,
  mark: { color: "green", bold: true },
  bad: { color: "red", bold: true },
  link: { color: "cyan" },
  chart: { color: "green" },
};
