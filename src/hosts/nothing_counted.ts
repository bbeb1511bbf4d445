// All that a host's snapshot has beside its name and times, of which nothing was counted.

import { associate } from "../associate.ts";
import { HOST_VECTORS, NUMBER_NAMES, PHASES, TABLE_NAMES, VECTOR_NAMES } from "./fields.ts";

export const NOTHING_COUNTED = {
  ...associate(NUMBER_NAMES, () => 0),
  ...associate(VECTOR_NAMES, (name) => HOST_VECTORS[name].names.map(() => 0)),
  ...associate(TABLE_NAMES, () => []),
  addresses: [],
  phases: PHASES.map(() => null),
  routes: [],
};
