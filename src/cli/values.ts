// Parses the texts of options. Each function throws a UserError that begins with the name of the option
// and says what to give.

import { UserError } from "../errors.ts";
import { COARSE_BUCKETS, MAX_BOUND, MAX_BOUNDS, MIN_BOUND } from "../hosts/duration_scale.ts";
import type { ListenAddress } from "../server/server.ts";

function wrong(option: string, text: string, help: string): UserError {
  return new UserError(`${option} "${text}": ${help}`, { usage: true });
}

/** A whole number from `min` to `max`. */
export function parseInteger(option: string, text: string, min: number, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw wrong(option, text, `give a whole number from ${min} to ${max}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest time of a timer, in milliseconds: 24 days. */
const MAX_DURATION = 2 ** 31 - 1;

/** "500ms", "30s", "1.5m", "1h" in milliseconds. */
export function parseDuration(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const duration = Number(number) * (UNITS[unit ?? ""] ?? NaN);
  if (duration > 0 && duration <= MAX_DURATION) return duration;
  throw wrong(option, text, "give a time such as 30s, 5m, 1h or 500ms, at most 596h");
}

/** "[host:]port": "8000", ":8000", "0.0.0.0:8000", "[::1]:8000", "localhost:0". */
export function parseListen(option: string, text: string): ListenAddress {
  const [, brackets, name, port] =
    /^(?:(?:\[([\da-fA-F:.%]+)\]|([\w.-]*)):)?(\d{1,5})$/.exec(text) ??
      [];
  if (port === undefined || Number(port) > 65_535) {
    throw wrong(
      option,
      text,
      "give [host:]port, such as 127.0.0.1:8000, [::1]:8000, :8000 or 8000",
    );
  }
  // A port alone is for this machine only; with a colon before it, it is open to others.
  const hostname = brackets ?? (text === port ? "127.0.0.1" : name ?? "");
  return { hostname, port: Number(port) };
}

/** One of `choices`. */
export function parseChoice<Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw wrong(option, text, `give ${choices.join(" or ")}`);
}

/** "0.001,0.01,0.1" or "coarse": upper bounds of buckets in seconds, which rise. */
export function parseBuckets(option: string, text: string): readonly number[] {
  if (text === "coarse") return COARSE_BUCKETS;
  const items = parseList(text);
  const bounds = items.map(Number);
  const isBound = (bound: number, i: number) =>
    /^[\d.]+(?:e-?\d+)?$/i.test(items[i]!) && bound >= MIN_BOUND && bound <= MAX_BOUND &&
    (i === 0 || bound > bounds[i - 1]!);
  if (bounds.length > 0 && bounds.length <= MAX_BOUNDS && bounds.every(isBound)) return bounds;
  throw wrong(
    option,
    text,
    `give coarse, or 1 to ${MAX_BOUNDS} seconds that rise from 0.000001 to 1000000, such as 0.001,0.01,0.1`,
  );
}

/** "1", "true", "yes", "on", or their opposites. */
export function parseBoolean(option: string, text: string): boolean {
  const value = booleanOf(text);
  if (value === null) throw wrong(option, text, "give true or false");
  return value;
}

/** The same; null if it is another word. */
export function booleanOf(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (["1", "true", "yes", "on"].includes(word)) return true;
  return ["0", "false", "no", "off", ""].includes(word) ? false : null;
}

/** "a,b". */
export function parseList(text: string): string[] {
  return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
}
