// The thread that copies packets out of the kernel's buffers, for live.ts. It speaks copier_messages.ts.

import { CaptureHandle } from "../../ffi/capture_handle.ts";
import { DumpSpace, HUGE_PAGE } from "../../ffi/dump_space.ts";
import { UserError } from "../errors.ts";
import { LEAST_BACKLOG } from "../memory_budget.ts";
import type { CopierCommand, CopierReport } from "./copier_messages.ts";
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
let taken: Int32Array = new Int32Array(1);
/** Modulo 2^32, as `taken`. */
let known = 0;

scope.onmessage = ({ data: command }) => {
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
  taken = command.taken;
  const space = openSpace(command.size);
  scope.postMessage({ type: "memory", address: space.address, size: space.bytes.length });
  const warn = (message: string) => scope.postMessage({ type: "warning", message });
  return new Copying(lanes, space, warn);
}

async function copy(copying: Copying, rest: number): Promise<void> {
  let told = "";
  for (let i = 1; !isClosed; i++) {
    for (; known !== Atomics.load(taken, 0); known = known + 1 | 0) copying.take();
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
