// Holds the state: takes keys and events, lets update.ts answer, has effects done, and has it drawn.

import { actionOf } from "./keys.ts";
import type { Action, Effect, State } from "./state.ts";
import { press, type Step, update } from "./update.ts";

export class Controller {
  #state: State;
  readonly #perform: (effect: Effect) => void;
  /** Called when there is something new to see. */
  onChange: (state: State) => void = () => {};

  /** `perform` does what is outside of the state; it must not wait. */
  constructor(state: State, perform: (effect: Effect) => void) {
    this.#state = state;
    this.#perform = perform;
  }

  get state(): State {
    return this.#state;
  }

  /** Takes what has happened; however much it is, it is drawn once. */
  dispatch(...actions: readonly Action[]): void {
    this.#take(actions.map((action) => (state: State) => update(state, action)));
  }

  /** Takes a key by its name. */
  key(name: string): void {
    const action = actionOf(this.#state, name);
    if (action !== null) this.#take([(state) => press(state, action)]);
  }

  #take(steps: readonly ((state: State) => Step)[]): void {
    const before = this.#state;
    const effects: Effect[] = [];
    for (const step of steps) {
      const { state, effect } = step(this.#state);
      this.#state = state;
      if (effect !== null) effects.push(effect);
    }
    if (this.#state !== before) this.onChange(this.#state);
    effects.forEach(this.#perform);
  }
}
