// What an attack on packets is.

import type { Endpoints } from "../bench/inputs/frames.ts";
import { connection, type Wire } from "./traffic.ts";

export interface Flood {
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  /** Packets a second of the attacker, unless told otherwise. */
  readonly rate: number;
  /** How many flows, or packets where there is one flow, in full. */
  readonly size: number;
  /** Whether it is small enough to run with every change; all others are run by name. */
  readonly cheap?: boolean;
  /** The lines of a key log that goes with it. */
  keys?(size: number): Iterable<string>;
  write(wire: Wire, size: number): void;
}

/** Calls `one` for each of so many connections. */
export function each(
  size: number,
  port: number,
  one: (on: Endpoints, number: number) => void,
): void {
  for (let i = 0; i < size; i++) one(connection(i, port), i);
}
