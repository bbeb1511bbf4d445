// The interfaces that capture files describe. A file may describe millions: those of the same name and
// link type are one, and what is too many is counted together.

import type { CaptureInterface } from "./batch.ts";

/** Interfaces that have a name of their own. */
const MAX_NAMED = 1000;
/** Link types of the others that are told apart. */
const MAX_TYPES = 100;
const OTHER_NAME = "~other";
/** LINKTYPE_ values are not negative: of this one nothing is read. */
const NO_LINK_TYPE = -1;

const MAX_NAME = 64;

export class FileInterfaces {
  readonly all: CaptureInterface[] = [];
  readonly #indices = new Map<string, number>();

  /** The index in `all` of an interface of this name and link type, which is added if need be. */
  add(name: string, linkType: number): number {
    const short = name.slice(0, MAX_NAME);
    return this.#find(short, linkType) ?? this.#new(short, linkType, MAX_NAMED) ??
      this.#find(OTHER_NAME, linkType) ?? this.#new(OTHER_NAME, linkType, MAX_NAMED + MAX_TYPES) ??
      this.#find(OTHER_NAME, NO_LINK_TYPE) ?? this.#new(OTHER_NAME, NO_LINK_TYPE, Infinity)!;
  }

  #find(name: string, linkType: number): number | undefined {
    return this.#indices.get(`${linkType} ${name}`);
  }

  #new(name: string, linkType: number, most: number): number | undefined {
    if (this.all.length >= most) return undefined;
    this.#indices.set(`${linkType} ${name}`, this.all.length);
    return this.all.push({ name, linkType }) - 1;
  }
}
