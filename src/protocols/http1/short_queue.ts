// A queue that is short nearly always. JavaScript's arrays free their memory whenever they get empty, and
// take 150 bytes with the next element: here, an element that is alone needs no array.

export class ShortQueue<Item extends object> {
  #first: Item | null = null;
  /** Those behind the first; null if there never were any. */
  #others: Item[] | null = null;

  get length(): number {
    if (this.#first === null) return 0;
    return this.#others === null ? 1 : 1 + this.#others.length;
  }

  get first(): Item | undefined {
    return this.#first ?? undefined;
  }

  get last(): Item | undefined {
    return this.at(this.length - 1);
  }

  /** The item at `index`, the first one being at 0; undefined beyond both ends. */
  at(index: number): Item | undefined {
    if (index === 0) return this.first;
    return index < 0 || this.#others === null ? undefined : this.#others[index - 1];
  }

  push(item: Item): void {
    if (this.#first === null) this.#first = item;
    else (this.#others ??= []).push(item);
  }

  /** Takes the first item away; there has to be one. */
  shift(): Item {
    const first = this.#first!;
    const others = this.#others;
    this.#first = others === null || others.length === 0 ? null : others.shift()!;
    return first;
  }

  /** Takes the items from one index to another (excluded) away. */
  take(from: number, to: number): Item[] {
    const items = this.#first === null ? [] : [this.#first, ...this.#others ?? []];
    const taken = items.splice(from, to - from);
    this.clear();
    for (const item of items) this.push(item);
    return taken;
  }

  clear(): void {
    this.#first = this.#others = null;
  }
}
