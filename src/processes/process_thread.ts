// The thread that watches processes, so that nothing of it holds up packets. It is told by each thread that
// counts packets when to look, and looks by itself too, before the kernel's buffer is full.

import type { OwnershipReport, WatchCommand, WatchOpened } from "./process_messages.ts";
import { ProcessWatch } from "./watch_processes.ts";

/** Milliseconds between looks when no packets come. */
const INTERVAL = 200;

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

function watch({ commandLines, ports }: WatchCommand): void {
  const processes = new ProcessWatch(commandLines);
  const refusal = processes.open();
  /** `asking`: the port of the thread that has asked; null if none has. */
  const tell = (asking: MessagePort | null) => {
    const until = Date.now() * 1000;
    const found = processes.read();
    const isNew = found.connections.length + found.listeners.length > 0;
    for (const port of ports) {
      const report: OwnershipReport = { ...found, until: port === asking ? until : null };
      if (isNew || port === asking) port.postMessage(report);
    }
  };
  for (const port of ports) port.onmessage = () => tell(port);
  tell(null);
  setInterval(() => tell(null), INTERVAL);
  scope.postMessage({ refusal, failure: null });
}
