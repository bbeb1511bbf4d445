// Holds the state: applies keys and events to it by update.ts, performs the effects, asks for
// drawing.

import { actionOf } from "./keys.ts";
import { type MouseAction, mouseAction } from "./mouse.ts";
import type { Action, Effect, ScreenState } from "./state.ts";
import { press, type Transition, update } from "./update.ts";

export class Controller {
  #state: ScreenState;
  readonly #perform: (effect: Effect) => void;
  readonly #pageLength: (state: ScreenState) => number;
  /** Called after the state has changed. */
  onChange: (state: ScreenState) => void = () => {};

  /**
   * `perform` executes an effect; it must not block. `pageLength`, from the view, counts the lines
   * of the open page: the state needs it to know how far the page scrolls.
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

  /** Applies all `actions`, then asks for drawing once. */
  dispatch(...actions: readonly Action[]): void {
    this.#take(actions.map((action) => (state: ScreenState) => update(state, action)));
  }

  /** Applies a key, by its name in input.ts. */
  key(name: string): void {
    const action = actionOf(this.#state, name);
    if (action !== null) this.#take([(state) => press(state, action)]);
  }

  mouse(mouse: MouseAction): void {
    const action = mouseAction(this.#state, mouse);
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
