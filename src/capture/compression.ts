// Recognises compressed files by their first bytes.

export type Compression = "gzip" | "zstd";

/** So many bytes are enough to recognise any of these. */
const MAX_MAGIC = 6;

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

/** The command to read a file that begins with `bytes`; null if it is not of one of these kinds. */
export function commandFor(bytes: Uint8Array): string | null {
  const found = COMMANDS.find(([magic]) => beginning(bytes).startsWith(magic));
  return found === undefined ? null : `${found[1]} FILE | ${PIPE}`;
}
