// Holds the state: takes keys and events, lets update.ts answer, has effects done, and has it drawn.

import { actionOf } from "./keys.ts";
import type { Action, Effect, ScreenState } from "./state.ts";
import { press, type Transition, update } from "./update.ts";

export class Controller {
  #state: ScreenState;
  readonly #perform: (effect: Effect) => void;
  readonly #pageLength: (state: ScreenState) => number;
  /** Called when there is something new to see. */
  onChange: (state: ScreenState) => void = () => {};

  /**
   * `perform` does what is outside of the state; it must not wait. `pageLength` is the view's: how many
   * lines the open page has, which says how far one can scroll.
   */
  constructor(
    state: ScreenState,
    perform: (effect: Effect) => void,
    pageLength: (state: ScreenState) => number,
  ) {
    this.#state = state;
    this.#perform = perform;
    this.#pageLength = pageLength;
  }

  get state(): ScreenState {
    return this.#state;
  }

  /** Takes what has happened; however much it is, it is drawn once. */
  dispatch(...actions: readonly Action[]): void {
    this.#take(actions.map((action) => (state: ScreenState) => update(state, action)));
  }

  /** Takes a key by its name. */
  key(name: string): void {
    const action = actionOf(this.#state, name);
    if (action !== null) this.#take([(state) => press(state, action)]);
  }

  #take(steps: readonly ((state: ScreenState) => Transition)[]): void {
    const before = this.#state;
    const effects: Effect[] = [];
    for (const step of steps) {
      const { state, effect } = step(this.#state);
      this.#state = state;
      if (effect !== null) effects.push(effect);
    }
    if (this.#state !== before) {
      this.#measurePage();
      this.onChange(this.#state);
    }
    effects.forEach(this.#perform);
  }

  #measurePage(): void {
    const pageLength = this.#pageLength(this.#state);
    if (pageLength !== this.#state.pageLength) this.#state = { ...this.#state, pageLength };
  }
}
