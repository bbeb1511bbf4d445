// The hello messages of SSL 2.0. Clients up to about 2010 used this format to offer SSL 3.0 and TLS
// too. It names no host. RFC 5246 appendix E.2; the server's is in the SSL 2.0 specification.

import { u16 } from "../../bytes.ts";
import { NEED_MORE, NOT_MINE } from "../analyser.ts";

/** Two bytes: a set bit, which says that there is no padding, then the length. */
const RECORD_HEADER = 2;
const LENGTH_MASK = 0x7fff;
const TYPE_AT = 2;
const CLIENT_VERSION_AT = 3;
const SPECS_LENGTH_AT = 5;
const ID_LENGTH_AT = 7;
const CHALLENGE_LENGTH_AT = 9;
/** Type, version, and the lengths of cipher specifications, session id and challenge. */
const CLIENT_HEADER = 9;
const SPEC_LENGTH = 3;
const ID_LENGTH = 16;
const MIN_CHALLENGE = 16;
const MAX_CHALLENGE = 32;

const CLIENT_HELLO = 1;
const SERVER_HELLO = 4;
/** Behind the type, a session id flag and the certificate type. */
const SERVER_VERSION_AT = 5;

const SSL_2 = 0x0002;

/** Whether a ClientHello begins at `at`: 1 if all its lengths agree, NEED_MORE or NOT_MINE. */
export function looksLikeSsl2Hello(bytes: Uint8Array, at: number, end: number): number {
  if ((bytes[at]! & 0x80) === 0) return NOT_MINE;
  const length = end - at;
  if (length > TYPE_AT && bytes[at + TYPE_AT] !== CLIENT_HELLO) return NOT_MINE;
  if (length < RECORD_HEADER + CLIENT_HEADER) return NEED_MORE;
  const version = u16(bytes, at + CLIENT_VERSION_AT);
  if (version !== SSL_2 && (version < 0x0300 || version > 0x0304)) return NOT_MINE;
  const specs = u16(bytes, at + SPECS_LENGTH_AT);
  const id = u16(bytes, at + ID_LENGTH_AT);
  const challenge = u16(bytes, at + CHALLENGE_LENGTH_AT);
  if (specs === 0 || specs % SPEC_LENGTH !== 0 || (id !== 0 && id !== ID_LENGTH)) return NOT_MINE;
  if (challenge < MIN_CHALLENGE || challenge > MAX_CHALLENGE) return NOT_MINE;
  return (u16(bytes, at) & LENGTH_MASK) === CLIENT_HEADER + specs + id + challenge ? 1 : NOT_MINE;
}

/** Whether a ServerHello in this format begins at `at`; false if there are too few bytes to know. */
export const isSsl2ServerHello = (bytes: Uint8Array, at: number, end: number): boolean =>
  end - at >= SERVER_VERSION_AT + 2 && (bytes[at]! & 0x80) !== 0 &&
  bytes[at + TYPE_AT] === SERVER_HELLO && u16(bytes, at + SERVER_VERSION_AT) === SSL_2;

/** For ServerHello.version of hello.ts. */
export const SSL2_VERSION = SSL_2;
