// Ctrl-Z and fg: restores the terminal, stops the process, and takes the terminal again when the
// shell continues it. Also after it was stopped in another way, as shells then reset the terminal.

import { stopJob } from "../../../ffi/job_control.ts";
import type { Suspend } from "./app.tsx";
import { MOUSE_OFF, MOUSE_ON } from "./mouse_input.ts";

/** Milliseconds after which a process still runs only if the system ignored its stop. */
const PATIENCE = 100;

export class Suspension {
  readonly #stdout: NodeJS.WriteStream;
  readonly #onResume: () => void;
  #suspendInk: Suspend | null = null;
  #isSuspended = false;

  /** `onResume` is called before the screen is drawn again: its size may be another. */
  constructor(stdout: NodeJS.WriteStream, onResume: () => void) {
    this.#stdout = stdout;
    this.#onResume = onResume;
    Deno.addSignalListener("SIGCONT", this.#onContinue);
  }

  /** Takes Ink's way to hand the terminal over. */
  readonly provide = (suspend: Suspend): void => {
    this.#suspendInk = suspend;
  };

  readonly suspend = (): void => {
    void this.#handOver(async () => {
      stopJob();
      await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    });
  };

  close(): void {
    Deno.removeSignalListener("SIGCONT", this.#onContinue);
  }

  readonly #onContinue = (): void => {
    void this.#handOver(() => Promise.resolve());
  };

  async #handOver(work: () => Promise<void>): Promise<void> {
    if (this.#isSuspended || this.#suspendInk === null) return;
    this.#isSuspended = true;
    try {
      await this.#suspendInk(async () => {
        this.#stdout.write(MOUSE_OFF);
        await work();
        this.#onResume();
      });
      this.#stdout.write(MOUSE_ON);
    } finally {
      this.#isSuspended = false;
    }
  }
}
