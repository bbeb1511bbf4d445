// The thread that watches processes, so that nothing of it holds up packets. It looks some times a second for
// threads that count packets and have asked, else often enough for the kernel's buffer not to be full.

import type { OwnershipReport, WatchCommand, WatchOpened } from "./process_messages.ts";
import { ProcessWatch } from "./watch_processes.ts";

/** Milliseconds from one look to the next: packets wait for so long, and come in larger batches. */
const INTERVAL = 150;
/** The same if nobody asks. */
const UNASKED_INTERVAL = 300;

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<WatchCommand>) => void) | null;
  postMessage(opened: WatchOpened): void;
};

scope.onmessage = ({ data: command }) => {
  try {
    watch(command);
  } catch (error) {
    scope.postMessage({ refusal: null, failure: error instanceof Error ? error.message : "" });
  }
};

function watch({ commandLines, lines }: WatchCommand): void {
  const processes = new ProcessWatch(commandLines);
  const refusal = processes.open();
  let lookedAt = -Infinity;
  let answered = lines.map(() => 0);
  const look = () => {
    const questions = lines.map(({ asked }) => Atomics.load(asked, 0));
    const isAsking = questions.map((question, i) => question !== answered[i]);
    const now = performance.now();
    if (!isAsking.includes(true) && now < lookedAt + UNASKED_INTERVAL) return;
    lookedAt = now;
    answered = questions;
    const until = Date.now() * 1000;
    const found = processes.read();
    const isNew = found.connections.length + found.listeners.length > 0;
    for (const [i, { port }] of lines.entries()) {
      const report: OwnershipReport = { ...found, until, question: questions[i]! };
      if (isNew || isAsking[i]) port.postMessage(report);
    }
  };
  look();
  setInterval(look, INTERVAL);
  scope.postMessage({ refusal, failure: null });
}
