// Tells words from random letters, as in tokens and identifiers.

/**
 * For each letter those that often come after it in words: each pair is at least 0.05% of all pairs in
 * 70,000 words of documentation and programs. Of 12 random letters 4% pass for a word, of 20 under 1%.
 */
const FOLLOWERS: Readonly<Record<string, string>> = {
  a: "abcdfgiklmnprstuvwxy",
  b: "abceijlorsuy",
  c: "acdefhiklmoprstuy",
  d: "abcdefilmnoprstu",
  e: "abcdefghilmnopqrstuvwxy",
  f: "adefilorstu",
  g: "aehilmnorstu",
  h: "aeioprtu",
  i: "abcdefgklmnoprstvxz",
  j: "aeou",
  k: "aeinos",
  l: "acdefiklopstuvy",
  m: "abeilmopsuy",
  n: "acdefgiklmnoprstuv",
  o: "abcdfgiklmnoprstuvwx",
  p: "acdehiloprstuy",
  q: "lu",
  r: "abcdefgiklmnoprstuvy",
  s: "acdefhiklmnopqrstuy",
  t: "abcdefhilmnoprstuy",
  u: "abcdefgilmnprst",
  v: "aei",
  w: "aehiorsn",
  x: "ceipt",
  y: "acelmnpst",
  z: "eiz",
};

/** Letters; shorter ones may be abbreviations. */
const MIN_RANDOM = 8;
/** Of words, and of identifiers of several words. */
const LONGEST_WORD = 24;
/** One rare pair in so many is too often. */
const RARE_SHARE = 5;
/** Letters for each word of an identifier in camel case, at least. */
const LETTERS_A_WORD = 3;

const LOWER_A = "a".charCodeAt(0);
const LOWER_Z = "z".charCodeAt(0);
/** Of the code of a letter, in either case. */
const LOWER_BIT = 0x20;

/** For each letter the set of its followers: bit 0 is "a". */
const FOLLOWER_BITS = Uint32Array.from(
  { length: 26 },
  (_, i) =>
    [...FOLLOWERS[String.fromCharCode(LOWER_A + i)]!]
      .reduce((bits, letter) => bits | 1 << letter.charCodeAt(0) - LOWER_A, 0),
);

/** Whether a code of UTF-16 is one of a to z, in either case. */
export function isLetter(code: number): boolean {
  const lower = code | LOWER_BIT;
  return lower >= LOWER_A && lower <= LOWER_Z;
}

/**
 * Whether the letters of `text` from `from` up to `to` (a to z in either case, nothing else) are words:
 * "users", "getUserById", "FAQ".
 */
export function isWord(text: string, from = 0, to = text.length): boolean {
  const length = to - from;
  if (length > LONGEST_WORD) return false;
  let words = 1;
  let rare = 0;
  for (let i = from + 1; i < to; i++) {
    const before = text.charCodeAt(i - 1);
    const code = text.charCodeAt(i);
    // Also "URLPath", whose second word begins at the P.
    if (isUpper(code) && (!isUpper(before) || (i + 1 < to && !isUpper(text.charCodeAt(i + 1))))) {
      words++;
    }
    const followers = FOLLOWER_BITS[(before | LOWER_BIT) - LOWER_A]!;
    if ((followers >>> (code | LOWER_BIT) - LOWER_A & 1) === 0) rare++;
  }
  const isRandom = length >= MIN_RANDOM && rare >= 2 && rare * RARE_SHARE >= length - 1;
  // In random letters the case changes all the time.
  return !isRandom && words <= 1 + length / LETTERS_A_WORD;
}

const isUpper = (code: number): boolean => code < LOWER_A;
