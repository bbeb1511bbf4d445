// Reads a capture file through a whole pipeline, in this thread.

import { type Accept, openFiles } from "../src/capture/file.ts";
import { KeyLines } from "../src/keylog/key_lines.ts";
import { KeyLogs } from "../src/keylog/key_logs.ts";
import { UserError } from "../src/errors.ts";
import { registrableDomain } from "../src/hosts/domains.ts";
import type { Snapshot } from "../src/hosts/snapshot.ts";
import { Pipeline, type PipelineSettings } from "../src/pipeline/pipeline.ts";
import { snapshotOf } from "../src/pipeline/testing.ts";

/** What is counted of `file`. Damaged files count as far as they go. */
export async function readCapture(
  file: string,
  settings: PipelineSettings,
  keyLogs: readonly string[] = [],
  accept: Accept | null = null,
): Promise<Snapshot> {
  const pipeline = new Pipeline(settings);
  pipeline.nameBy(null, registrableDomain);
  if (keyLogs.length > 0) await new KeyLogs(keyLogs, pipeline.keys, () => {}).readAll();
  const lines = new KeyLines(pipeline.keys);
  const source = openFiles([file], { accept, takeSecrets: (bytes) => lines.add(bytes) });
  try {
    for (let batch = await source.read(); batch !== null; batch = await source.read()) {
      pipeline.feed(batch, source.interfaces);
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  pipeline.finish();
  source.close();
  return snapshotOf(pipeline, source.interfaces);
}

/** The paths of the capture files in a folder, sorted. */
export function capturesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)]
    .map(({ name }) => `${folder}/${name}`)
    .filter((path) => /\.pcap(ng)?$/.test(path))
    .sort();
}
