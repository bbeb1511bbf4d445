// A place as users see it: plain text, whatever the database holds.

/** Where an address is. Both are "" where that is not known. */
export interface Place {
  readonly city: string;
  /** Two letters (ISO 3166-1); a plain word such as "private" for a special address. */
  readonly country: string;
}

export const UNKNOWN_PLACE: Place = Object.freeze({ city: "", country: "" });

/** Longer names than any city's only come from a broken database. */
const MAX_NAME = 100;

/** Makes a place of what a database says, whatever that is; what is not text counts as unknown. */
export function placeOf(city: unknown, country: unknown): Place {
  return { city: plainText(city), country: plainText(country) };
}

/** Drops control characters, escape sequences' first bytes, direction marks and line separators. */
function plainText(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.slice(0, MAX_NAME).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").trim();
}
