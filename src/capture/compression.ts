// How files are compressed, told by their first bytes.

export type Compression = "gzip" | "zstd";

/** All that a compressed file is recognised by. */
const MAX_MAGIC = 6;

const MAGIC: readonly (readonly [magic: string, Compression])[] = [
  ["1f8b", "gzip"],
  ["28b52ffd", "zstd"],
];

const PIPE = "webstat sniff -r -";

/** What is not read here, and what makes it readable. */
const COMMANDS: readonly (readonly [magic: string, command: string])[] = [
  ["fd377a585a00", "xz -dc"],
  ["04224d18", "lz4 -dc"],
  ["02214c18", "lz4 -dc"],
  ["425a68", "bzip2 -dc"],
];

const beginning = (bytes: Uint8Array): string => bytes.subarray(0, MAX_MAGIC).toHex();

/** How a file that begins with `bytes` is compressed; null if that is not, or not yet, known. */
export function compressionOf(bytes: Uint8Array): Compression | null {
  // Frames of zstd may be skipped, the first one too: it has one of 16 numbers.
  if (/^5.2a4d18/.test(beginning(bytes))) return "zstd";
  return MAGIC.find(([magic]) => beginning(bytes).startsWith(magic))?.[1] ?? null;
}

/** A command that reads the file that begins with `bytes`; null if it is not compressed. */
export function commandFor(bytes: Uint8Array): string | null {
  const found = COMMANDS.find(([magic]) => beginning(bytes).startsWith(magic));
  return found === undefined ? null : `${found[1]} FILE | ${PIPE}`;
}
