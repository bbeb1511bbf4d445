// The URLs of servers that are sent to, as options give them.

import { UserError } from "../errors.ts";

/** The ports of schemes that have one of their own. */
const PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "nats:": 4222,
  "tls:": 4222,
};

/**
 * Parses a URL of HTTP. `option`: how it was given. Throws UserError, also for a password: every user
 * of the machine can see a command line.
 */
export function parseHttpUrl(option: string, text: string): URL {
  const url = parseUrl(option, text, ["http:", "https:"]);
  if (url.username !== "") refusePassword(option, text);
  return url;
}

/** Whether a text is a URL of NATS, and no name of a file. */
export const isNatsUrl = (text: string): boolean => /^(?:nats|tls):\/\//.test(text);

/** The same for nats://[user@]host[:port]/subject. */
export function parseNatsUrl(option: string, text: string): URL {
  const url = parseUrl(option, text, ["nats:", "tls:"]);
  if (subjectOf(url) !== null && url.search === "") return url;
  const help = "give it a subject without blanks and wildcards, such as nats://localhost/webstat";
  throw new UserError(`${option} "${withoutPassword(text)}": ${help}`, { usage: true });
}

/** The subject that events are published to; null if there is none, or it has wildcards. */
export function subjectOf(url: URL): string | null {
  const subject = decodeURIComponent(url.pathname.slice(1));
  return /^[^\s.*>]+(?:\.[^\s.*>]+)*$/.test(subject) ? subject : null;
}

function parseUrl(option: string, text: string, schemes: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !schemes.includes(url.protocol) || url.hostname === "" || url.hash !== "") {
    const help = `give a URL that begins with ${schemes.map((each) => `${each}//`).join(" or ")}`;
    throw new UserError(`${option} "${withoutPassword(text)}": ${help}`, { usage: true });
  }
  if (url.password !== "") refusePassword(option, text);
  return url;
}

function refusePassword(option: string, text: string): never {
  const help = "others could see passwords here: --push-config names files with them";
  throw new UserError(`${option} "${withoutPassword(text)}": ${help}`, { usage: true });
}

/** The URL as it can be shown and logged. */
export function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//");
}

/** The TCP port that is connected to. */
export function portOf(url: URL): number {
  return url.port === "" ? PORTS[url.protocol]! : Number(url.port);
}

/** `url` with a path, if it has none. */
export function withPath(url: URL, path: string): URL {
  return url.pathname === "/" ? new URL(path + url.search, url) : url;
}
