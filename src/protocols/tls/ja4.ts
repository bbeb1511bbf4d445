// JA4, a fingerprint of the program behind a ClientHello: the client part only, whose specification
// FoxIO published for free use (BSD 3-Clause). Written from that specification.

import { HASH_WORDS, hashText } from "../../crypto/sha256.ts";

/** What a fingerprint is computed from; the lists are in the order in which the client sent them. */
export interface Ja4Input {
  readonly legacyVersion: number;
  readonly supportedVersions: readonly number[];
  /** Whether the extension is there, even if it is empty. */
  readonly hasServerName: boolean;
  readonly cipherSuites: readonly number[];
  readonly extensions: readonly number[];
  /** Protocol names, with one character for each byte. */
  readonly alpn: readonly string[];
  readonly signatureAlgorithms: readonly number[];
}

const EXTENSION_SERVER_NAME = 0x0000;
const EXTENSION_ALPN = 0x0010;
/** Hexadecimal digits of a hash that are shown. */
const HASH_LENGTH = 12;
const words = new Int32Array(HASH_WORDS);

const VERSIONS: Readonly<Record<number, string>> = {
  0x0002: "s2",
  0x0300: "s3",
  0x0301: "10",
  0x0302: "11",
  0x0303: "12",
  0x0304: "13",
};

/** "t13d1516h2_8daaf6152771_e5627efa2ab1"; `transport` is "t" for TLS over TCP, "q" for QUIC. */
export function ja4(transport: "t" | "q", hello: Ja4Input): string {
  const suites = withoutGrease(hello.cipherSuites);
  const extensions = withoutGrease(hello.extensions);
  const traits = transport + version(hello) + (hello.hasServerName ? "d" : "i") +
    twoDigits(suites.length) + twoDigits(extensions.length) + endsOf(hello.alpn[0] ?? "");
  return `${traits}_${hashOf(sorted(suites))}_${hashOf(extensionText(extensions, hello))}`;
}

/**
 * The sorted extensions, without those that depend on the server, then the signature algorithms in
 * their order.
 */
function extensionText(extensions: readonly number[], hello: Ja4Input): string {
  const steady = extensions.filter((type) =>
    type !== EXTENSION_SERVER_NAME && type !== EXTENSION_ALPN
  );
  const algorithms = withoutGrease(hello.signatureAlgorithms).map(hex4).join(",");
  return algorithms === "" ? sorted(steady) : `${sorted(steady)}_${algorithms}`;
}

/** The highest version offered, or the legacy one if none is; "00" if it is unknown. */
function version(hello: Ja4Input): string {
  const offered = withoutGrease(hello.supportedVersions);
  const highest = offered.length > 0 ? Math.max(...offered) : hello.legacyVersion;
  return VERSIONS[highest] ?? "00";
}

/** First and last character of a protocol's name; of its hexadecimal form if one is not alphanumeric. */
function endsOf(protocol: string): string {
  if (protocol === "") return "00";
  const ends = protocol[0]! + protocol.at(-1)!;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  return hex2(protocol.charCodeAt(0))[0]! + hex2(protocol.charCodeAt(protocol.length - 1))[1]!;
}

/** Zeros for an empty list. */
function hashOf(list: string): string {
  if (list === "") return "0".repeat(HASH_LENGTH);
  hashText(list, words);
  return (hex8(words[0]!) + hex8(words[1]!)).slice(0, HASH_LENGTH);
}

/** GREASE (RFC 8701): 0x0a0a, 0x1a1a, ... are drawn at random, and do not identify the client. */
const withoutGrease = (values: readonly number[]): number[] =>
  values.filter((value) => (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 0xff));

const sorted = (values: readonly number[]): string => values.map(hex4).sort().join(",");
const twoDigits = (count: number): string => String(Math.min(count, 99)).padStart(2, "0");
const hex2 = (byte: number): string => byte.toString(16).padStart(2, "0");
const hex8 = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
const hex4 = (value: number): string => value.toString(16).padStart(4, "0");
