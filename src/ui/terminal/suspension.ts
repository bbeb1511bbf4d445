// Ctrl-Z and fg: restores the terminal, stops the process, and takes the terminal again when the
// shell continues it. Also after it was stopped in another way, as shells then reset the terminal.

import { stopJob } from "../../../ffi/job_control.ts";
import type { Suspend } from "./app.tsx";
import { MOUSE_OFF, MOUSE_ON } from "./mouse_input.ts";

/** Milliseconds after which a process still runs only if the system ignored its stop. */
const STOP_TIME = 100;
/** A window that is closed sends SIGCONT after SIGHUP: milliseconds until SIGHUP is handled. */
const HANGUP_TIME = 100;

export class Suspension {
  readonly #stdout: NodeJS.WriteStream;
  readonly #onResume: () => void;
  #suspendInk: Suspend | null = null;
  /** Fulfilled when the screen has the terminal again; null while it has it. */
  #handOver: Promise<void> | null = null;
  #isClosed = false;

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

  suspend(): void {
    this.#start(async () => {
      stopJob();
      await sleep(STOP_TIME);
    });
  }

  /** Resolves when nothing is handed over any more. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    Deno.removeSignalListener("SIGCONT", this.#onContinue);
    await this.#handOver;
  }

  readonly #onContinue = async (): Promise<void> => {
    await sleep(HANGUP_TIME);
    this.#start(() => Promise.resolve());
  };

  #start(work: () => Promise<void>): void {
    const suspendInk = this.#suspendInk;
    if (this.#isClosed || this.#handOver !== null || suspendInk === null) return;
    this.#handOver = this.#run(suspendInk, work).finally(() => this.#handOver = null);
  }

  async #run(suspendInk: Suspend, work: () => Promise<void>): Promise<void> {
    await suspendInk(async () => {
      this.#stdout.write(MOUSE_OFF);
      await work();
      this.#onResume();
    });
    this.#stdout.write(MOUSE_ON);
  }
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
