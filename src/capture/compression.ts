// Recognises compressed files, and captures in other formats, by their first bytes.

export type Compression = "gzip" | "zstd";

/** So many bytes are enough to recognise any of these. */
const MAX_MAGIC = 8;

const MAGIC: readonly (readonly [magic: string, Compression])[] = [
  ["1f8b", "gzip"],
  ["28b52ffd", "zstd"],
];

const PIPE = "webstat sniff -r -";

/** Kinds that webstat does not decompress, with the command that does. */
const COMMANDS: readonly (readonly [magic: string, command: string])[] = [
  ["fd377a585a00", "xz -dc"],
  ["04224d18", "lz4 -dc"],
  ["02214c18", "lz4 -dc"],
  ["425a68", "bzip2 -dc"],
];

const beginning = (bytes: Uint8Array): string => bytes.subarray(0, MAX_MAGIC).toHex();

/** How a file that begins with `bytes` is compressed; null if it is not, or more bytes are needed. */
export function compressionOf(bytes: Uint8Array): Compression | null {
  // A file of zstd may begin with a frame to be skipped, which has one of 16 magic numbers.
  if (/^5.2a4d18/.test(beginning(bytes))) return "zstd";
  return MAGIC.find(([magic]) => beginning(bytes).startsWith(magic))?.[1] ?? null;
}

/** Captures that Wireshark's editcap turns into pcapng. */
const FORMATS: readonly (readonly [magic: string, name: string])[] = [
  ["736e6f6f70000000", "of snoop"],
  ["474d4255", "of Microsoft's Network Monitor"],
  ["52545353", "of Microsoft's Network Monitor"],
  ["5452534e49464620", "of Sniffer"],
  ["58435000", "of NetXRay"],
];

/**
 * What a file that begins with `bytes` is, with the command to read it: "compressed: use xz ...". Null if it
 * is not of one of these kinds.
 */
export function otherKind(bytes: Uint8Array): string | null {
  const is = ([magic]: readonly [string, string]): boolean => beginning(bytes).startsWith(magic);
  const compressed = COMMANDS.find(is);
  if (compressed !== undefined) return `compressed: use ${compressed[1]} FILE | ${PIPE}`;
  const format = FORMATS.find(is);
  return format === undefined ? null : `a capture ${format[1]}: use editcap FILE - | ${PIPE}`;
}
