// For tests: databases in MaxMind's format.

import { parseAddress } from "./address_number.ts";

export type Value = string | number | { readonly [key: string]: Value };
type Entries = readonly (readonly [prefix: string, record: Value])[];

/** Type (3 bits) and size, then the content: https://maxmind.github.io/MaxMind-DB/ */
function encode(value: Value): number[] {
  if (typeof value === "number") {
    return [0xc4, value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255];
  }
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    const size = bytes.length < 29 ? [0x40 | bytes.length] : [0x5d, bytes.length - 29];
    return [...size, ...bytes];
  }
  const pairs = Object.entries(value);
  return [
    0xe0 | pairs.length,
    ...pairs.flatMap(([key, item]) => [...encode(key), ...encode(item)]),
  ];
}

/** A database with records of 24 bits; IPv4 prefixes stand under ::/96 where `version` is 6. */
export function buildDatabase(type: string, version: 4 | 6, entries: Entries): Uint8Array {
  const nodes: [number | null, number | null][] = [[null, null]];
  const data: number[] = [];
  const pointers: { node: number; side: 0 | 1; offset: number }[] = [];
  for (const [prefix, record] of entries) {
    const [text = "", length] = prefix.split("/");
    const isIPv4 = !text.includes(":");
    let address = parseAddress(text)!;
    if (isIPv4) address &= 0xffffffffn;
    const width = version === 4 ? 32 : 128;
    const depth = Number(length) + (isIPv4 && version === 6 ? 96 : 0);
    let node = 0;
    for (let bit = 0; bit < depth; bit++) {
      const side = Number(address >> BigInt(width - 1 - bit) & 1n) as 0 | 1;
      if (bit === depth - 1) pointers.push({ node, side, offset: data.length });
      else node = nodes[node]![side] ??= nodes.push([null, null]) - 1;
    }
    data.push(...encode(record));
  }
  for (const { node, side, offset } of pointers) nodes[node]![side] = nodes.length + 16 + offset;
  const tree = nodes.flat().flatMap((record) => {
    const value = record ?? nodes.length;
    return [value >>> 16, value >>> 8 & 255, value & 255];
  });
  const metadata = encode({
    binary_format_major_version: 2,
    build_epoch: 1_700_000_000,
    database_type: type,
    ip_version: version,
    node_count: nodes.length,
    record_size: 24,
  });
  const marker = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];
  return Uint8Array.from([...tree, ...new Array(16).fill(0), ...data, ...marker, ...metadata]);
}

export function withFile<T>(content: Uint8Array, use: (file: string) => T): T {
  const file = Deno.makeTempFileSync({ suffix: ".mmdb" });
  try {
    Deno.writeFileSync(file, content);
    return use(file);
  } finally {
    Deno.removeSync(file);
  }
}
