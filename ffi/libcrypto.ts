// OpenSSL's libcrypto, where it is installed: it uses the processor's own instructions for AES and SHA.

import { type Library, LibraryError, openLibrary, type Symbols } from "./library.ts";

const NAMES = Deno.build.os === "darwin"
  ? [
    "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
    "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
  ]
  : ["libcrypto.so.3", "libcrypto.so.1.1"];

const CIPHER = { parameters: [], result: "pointer" } as const;
/** ctx, cipher, engine, key, iv */
const INIT = {
  parameters: ["pointer", "pointer", "pointer", "buffer", "buffer"],
  result: "i32",
  isHot: true,
} as const;
/** ctx, out, outLength, in, inLength */
const UPDATE = {
  parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
  result: "i32",
  isHot: true,
} as const;

const SYMBOLS = {
  // int OPENSSL_init_crypto(uint64_t opts, const OPENSSL_INIT_SETTINGS *settings)
  OPENSSL_init_crypto: { parameters: ["u64", "pointer"], result: "i32" },
  EVP_CIPHER_CTX_new: CIPHER,
  EVP_aes_128_gcm: CIPHER,
  EVP_aes_256_gcm: CIPHER,
  EVP_aes_128_ccm: CIPHER,
  EVP_aes_256_ccm: CIPHER,
  EVP_aes_128_ctr: CIPHER,
  EVP_aes_256_ctr: CIPHER,
  EVP_aes_128_ecb: CIPHER,
  EVP_aes_256_ecb: CIPHER,
  EVP_aes_128_cbc: CIPHER,
  EVP_aes_256_cbc: CIPHER,
  EVP_chacha20: CIPHER,
  EVP_chacha20_poly1305: CIPHER,
  EVP_sha1: CIPHER,
  EVP_sha256: CIPHER,
  EVP_sha384: CIPHER,
  EVP_DecryptInit_ex: INIT,
  EVP_EncryptInit_ex: INIT,
  EVP_DecryptUpdate: UPDATE,
  EVP_EncryptUpdate: UPDATE,
  EVP_DecryptFinal_ex: {
    parameters: ["pointer", "buffer", "buffer"],
    result: "i32",
    isHot: true,
  },
  EVP_CIPHER_CTX_ctrl: {
    parameters: ["pointer", "i32", "i32", "buffer"],
    result: "i32",
    isHot: true,
  },
  EVP_CIPHER_CTX_set_padding: { parameters: ["pointer", "i32"], result: "i32" },
  // unsigned char *HMAC(md, key, key_len, data, n, out, out_len)
  HMAC: {
    parameters: ["pointer", "buffer", "i32", "buffer", "usize", "buffer", "buffer"],
    result: "pointer",
    isHot: true,
  },
  // void SHA256_Transform(SHA256_CTX *c, const unsigned char *data). Deprecated since 3.0, so it may go.
  SHA256_Transform: {
    parameters: ["buffer", "buffer"],
    result: "void",
    optional: true,
    isHot: true,
  },
} as const satisfies Symbols;

export type Libcrypto = Library<typeof SYMBOLS>["symbols"];

/** OPENSSL_INIT_NO_LOAD_CONFIG: what the machine's openssl.cnf says is for other programs. */
const NO_CONFIG = 0x80n;

/** Null if it is not installed, or too old. WEBSTAT_CRYPTO=builtin does as if it were not. */
export function openLibcrypto(): Libcrypto | null {
  if (Deno.env.get("WEBSTAT_CRYPTO") === "builtin") return null;
  try {
    const { symbols } = openLibrary(NAMES, SYMBOLS);
    symbols.OPENSSL_init_crypto(NO_CONFIG, null);
    return symbols;
  } catch (error) {
    if (error instanceof LibraryError) return null;
    throw error;
  }
}
