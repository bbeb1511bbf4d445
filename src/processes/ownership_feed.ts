// The side of the watch over processes that is in a thread which counts packets.

import { ConnectionOwners } from "./connection_owners.ts";
import type { OwnershipReport } from "./process_messages.ts";

/** Milliseconds from one question to the next: packets wait for so long at most, and come in larger batches. */
const INTERVAL = 100;
/** Milliseconds after which packets wait no longer. */
const PATIENCE = 200;

export class OwnershipFeed {
  readonly owners = new ConnectionOwners();
  readonly #port: MessagePort;
  /** All that happened before is known: microseconds since 1970. */
  #until = 0;
  #askedAt = -Infinity;
  #answered: () => void = () => {};

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<OwnershipReport>) => this.#receive(data);
  }

  /** Waits until all is known that happened before `time` (microseconds since 1970), but not for long. */
  async upTo(time: number): Promise<void> {
    if (time <= this.#until) return;
    const rest = this.#askedAt + INTERVAL - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    this.#askedAt = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#answered = resolve;
      timer = setTimeout(resolve, PATIENCE);
      this.#port.postMessage(null);
    });
    clearTimeout(timer);
  }

  #receive(report: OwnershipReport): void {
    this.owners.note(report);
    if (report.until === null) return;
    this.#until = report.until;
    this.#answered();
  }

  close(): void {
    this.#port.close();
  }
}
