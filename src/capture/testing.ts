// For tests: writes capture files, and reads all of their packets.

import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import type { Source } from "./batch.ts";
import { openFiles } from "./file.ts";

export interface FoundPacket {
  readonly data: Uint8Array;
  /** Length on the wire. */
  readonly length: number;
  /** Microseconds since 1970. */
  readonly time: number;
  readonly interface: string;
  readonly linkType: number;
}

export interface Found {
  readonly packets: readonly FoundPacket[];
  /** The message for the user; null if nothing was wrong. */
  readonly problem: string | null;
}

/** Reads `source` to its end and closes it. Throws errors other than UserError. */
export async function readAll(source: Source): Promise<Found> {
  const packets: FoundPacket[] = [];
  let problem: string | null = null;
  try {
    for (let batch = await source.read(); batch !== null; batch = await source.read()) {
      for (let i = 0; i < batch.count; i++) {
        const at = batch.offset[i]!;
        const { name, linkType } = source.interfaces[batch.interface[i]!]!;
        packets.push({
          data: batch.bytes.slice(at, at + batch.captured[i]!),
          length: batch.length[i]!,
          time: batch.time[i]!,
          interface: name,
          linkType,
        });
      }
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problem = error.message;
  } finally {
    source.close();
  }
  return { packets, problem };
}

/** Calls `test` with the paths of files that hold `contents`: "0.pcap", "1.pcap" ... of a folder. */
export async function withFiles<T>(
  contents: readonly Uint8Array[],
  test: (paths: string[], folder: string) => Promise<T>,
): Promise<T> {
  const folder = Deno.makeTempDirSync();
  try {
    const paths = contents.map((content, i) => {
      const path = `${folder}/${i}.pcap`;
      Deno.writeFileSync(path, content);
      return path;
    });
    return await test(paths, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Files that are read in another thread. */
export const openReadAhead = (paths: readonly string[]): Source =>
  openFiles(paths, { readAhead: "always" });

/** Reads files with `contents` in both ways, which have to give the same: one after the other. In `problem` they are called "0.pcap", "1.pcap" ... */
export function readContents(...contents: Uint8Array[]): Promise<Found> {
  return withFiles(contents, async (paths, folder) => {
    const found = await readAll(openFiles(paths));
    assert.deepEqual(await readAll(openReadAhead(paths)), found);
    return { ...found, problem: found.problem?.replaceAll(`${folder}/`, "") ?? null };
  });
}

/** `packets` as a test compares them. */
export const contentsOf = ({ packets }: Found): string[] =>
  packets.map(({ data }) => new TextDecoder().decode(data));
