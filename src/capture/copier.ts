// The thread that copies packets out of the kernel's buffers. live.ts starts it; copier_messages.ts has
// the messages between them.

import { DumpSpace, HUGE_PAGE } from "../../ffi/dump_space.ts";
import { RawFile } from "../../ffi/raw_file.ts";
import { goFirst, ownThread } from "../../ffi/threads.ts";
import { UserError } from "../errors.ts";
import { LEAST_BACKLOG } from "../memory_budget.ts";
import { CELL, type CopierCommand, type CopierReport } from "./copier_messages.ts";
import type { Drops } from "./batch.ts";
import { Copying, sleep } from "./copying.ts";
import { DropTotals } from "./drop_totals.ts";
import { GATHER_MS, type Handle, handleAt } from "./handle.ts";
import { Lane } from "./lane.ts";
import { toLinkType } from "./link_type.ts";
import { openHandle } from "./open_handle.ts";
import { shareAgain } from "./sharing.ts";
import { Upkeep } from "./upkeep.ts";

/** How often packets are copied before messages are read, if there are always more packets. */
const AT_A_STRETCH = 16;
/**
 * On a busy machine this thread waited for a processor until the kernel's buffer was full. It has little to
 * do, so that nobody waits long for it.
 */
const STEPS_AHEAD = 10;
/**
 * Pause after packets have come, so that more come at once: each time that both threads wake up costs more
 * than copying. In that time, 10 Gbit/s fill less than half of the kernel's buffer.
 */
const MOST_REST_MS = 20;
const restAfter = (bufferSize: number) => Math.min(MOST_REST_MS, Math.floor(bufferSize / 3e6));

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<CopierCommand>) => void) | null;
  postMessage(report: CopierReport): void;
  close(): void;
};

/** Indexed as the interfaces of the source. */
const totals: DropTotals[] = [];
let copying: Copying | null = null;
let isRunning = false;
let isClosed = false;
let cells: Int32Array = new Int32Array(2);
/** Values of the shared cells that were handled already. */
let wakePipe = -1;
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

/** Frees the memory when no call into libc may still write to it. */
function close(): void {
  copying?.close();
  RawFile.of(wakePipe).close();
  scope.close();
}

async function run(command: CopierCommand & { type: "start" }): Promise<void> {
  isRunning = true;
  try {
    await copy(copying = start(command), restAfter(command.options.bufferSize));
  } catch (error) {
    end(error);
  }
  isRunning = false;
  if (isClosed) close();
}

function start(command: CopierCommand & { type: "start" }): Copying {
  const lanes = command.handles.map(({ name, place, systemIndex }, i) => {
    const lane = new Lane(name, i, totals[i] = new DropTotals());
    lane.open(handleAt(place), systemIndex);
    return lane;
  });
  cells = command.cells;
  wakePipe = command.wakePipe;
  goFirst(STEPS_AHEAD);
  const space = openSpace(command.size);
  const { address, bytes: { length: size } } = space;
  scope.postMessage({ type: "opened", address, size, thread: ownThread() });
  const upkeep = new Upkeep(lanes, {
    reopen: (lane) => reopen(lane, lanes.indexOf(lane), command),
    tell: (problems) => scope.postMessage({ type: "problems", problems }),
  });
  return new Copying(lanes, upkeep, space, command.wakePipe);
}

/** Opens the interface of `lane`, which is number `i` of the options. Throws UserError. */
function reopen(
  lane: Lane,
  i: number,
  { options, sharing }: CopierCommand & { type: "start" },
): Handle {
  const warn = (message: string) => scope.postMessage({ type: "warning", message });
  const handle = openHandle(lane.name, { ...options, warn }, GATHER_MS);
  try {
    if (sharing !== null) lane.since = shareAgain(lane.name, handle, sharing, i);
  } catch (error) {
    handle.close();
    throw error;
  }
  const linkType = toLinkType(handle.dataLink);
  if (linkType !== lane.linkType) {
    lane.become(totals.push(new DropTotals()) - 1, totals.at(-1)!);
    scope.postMessage({ type: "interface", interface: { name: lane.name, linkType } });
  }
  return handle;
}

/** Packets lost, indexed as the interfaces of the source. */
const drops = (): Drops[] => totals.map(({ total }) => total);

async function copy(copying: Copying, rest: number): Promise<void> {
  let told = "";
  for (let i = 1; !isClosed; i++) {
    for (; taken !== Atomics.load(cells, CELL.taken); taken = taken + 1 | 0) copying.take();
    // A command was sent: it must be read before the next wait.
    while (commands !== Atomics.load(cells, CELL.commands)) await sleep(0);
    const packets = await copying.next();
    if (isClosed) return;
    if (packets === "end") return end(null);
    const lost = drops();
    const text = JSON.stringify(lost);
    if (packets !== null) scope.postMessage({ type: "packets", packets, drops: lost });
    else if (text !== told) scope.postMessage({ type: "drops", drops: lost });
    told = text;
    if (packets === null) continue;
    if (copying.hasMore) {
      if (i % AT_A_STRETCH === 0) await sleep(0);
    } else copying.rest(rest);
  }
}

function end(error: unknown): void {
  const failure = error === null || error instanceof UserError
    ? error?.message ?? null
    : `Internal error: ${error instanceof Error ? error.message : error}; please report it`;
  copying?.refreshDrops();
  scope.postMessage({ type: "ended", drops: drops(), failure });
}

/** Address space of about `size` bytes for packets, or less if there is not so much. */
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
