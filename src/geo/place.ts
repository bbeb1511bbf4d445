// A place as it is shown: plain text, whatever a database holds.

/** Where an address is; "" for what is not known. */
export interface Place {
  readonly city: string;
  /** Two letters (ISO 3166-1); a plain word such as "private" for a special address. */
  readonly country: string;
}

export const UNKNOWN_PLACE: Place = Object.freeze({ city: "", country: "" });

/** No city has a longer name; only a broken database does. */
const MAX_NAME = 100;

/** A place from the fields of a database. What is not a text counts as unknown. */
export function placeOf(city: unknown, country: unknown): Place {
  return { city: plainText(city), country: plainText(country) };
}

/** Drops control characters, escape sequences' first bytes, direction marks and line separators. */
export function plainText(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.slice(0, MAX_NAME).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").trim();
}
