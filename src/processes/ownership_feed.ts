// The side of the watch over processes that is in a thread which counts packets.

import { ConnectionOwners } from "./connection_owners.ts";
import type { OwnershipReport, WatchLine } from "./process_messages.ts";

/** Milliseconds after which packets wait no longer, until there is an answer: the machine may be very busy. */
const PATIENCE = 1000;

export class OwnershipFeed {
  readonly owners = new ConnectionOwners();
  readonly #line: WatchLine;
  /** All that happened before is known: microseconds since 1970. */
  #until = 0;
  /** Whether the last answer did not come in time. */
  #isLate = false;
  /** The last one. */
  #question = 0;
  #answered: () => void = () => {};

  constructor(line: WatchLine) {
    this.#line = line;
    line.port.onmessage = ({ data }: MessageEvent<OwnershipReport>) => this.#receive(data);
  }

  /** Waits until all is known that happened before `time` (microseconds since 1970), but not for long. */
  async upTo(time: number): Promise<void> {
    if (time <= this.#until || this.#isLate) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#isLate = await new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, PATIENCE, true);
      this.#answered = () => resolve(false);
      this.#question = Atomics.add(this.#line.asked, 0, 1) + 1;
    });
    clearTimeout(timer);
  }

  #receive(report: OwnershipReport): void {
    this.owners.note(report);
    this.#until = report.until;
    if (report.question !== this.#question) return;
    this.#isLate = false;
    this.#answered();
  }

  close(): void {
    this.#line.port.close();
  }
}
