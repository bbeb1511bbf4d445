// Which of the interfaces give packets: for /healthz, /metrics and messages.

import type { InterfaceProblem } from "../capture/upkeep.ts";

/** What has changed, for the user. */
export interface InterfaceChange {
  readonly message: string;
  readonly isBad: boolean;
}

export class InterfaceHealth {
  #interfaces: readonly string[] = [];
  #problems: readonly InterfaceProblem[] = [];

  /** The capture is open, on these interfaces. */
  begin(interfaces: readonly string[]): void {
    this.#interfaces = interfaces;
  }

  /** Takes all that is wrong now. Returns what is new. */
  update(problems: readonly InterfaceProblem[]): InterfaceChange[] {
    const before = new Map(this.#problems.map(({ name, reason }) => [name, reason]));
    this.#problems = problems;
    const now = new Set(problems.map(({ name }) => name));
    return [
      ...problems.filter(({ name, reason }) => before.get(name) !== reason)
        .map((problem) => ({ message: `${textOf(problem)}; waiting for it`, isBad: true })),
      ...[...before.keys()].filter((name) => !now.has(name))
        .map((name) => ({ message: `${name}: captured from again`, isBad: false })),
    ];
  }

  /** One line that says what is wrong; null if nothing is. */
  get problem(): string | null {
    return this.#problems.length === 0 ? null : this.#problems.map(textOf).join("; ");
  }

  /** Whether each of the interfaces gives packets. */
  get states(): { readonly name: string; readonly isUp: boolean }[] {
    return this.#interfaces.map((name) => ({
      name,
      isUp: !this.#problems.some((problem) => problem.name === name),
    }));
  }
}

/** libpcap's messages name the interface themselves. */
function textOf({ name, reason }: InterfaceProblem): string {
  return reason.includes(name) ? reason : `${name}: ${reason}`;
}
