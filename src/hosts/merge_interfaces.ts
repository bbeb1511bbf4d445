// Merges the counters of interfaces.

import type { InterfaceSnapshot } from "./snapshot.ts";

/** Those of several workers: they share the live interfaces; each file is read by one of them. */
export const mergeLive = (interfaces: readonly InterfaceSnapshot[]): InterfaceSnapshot[] =>
  mergeBy(interfaces, ({ name, dropped }, i) => dropped === null ? i : name);

/** All that have the same name, as several files may have. */
export const mergeByName = (interfaces: readonly InterfaceSnapshot[]): InterfaceSnapshot[] =>
  mergeBy(interfaces, ({ name }) => name);

const mergeBy = (
  interfaces: readonly InterfaceSnapshot[],
  keyOf: (each: InterfaceSnapshot, i: number) => string | number,
): InterfaceSnapshot[] =>
  [...Map.groupBy(interfaces, keyOf).values()].map((same) => same.reduce(add));

function add(a: InterfaceSnapshot, b: InterfaceSnapshot): InterfaceSnapshot {
  return {
    name: a.name,
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    dropped: a.dropped === null || b.dropped === null ? a.dropped ?? b.dropped : {
      kernel: a.dropped.kernel + b.dropped.kernel,
      // Each worker is told the losses of the whole interface.
      interface: Math.max(a.dropped.interface, b.dropped.interface),
    },
  };
}
