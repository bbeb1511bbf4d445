// The interfaces of capture files. Those of the same name and link type are one. As a file may describe
// millions, the number is limited, and all others count as one interface for each link type.

import type { CaptureInterface } from "./batch.ts";

/** The most interfaces with their own name. */
const MAX_NAMED = 1000;
/** The most link types of the others. */
const MAX_TYPES = 100;
const OTHER_NAME = "~other";
/** No LINKTYPE_ value: packets of it are counted, but not read. */
const NO_LINK_TYPE = -1;

const MAX_NAME = 64;

export class FileInterfaces {
  readonly all: CaptureInterface[] = [];
  readonly #indices = new Map<string, number>();

  /** Returns the index in `all` of an interface of this name and link type, which it adds if necessary. */
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
