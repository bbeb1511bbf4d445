// Hosts of which only DNS has spoken. Resolvers, search domains and look-ups in advance make many of
// them, and they tell least.

import { type HostVectors, SOURCE_INDEX } from "./fields.ts";
import { sum } from "../sums.ts";

/** Whether a host was asked for in DNS, and nothing else is known of it. */
export function isDnsOnly({ hits, connectionsOpen }: Counted): boolean {
  const queries = hits[SOURCE_INDEX.dns]!;
  return queries > 0 && sum(hits) === queries && sum(connectionsOpen) === 0;
}

type Counted = Pick<HostVectors, "hits" | "connectionsOpen">;
