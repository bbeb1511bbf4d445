// The names of Kubernetes' pods, from the folders of their logs: "namespace_name_uid".

import { listSystemFolder } from "../../ffi/raw_file.ts";

/** Readable by all; with what is beneath it webstat has nothing to do. */
export const POD_LOGS = "/var/log/pods";

/** Milliseconds between two looks for pods that are not known. */
const PATIENCE = 5000;

export class Pods {
  /** "namespace/name" by uid. */
  #names = new Map<string, string>();
  #lookedAt = -Infinity;
  readonly #folder: string;

  constructor(folder = POD_LOGS) {
    this.#folder = folder;
  }

  /** "namespace/name"; "pod-" and the uid if that is not known. */
  nameOf(uid: string): string {
    if (!this.#names.has(uid) && performance.now() - this.#lookedAt > PATIENCE) this.#look();
    return this.#names.get(uid) ?? `pod-${uid}`;
  }

  #look(): void {
    this.#lookedAt = performance.now();
    const parts = (listSystemFolder(this.#folder) ?? []).map((name) => name.split("_"));
    this.#names = new Map(
      parts.filter(({ length }) => length === 3)
        .map(([namespace, name, uid]) => [uid!, `${namespace}/${name}`]),
    );
  }
}
