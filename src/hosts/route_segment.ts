// From a segment of a path to what may be shown of it: what differs from request to request, or tells
// of a user, becomes a placeholder. What is not surely a word of the program is one.

import { isLetter, isWord } from "./word.ts";

/** What stands for something else. */
const PLACEHOLDER = { id: ":id", date: ":date", email: ":email", slug: ":slug" } as const;

const DATE = /(?<![^._:-])\d{4}-\d{2}(?:-\d{2})?(?![^._:-])/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** "@", also percent-encoded. */
const EMAIL = /@|%40/;
/** Letters, digits and what stands between them in names of programs and files. */
const PLAIN = /^[\w.:-]+$/;
/** "3.7.1" in "jquery-3.7.1.min.js", "1.24" in "v1.24". */
const VERSION = /(?<=[a-z][._-]v?|^v)\d{1,3}(?:\.\d{1,3}){1,3}(?![^._-])/i;
/** "v2", "v1beta1". */
const API_VERSION = /^v\d{1,3}(?:(?:alpha|beta)\d{0,2})?$/i;
/** Words with digits that are no identifiers. */
const WORDS_WITH_DIGITS = new Set(
  ("2fa a11y base64 d3 es5 es6 h2 h264 h3 html5 i18n ipv4 ipv6 k8s l10n log4j md5 mp3 mp4 oauth2 oauth1 " +
    "p2p s3 sha1 sha256 sha512 utf8 web2 web3 woff2 x509 x86").split(" "),
);
/** What comes after these words says who, or is a secret. */
const BEFORE_NAMES = new Set(
  ("account accounts activate author authors by client clients confirm contact contacts customer customers email " +
    "emails employee employees follower followers friend friends invite invites mailbox mailboxes member members " +
    "patient patients people person persons profile profiles reset secret secrets session sessions student students " +
    "token tokens u unsubscribe user username usernames users verify").split(" "),
);
/** Unless it is one of these. */
const ACTIONS = new Set(
  ("activate all bulk count create current delete edit export import invite list login logout me new password profile " +
    "refresh register reset search self settings signin signup status update").split(" "),
);
/** A name of so many words is the title of something. */
const TITLE_WORDS = 5;

/** `before`: the segment before it, as in the path. */
export function templateOf(segment: string, before: string): string {
  // Parameters (RFC 3986 section 3.3), such as ";jsessionid=".
  const end = segment.indexOf(";");
  const name = end < 0 ? segment : segment.slice(0, end);
  if (name === "") return "";
  if (BEFORE_NAMES.has(before.toLowerCase()) && !ACTIONS.has(name)) return PLACEHOLDER.id;
  if (areWords(name)) return name;
  if (EMAIL.test(name)) return PLACEHOLDER.email;
  if (!PLAIN.test(name) || UUID.test(name)) return PLACEHOLDER.id;
  return joinPlaceholders(withParts(name));
}

/** Whether there are but words and what stands between them: most segments are like that. */
function areWords(name: string): boolean {
  let words = 0;
  let from = 0;
  for (let i = 0; i <= name.length; i++) {
    const code = i < name.length ? name.charCodeAt(i) : DOT;
    if (isLetter(code)) continue;
    if (code !== DOT && code !== DASH && code !== UNDERSCORE) return false;
    if (i > from && !isWord(name, from, i)) return false;
    if (i > from && ++words >= TITLE_WORDS) return false;
    if (code === DOT) words = 0;
    from = i + 1;
  }
  return true;
}

const DOT = ".".charCodeAt(0);
const DASH = "-".charCodeAt(0);
const UNDERSCORE = "_".charCodeAt(0);

/** Dates, versions and the parts between dots and colons, each by itself. */
function withParts(name: string): string {
  for (const [pattern, shown] of [[DATE, PLACEHOLDER.date], [VERSION, null]] as const) {
    const found = pattern.exec(name);
    if (found === null) continue;
    const { index, 0: text } = found;
    const rest = name.slice(index + text.length);
    return withParts(name.slice(0, index)) + (shown ?? text) + withParts(rest);
  }
  return name.split(/([.:])/).map((part, i) => i % 2 === 1 ? part : partOf(part)).join("");
}

/** "order-4711" is "order-:id"; but of "x7Gb-a" all may belong together. */
function partOf(part: string): string {
  const words = part.split(/[_-]/);
  if (words.some(isToken)) return PLACEHOLDER.id;
  if (words.filter((word) => word !== "").length >= TITLE_WORDS) return PLACEHOLDER.slug;
  return part.replaceAll(/\d+/g, (digits, at: number) => isApart(part, digits, at));
}

/** Digits within a word belong to it: the word is known. */
const isApart = (part: string, digits: string, at: number): string =>
  /[a-z]/i.test((part[at - 1] ?? "") + (part[at + digits.length] ?? "")) ? digits : PLACEHOLDER.id;

/** Whether it is neither a word nor a number. */
function isToken(text: string): boolean {
  if (text === "" || /^\d+$/.test(text)) return false;
  if (/^[a-z]+$/i.test(text)) return !isWord(text);
  return !API_VERSION.test(text) && !WORDS_WITH_DIGITS.has(text.toLowerCase());
}

/** ":id.:id-:id" says no more than ":id". */
const joinPlaceholders = (name: string): string => name.replaceAll(/:id(?:[._:-]+:id)+/g, ":id");
