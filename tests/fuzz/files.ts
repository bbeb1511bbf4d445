// Capture files made wrong: whatever their bytes are, reading ends, without an exception that is not for the
// user.

import { openFiles } from "../../src/capture/file.ts";
import { UserError } from "../../src/errors.ts";
import { concat, filler } from "../packets/bytes.ts";
import { pcap, pcapng, pcapngBlock } from "../packets/files.ts";
import { mutate, Random } from "../packets/random.ts";
import type { Failed } from "./rounds.ts";

/** Only of some rounds, as files cost more than packets and have less in them. */
const SHARE = 8;

const FRAMES = [filler(60), filler(1500), filler(14), new Uint8Array(0)];

const FILES: readonly (() => Uint8Array)[] = [
  () => pcap(FRAMES),
  () => pcap(FRAMES, { bigEndian: true, nanoseconds: true }),
  () => pcapng(FRAMES),
  () => pcapng(FRAMES, { bigEndian: true, interfaces: [{}, { resolution: 9, name: "eth1" }] }),
  () => concat(pcapng(FRAMES), pcapngBlock(10, filler(300)), pcapng(FRAMES)),
];

/** Null if the file of this seed is read to an end, or if it has none. */
export async function fuzzFile(seed: number): Promise<Failed | null> {
  if (seed % SHARE !== 0) return null;
  const random = new Random(seed);
  let bytes: Uint8Array = random.pick(FILES)();
  for (let left = random.below(4); left >= 0; left--) bytes = mutate(bytes, random);
  const path = await Deno.makeTempFile({ prefix: "webstat-fuzz-" });
  try {
    await Deno.writeFile(path, bytes);
    const source = openFiles([path]);
    try {
      while (await source.read() !== null) { /* whatever is in it */ }
    } finally {
      source.close();
    }
    return null;
  } catch (error) {
    if (error instanceof UserError) return null;
    return { what: error instanceof Error ? `${error.stack}` : String(error) };
  } finally {
    await Deno.remove(path);
  }
}
