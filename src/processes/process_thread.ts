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
  const tellAll = () => {
    const found = processes.read();
    if (found.connections.length === 0 && found.listeners.length === 0) return;
    for (const port of ports) tell(port, { type: "found", ...found });
  };
  for (const port of ports) {
    port.onmessage = () => {
      const time = Date.now() * 1000;
      tellAll();
      tell(port, { type: "until", time, lost: processes.lost });
    };
  }
  tellAll();
  setInterval(tellAll, INTERVAL);
  scope.postMessage({ refusal, failure: null });
}

const tell = (port: MessagePort, report: OwnershipReport) => port.postMessage(report);
