// Counts by labels, as a metric has them.

import { type LabelledCount, rowOf } from "../hosts/labelled.ts";

/** A count for each set of values. Callers must bound the values: nothing here is ever dropped. */
export class LabelledCounts<Label extends string> {
  readonly #labels: readonly Label[];
  /** The key is the values, separated by spaces. */
  readonly #counts = new Map<string, number>();

  constructor(...labels: readonly Label[]) {
    this.#labels = labels;
  }

  /** One more for these values, which are in the order of the labels and have no spaces. */
  add(...values: readonly string[]): void {
    // To join them makes a text that has to be hashed anew.
    const key = values.length === 1 ? values[0]! : values.join(" ");
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  /** A row for each set of values, in the order in which they were first counted. */
  rows(): LabelledCount<Label>[] {
    return [...this.#counts]
      .map(([key, count]) => rowOf(this.#labels, key, count) as LabelledCount<Label>);
  }
}
