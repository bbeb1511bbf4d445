// Checks the interfaces of a live capture, and opens those again that were removed and came back.

import { UserError } from "../errors.ts";
import { type Handle, SETTLE_MS } from "./handle.ts";
import type { Lane } from "./lane.ts";

/** How often the interfaces are checked. */
const CHECK_MS = 500;
/** Time after a failed attempt to open an interface; it doubles each time. */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8000;

/** An interface that cannot be captured from. */
export interface InterfaceProblem {
  readonly name: string;
  /** "the interface is down" */
  readonly reason: string;
}

export interface UpkeepOptions {
  /** Opens an interface again. Throws UserError. */
  reopen(lane: Lane): Handle;
  /** Called with all problems, whenever they change. */
  tell(problems: readonly InterfaceProblem[]): void;
}

/** Times are those of performance.now(). */
export class Upkeep {
  readonly #lanes: readonly Lane[];
  readonly #options: UpkeepOptions;
  /** Why an interface could not be opened the last time, by name. */
  readonly #failures = new Map<string, string>();
  #checkedAt = -Infinity;
  #told = "[]";

  constructor(lanes: readonly Lane[], options: UpkeepOptions) {
    this.#lanes = lanes;
    this.#options = options;
  }

  /** Makes the next `check` check at once. */
  hurry(): void {
    this.#checkedAt = -Infinity;
  }

  /** Checks the interfaces if it is time to. Returns whether handles were closed or opened. */
  check(now: number): boolean {
    if (now - this.#checkedAt < CHECK_MS) return false;
    this.#checkedAt = now;
    const changes = this.#lanes.filter((lane) => this.#keepUp(lane, now)).length;
    const problems = this.#lanes.flatMap((lane) => this.#problemOf(lane) ?? []);
    const text = JSON.stringify(problems);
    if (text !== this.#told) this.#options.tell(problems);
    this.#told = text;
    return changes > 0;
  }

  #keepUp(lane: Lane, now: number): boolean {
    if (lane.handle === null) return this.#tryToOpen(lane, now);
    if (lane.endsAt === Infinity && lane.isDead) lane.endsAt = now + SETTLE_MS;
    if (now < lane.endsAt) return false;
    lane.close();
    lane.opensAt = now;
    lane.delay = FIRST_DELAY_MS;
    this.hurry();
    return true;
  }

  #tryToOpen(lane: Lane, now: number): boolean {
    if (now < lane.opensAt || lane.problem !== null) return false;
    try {
      lane.open(this.#options.reopen(lane));
      this.#failures.delete(lane.name);
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#failures.set(lane.name, error.message);
      lane.opensAt = now + lane.delay;
      lane.delay = Math.min(2 * lane.delay, LONGEST_DELAY_MS);
      return false;
    }
  }

  #problemOf(lane: Lane): InterfaceProblem | null {
    const { name } = lane;
    const failure = lane.handle === null ? this.#failures.get(name) : undefined;
    const reason = lane.problem ?? failure ??
      (lane.handle === null ? "the interface is being opened again" : null);
    return reason === null ? null : { name, reason };
  }
}
