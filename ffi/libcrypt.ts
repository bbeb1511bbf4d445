// bcrypt by crypt_r(3), in another thread, as a hash takes 70 ms or more.

import {
  fromCString,
  type Library,
  LibraryError,
  openLibrary,
  type Symbols,
  toCString,
} from "./library.ts";

const NAMES = [
  "libcrypt.so.2",
  "libcrypt.so.1",
  "libcrypt.so",
  // musl has it in its C library.
  `libc.musl-${Deno.build.arch}.so.1`,
];

const SYMBOLS = {
  // char *crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
  crypt_r: { parameters: ["buffer", "buffer", "buffer"], result: "pointer", nonblocking: true },
} as const satisfies Symbols;

/** struct crypt_data has 32 KiB in libxcrypt, and had 128 in glibc. */
const DATA_BYTES = 1 << 18;

/** "$2y$10$" and 22 characters of salt, of "$2y$10$" and 53 characters. */
const SETTING = 29;

/** A known password and its hash, from the tests of crypt_blowfish. */
const KNOWN = ["U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"] as const;

let library: Library<typeof SYMBOLS> | null = null;

/** The hash of `password` with the cost and the salt of `hash`; "" if it cannot be made. */
export async function bcrypt(password: string, hash: string): Promise<string> {
  library ??= openLibrary(NAMES, SYMBOLS);
  const [phrase, setting] = [toCString(password), toCString(hash.slice(0, SETTING))];
  const data = new Uint8Array(DATA_BYTES);
  const result = await library.symbols.crypt_r(phrase, setting, data);
  try {
    return result === null
      ? ""
      : fromCString(new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(result, 64)));
  } finally {
    // The password must not stay in memory.
    phrase.fill(0);
    data.fill(0);
  }
}

/** Throws LibraryError if this system's crypt_r has no bcrypt. */
export async function checkBcrypt(): Promise<void> {
  const [password, hash] = KNOWN;
  if (await bcrypt(password, hash) !== hash) throw new LibraryError("crypt_r has no bcrypt", true);
}
