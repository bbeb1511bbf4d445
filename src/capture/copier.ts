// The thread that copies packets out of the kernel's buffers, for live.ts. It speaks copier_messages.ts.

import { CaptureHandle } from "../../ffi/capture_handle.ts";
import { DumpSpace, HUGE_PAGE } from "../../ffi/dump_space.ts";
import { RawFile } from "../../ffi/raw_file.ts";
import { ownThread } from "../../ffi/threads.ts";
import { UserError } from "../errors.ts";
import { LEAST_BACKLOG } from "../memory_budget.ts";
import { CELL, type CopierCommand, type CopierReport } from "./copier_messages.ts";
import { Copying, sleep } from "./copying.ts";
import { Lane } from "./lane.ts";

/** How often packets are copied without a look at messages while there are more. */
const AT_A_STRETCH = 16;
/**
 * Rest after packets have come, while a tenth of the kernel's buffer fills at 10 Gbit/s or so: more of
 * them come at once then, and each message costs both threads 20 us.
 */
const MOST_REST_MS = 3;
const restAfter = (bufferSize: number) => Math.min(MOST_REST_MS, Math.floor(bufferSize / 10e6));

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<CopierCommand>) => void) | null;
  postMessage(report: CopierReport): void;
  close(): void;
};

let copying: Copying | null = null;
let isRunning = false;
let isClosed = false;
let cells: Int32Array = new Int32Array(2);
/** As the cells: what was heard of already. */
let calls = -1;
let taken = 0;
let commands = 0;

scope.onmessage = ({ data: command }) => {
  commands = commands + 1 | 0;
  switch (command.type) {
    case "start":
      run(command);
      break;
    case "stop":
      copying?.stop(command.time);
      break;
    case "close":
      isClosed = true;
      if (!isRunning) close();
      break;
  }
};

/** Memory goes only when no call into libc is under way that may write to it. */
function close(): void {
  copying?.close();
  RawFile.of(calls).close();
  scope.close();
}

async function run(command: CopierCommand & { type: "start" }): Promise<void> {
  isRunning = true;
  try {
    await copy(copying = start(command), restAfter(command.bufferSize));
  } catch (error) {
    end(error);
  }
  isRunning = false;
  if (isClosed) close();
}

function start(command: CopierCommand & { type: "start" }): Copying {
  const lanes = command.handles.map(({ name, address }, i) =>
    new Lane(name, i, CaptureHandle.at(address), command.listed)
  );
  cells = command.cells;
  calls = command.calls;
  const space = openSpace(command.size);
  const { address, bytes: { length: size } } = space;
  scope.postMessage({ type: "opened", address, size, thread: ownThread() });
  const warn = (message: string) => scope.postMessage({ type: "warning", message });
  return new Copying(lanes, space, command.calls, warn);
}

async function copy(copying: Copying, rest: number): Promise<void> {
  let told = "";
  for (let i = 1; !isClosed; i++) {
    for (; taken !== Atomics.load(cells, CELL.taken); taken = taken + 1 | 0) copying.take();
    // A command is on its way: the next wait could miss it.
    while (commands !== Atomics.load(cells, CELL.commands)) await sleep(0);
    const packets = await copying.next();
    if (isClosed) return;
    if (packets === "end") return end(null);
    const drops = copying.drops();
    if (packets !== null) scope.postMessage({ type: "packets", packets, drops });
    else if (JSON.stringify(drops) !== told) scope.postMessage({ type: "drops", drops });
    told = JSON.stringify(drops);
    if (packets === null) continue;
    if (!copying.hasMore) await sleep(rest);
    else if (i % AT_A_STRETCH === 0) await sleep(0);
  }
}

function end(error: unknown): void {
  const failure = error === null || error instanceof UserError
    ? error?.message ?? null
    : `Internal error: ${error instanceof Error ? error.message : error}; please report it`;
  scope.postMessage({ type: "ended", drops: copying?.drops(true) ?? [], failure });
}

/** Address space of about `size` bytes for packets, or less where that is too much. */
function openSpace(size: number): DumpSpace {
  try {
    return new DumpSpace(Math.ceil(size / HUGE_PAGE) * HUGE_PAGE);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (size > LEAST_BACKLOG) return openSpace(size / 2);
    const message = `cannot capture: there is no memory for ${size >> 20} MiB of packets`;
    throw new UserError(message, { cause: error });
  }
}
