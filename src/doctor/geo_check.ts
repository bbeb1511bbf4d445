// How old the databases of places and networks are.

import { MmdbFile } from "../geo/mmdb_file.ts";
import { systemReason } from "../errors.ts";
import { printable } from "../text.ts";
import { type Check, findings } from "./finding.ts";

/** Addresses change hands: MaxMind makes new databases twice a week. */
const OLD_DAYS = 90;
const DAY = 86_400_000;

/** `files`: the configured databases, by the options that name them. */
export const geoData = (files: Readonly<Record<string, string | null>>): Check => () => {
  const found = findings("geo data");
  const given = Object.entries(files).filter((each): each is [string, string] => each[1] !== null);
  if (given.length === 0) {
    return found("ok", "places of August 2019 are built in: --geoip-db takes newer ones");
  }
  try {
    const ages = given.map(([option, path]) => {
      const { built } = new MmdbFile(path, { what: "places or networks", option });
      return { path: printable(path), days: Math.floor((Date.now() - built) / DAY) };
    });
    const text = ages.map(({ path, days }) => `${path}: ${days} days old`).join("; ");
    return ages.every(({ days }) => days <= OLD_DAYS)
      ? found("ok", text)
      : found("warn", `${text}: get a newer one`);
  } catch (error) {
    return found("fail", systemReason(error));
  }
};
