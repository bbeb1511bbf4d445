// What is known of an input because it was made that way.

import type { SourceName } from "../../../src/protocols/analyser.ts";

export interface Truth {
  readonly hits: Readonly<Record<SourceName, number>>;
  /** Names of hosts that occur; null where not known. */
  readonly hosts: number | null;
  readonly connections: number | null;
}
