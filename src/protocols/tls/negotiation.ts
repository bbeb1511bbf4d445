// What hellos say that matters for decryption: RFC 8446 sections 4.1 and 4.3.1.

import { latin1, u16 } from "../../bytes.ts";
import { canDecrypt } from "../../crypto/decryption.ts";
import { type CipherSuite, cipherSuite } from "./cipher_suites.ts";

const RANDOM_AT = 6;
const RANDOM_LENGTH = 32;
const SESSION_ID_AT = RANDOM_AT + RANDOM_LENGTH;

const EXTENSION_ALPN = 16;
const EXTENSION_ENCRYPT_THEN_MAC = 22;
const EXTENSION_EARLY_DATA = 42;
const EXTENSION_SUPPORTED_VERSIONS = 43;

export const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;

/** The random of a HelloRetryRequest (section 4.1.3). */
const RETRY_RANDOM = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

export const randomOf = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.slice(at + RANDOM_AT, at + RANDOM_AT + RANDOM_LENGTH);

/** Whether the ClientHello at `at` offers data before the server has answered. */
export function offersEarlyData(bytes: Uint8Array, at: number, end: number): boolean {
  const suites = at + SESSION_ID_AT + 1 + bytes[at + SESSION_ID_AT]!;
  if (suites + 2 > end) return false;
  const methods = suites + 2 + u16(bytes, suites);
  if (methods >= end) return false;
  const extensions = methods + 1 + bytes[methods]!;
  return extensionAt(bytes, extensions, end, EXTENSION_EARLY_DATA) > 0;
}

/** What a ServerHello has chosen. */
export interface Choice {
  readonly random: Uint8Array;
  readonly version: number;
  /** Null if it cannot be decrypted. */
  readonly suite: CipherSuite | null;
  /** In CBC mode, whether the MAC is of what is encrypted (RFC 7366). */
  readonly macLast: boolean;
}

/** What the ServerHello at `at` has chosen; null if it is a HelloRetryRequest, or cut. */
export function choiceOf(bytes: Uint8Array, at: number, end: number): Choice | null {
  const random = randomOf(bytes, at);
  if (random.toHex() === RETRY_RANDOM) return null;
  const suiteAt = at + SESSION_ID_AT + 1 + bytes[at + SESSION_ID_AT]!;
  const extensions = suiteAt + 3;
  if (extensions > end) return null;
  const versionAt = extensionAt(bytes, extensions, end, EXTENSION_SUPPORTED_VERSIONS);
  const suite = cipherSuite(u16(bytes, suiteAt));
  const isReadable = suite !== null && (suite.aead === null || canDecrypt(suite.aead));
  return {
    random,
    version: u16(bytes, versionAt > 0 ? versionAt : at + 4),
    suite: isReadable ? suite : null,
    macLast: extensionAt(bytes, extensions, end, EXTENSION_ENCRYPT_THEN_MAC) > 0,
  };
}

/** What the EncryptedExtensions at `at` say. */
export interface EncryptedExtensions {
  /** "" if none was negotiated. */
  readonly alpn: string;
  readonly acceptsEarlyData: boolean;
}

export function encryptedExtensions(
  bytes: Uint8Array,
  at: number,
  end: number,
): EncryptedExtensions {
  const list = at + 4;
  const alpn = extensionAt(bytes, list, end, EXTENSION_ALPN);
  // A list with one name, each with its length in front of it.
  const isWhole = alpn > 0 && alpn + 3 + bytes[alpn + 2]! <= end;
  return {
    alpn: isWhole ? latin1(bytes, alpn + 3, alpn + 3 + bytes[alpn + 2]!) : "",
    acceptsEarlyData: extensionAt(bytes, list, end, EXTENSION_EARLY_DATA) > 0,
  };
}

/** Where the content of an extension is, in the list at `at`; 0 if it is not there. */
function extensionAt(bytes: Uint8Array, at: number, end: number, type: number): number {
  for (let cursor = at + 2; cursor + 4 <= end;) {
    const content = cursor + 4;
    const next = content + u16(bytes, cursor + 2);
    if (next > end) return 0;
    if (u16(bytes, cursor) === type) return content;
    cursor = next;
  }
  return 0;
}
