// Lets several workers share the interfaces of a live capture. The kernel spreads packets over the sockets
// of a group. Before all have joined it, each gets every packet: these packets do not count.

import { UserError } from "../errors.ts";
import type { Handle } from "./handle.ts";
import { spreadingProgram } from "./spreading.ts";

/** How long a worker waits for the others, in milliseconds. */
const PATIENCE = 5000;

/** Set in a group's cell when it has an id, which may be 0. */
const KNOWN = 1 << 16;

const FAILED = -(2 ** 30);

/** Memory that all workers share. */
export interface SharingMemory {
  /** How many workers have joined all groups; below 0 if one has failed. */
  readonly joined: Int32Array;
  /** The group of each interface. */
  readonly groups: Int32Array;
  /** When a worker joined last, in milliseconds since 1970. */
  readonly joinedAt: BigInt64Array;
}

/** For one worker. */
export interface Sharing {
  readonly memory: SharingMemory;
  /** 0 to `workers` - 1. */
  readonly worker: number;
  readonly workers: number;
}

export function sharingMemory(interfaces: number): SharingMemory {
  const cells = (count: number) => new Int32Array(new SharedArrayBuffer(4 * count));
  const joinedAt = new BigInt64Array(new SharedArrayBuffer(8));
  return { joined: cells(1), groups: cells(interfaces), joinedAt };
}

/** An open interface that is not shared yet. */
interface Opened {
  readonly name: string;
  readonly handle: Pick<Handle, "share" | "join">;
}

/**
 * Joins this worker's interfaces to the groups, and waits for the other workers. Returns the time from which
 * on packets are shared, microseconds since 1970. Throws UserError, or SharingError if another worker has
 * failed.
 */
export function shareInterfaces(opened: readonly Opened[], sharing: Sharing): number {
  opened.forEach((each, i) => join(each, sharing, i));
  const { joined, joinedAt } = sharing.memory;
  Atomics.store(joinedAt, 0, BigInt(Date.now()));
  Atomics.add(joined, 0, 1);
  Atomics.notify(joined, 0);
  waitUntil(joined, 0, sharing, (count) => count >= sharing.workers);
  // All workers must use the same time. Date.now() is rounded down to milliseconds.
  return (Number(Atomics.load(joinedAt, 0)) + 1) * 1000;
}

/**
 * Joins interface `i`, which was opened again, to its group. Throws UserError until all workers have closed
 * the old one. Returns the time from which on its packets are shared, microseconds since 1970.
 */
export function shareAgain(
  name: string,
  handle: Pick<Handle, "rejoin">,
  { memory: { groups } }: Sharing,
  i: number,
): number {
  try {
    handle.rejoin(Atomics.load(groups, i) & ~KNOWN, spreadingProgram());
  } catch (error) {
    throw sharingError(name, error);
  }
  return (Date.now() + 1) * 1000;
}

/** Tells the others that this worker will not join. */
export function abandonSharing({ memory: { joined, groups } }: Sharing): void {
  Atomics.store(joined, 0, FAILED);
  Atomics.notify(joined, 0);
  for (let i = 0; i < groups.length; i++) {
    Atomics.compareExchange(groups, i, 0, FAILED);
    Atomics.notify(groups, i);
  }
}

/** The first worker makes the groups. */
function join({ name, handle }: Opened, sharing: Sharing, i: number): void {
  const { groups } = sharing.memory;
  if (sharing.worker > 0) waitUntil(groups, i, sharing, (group) => group !== 0);
  try {
    if (sharing.worker > 0) return handle.join(Atomics.load(groups, i) & ~KNOWN);
    Atomics.store(groups, i, handle.share(spreadingProgram()) | KNOWN);
    Atomics.notify(groups, i);
  } catch (error) {
    throw sharingError(name, error);
  }
}

function sharingError(name: string, error: unknown): UserError {
  const { message } = error as Error;
  return new UserError(`cannot share ${name} between workers: ${message}`, { cause: error });
}

/** Blocks this thread, which has nothing else to do at that time. */
function waitUntil(
  cells: Int32Array,
  i: number,
  { memory }: Sharing,
  isDone: (value: number) => boolean,
): void {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const value = Atomics.load(cells, i);
    if (Atomics.load(memory.joined, 0) < 0) throw new SharingError();
    if (isDone(value)) return;
    const left = end - performance.now();
    if (left <= 0) throw new UserError("the workers did not start together: try --workers 1");
    Atomics.wait(cells, i, value, left);
  }
}

/** Another worker could not start; it reports the reason itself. */
export class SharingError extends Error {
  override name = "SharingError";
}
