// The sockets that connections are accepted on.

import type { Listener } from "./ownership.ts";

/** Nobody needs more; the oldest are forgotten. */
const MAX_LISTENERS = 16_384;

type Open = Listener & { readonly program: NonNullable<Listener["program"]> };

export class Listeners {
  readonly #byId = new Map<string, Open>();
  /** By protocol and port. */
  readonly #byPort = new Map<string, Open[]>();

  /** Takes note of one, or of its end. */
  note(listener: Listener): void {
    if (isOpen(listener)) this.#add(listener);
    else this.#remove(this.#byId.get(listener.id) ?? this.#seenBefore(listener));
  }

  /** The one that accepts at this address; null if there is none, or if several programs may. */
  find(udp: boolean, address: string, port: number): Open | null {
    const all = this.#byPort.get(portKey(udp, port)) ?? [];
    const here = all.filter((each) => each.address === address);
    const fit = here.length > 0 ? here : all.filter((each) => each.address === "");
    const [first] = fit;
    if (first === undefined) return null;
    const { name, unit } = first.program;
    // The same address may be another place in another network namespace.
    const isOne = fit.every(({ program }) => program.name === name && program.unit === unit);
    return isOne ? fit.at(-1)! : null;
  }

  #add(listener: Open): void {
    this.#remove(this.#byId.get(listener.id));
    if (this.#byId.size >= MAX_LISTENERS) this.#remove(this.#byId.values().next().value);
    this.#byId.set(listener.id, listener);
    const key = portKey(listener.udp, listener.port);
    const same = this.#byPort.get(key);
    if (same === undefined) this.#byPort.set(key, [listener]);
    else same.push(listener);
  }

  /** One that was there at the start, at the same place: its end is told by another id. */
  #seenBefore({ udp, address, port, by }: Listener): Open | undefined {
    return this.#byPort.get(portKey(udp, port))
      ?.find((each) => each.address === address && each.by !== by);
  }

  #remove(listener: Open | undefined): void {
    if (listener === undefined) return;
    this.#byId.delete(listener.id);
    const key = portKey(listener.udp, listener.port);
    const rest = this.#byPort.get(key)!.filter((each) => each !== listener);
    if (rest.length === 0) this.#byPort.delete(key);
    else this.#byPort.set(key, rest);
  }
}

const isOpen = (listener: Listener): listener is Open => listener.program !== null;

const portKey = (udp: boolean, port: number): string => `${udp ? "udp" : "tcp"} ${port}`;
