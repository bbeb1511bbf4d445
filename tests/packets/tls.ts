// TLS hellos (RFC 8446 section 4.1) as handshake messages, and the records that carry them.

import { type Bytes, bytes, concat, cut, filler, prefixed, text, u16, u8 } from "./bytes.ts";

export const TLS10 = 0x0301;
export const TLS11 = 0x0302;
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;

const SERVER_NAME = 0;
const SUPPORTED_GROUPS = 10;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;

const X25519 = 0x001d;
const X25519_MLKEM768 = 0x11ec;

export interface TlsExtension {
  readonly type: number;
  readonly data: Uint8Array;
}

export interface ClientHello {
  /** "example.com" unless given; null for no SNI. */
  readonly serverName?: string | null;
  readonly alpn?: readonly string[];
  /** Those of the supported_versions extension; empty for none, as before TLS 1.3. */
  readonly versions?: readonly number[];
  readonly legacyVersion?: number;
  readonly ciphers?: readonly number[];
  /** 32 for X25519; 1216 for X25519MLKEM768; from 1300 on no segment of 1460 bytes holds the hello. */
  readonly keyShareBytes?: number;
  /** Sent after the others. */
  readonly extensions?: readonly TlsExtension[];
}

/** The handshake message, without record: what QUIC carries in CRYPTO frames. */
export function clientHello(hello: ClientHello = {}): Bytes {
  const { serverName = "example.com", versions = [TLS13, TLS12], alpn = [] } = hello;
  const { legacyVersion = TLS12, ciphers = [0x1301, 0x1302, 0xc02f], keyShareBytes = 32 } = hello;
  const body = concat(
    u16(legacyVersion),
    filler(32),
    prefixed(1, filler(32)),
    prefixed(2, concat(...ciphers.map(u16))),
    prefixed(1, u8(0)),
    extensionList([
      ...(serverName === null ? [] : [serverNameExtension(serverName)]),
      { type: SUPPORTED_GROUPS, data: prefixed(2, concat(u16(X25519), u16(X25519_MLKEM768))) },
      { type: SIGNATURE_ALGORITHMS, data: prefixed(2, concat(u16(0x0403), u16(0x0804))) },
      ...(alpn.length === 0 ? [] : [alpnExtension(alpn)]),
      ...(versions.length === 0 ? [] : [versionsExtension(versions), keyShare(keyShareBytes)]),
      ...(hello.extensions ?? []),
    ]),
  );
  return handshake(CLIENT_HELLO, body);
}

export interface ServerHello {
  /** TLS13 unless given. */
  readonly version?: number;
  readonly cipher?: number;
  /** Up to TLS 1.2; later it is encrypted. */
  readonly alpn?: string;
  readonly extensions?: readonly TlsExtension[];
}

export function serverHello(hello: ServerHello = {}): Bytes {
  const { version = TLS13, cipher = 0x1301, alpn } = hello;
  const share = concat(u16(X25519), prefixed(2, filler(32)));
  const body = concat(
    u16(Math.min(version, TLS12)),
    filler(32),
    prefixed(1, filler(32)),
    u16(cipher),
    u8(0),
    extensionList([
      ...(version < TLS13 ? [] : [
        { type: SUPPORTED_VERSIONS, data: u16(version) },
        { type: KEY_SHARE, data: share },
      ]),
      ...(alpn === undefined ? [] : [alpnExtension([alpn])]),
      ...(hello.extensions ?? []),
    ]),
  );
  return handshake(SERVER_HELLO, body);
}

/** A handshake message of any type. */
export const handshake = (type: number, body: Uint8Array): Bytes =>
  concat(u8(type), prefixed(3, body));

/** Handshake messages in records of at most `size` bytes of content. */
export function tlsRecords(messages: Uint8Array, size = 16384): Bytes {
  return concat(...cut(messages, size).map((piece) => tlsRecord(HANDSHAKE_RECORD, piece)));
}

export const tlsRecord = (type: number, content: Uint8Array, version = TLS10): Bytes =>
  concat(u8(type), u16(version), prefixed(2, content));

/** Encrypted records, as far as a bystander can tell. */
export const tlsApplicationData = (length: number): Bytes => tlsRecord(23, filler(length), TLS12);

export const tlsAlert = (description: number): Bytes => tlsRecord(21, bytes(2, description));

const extensionList = (extensions: readonly TlsExtension[]): Bytes =>
  prefixed(2, concat(...extensions.map(({ type, data }) => concat(u16(type), prefixed(2, data)))));

const serverNameExtension = (name: string): TlsExtension => ({
  type: SERVER_NAME,
  data: prefixed(2, concat(u8(0), prefixed(2, text(name)))),
});

const alpnExtension = (protocols: readonly string[]): TlsExtension => ({
  type: ALPN,
  data: prefixed(2, concat(...protocols.map((name) => prefixed(1, text(name))))),
});

const versionsExtension = (versions: readonly number[]): TlsExtension => ({
  type: SUPPORTED_VERSIONS,
  data: prefixed(1, concat(...versions.map(u16))),
});

const keyShare = (length: number): TlsExtension => ({
  type: KEY_SHARE,
  data: prefixed(
    2,
    concat(u16(length > 32 ? X25519_MLKEM768 : X25519), prefixed(2, filler(length))),
  ),
});
