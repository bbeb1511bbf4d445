// A trace buffer of the kernel for webstat alone (Documentation/trace/ftrace.rst, "Instances"). All of its
// files are opened at once, while this process may: what is open goes on working after that.

import { mountSystem } from "../../ffi/mounts.ts";
import {
  hasFolder,
  listSystemFolder,
  makeSystemFolder,
  RawFile,
  readSystemFile,
  SystemError,
} from "../../ffi/raw_file.ts";
import { openClosingPipe, spawn } from "../../ffi/spawn.ts";
import { UserError } from "../errors.ts";
import { parseFormat } from "./event_format.ts";
import { hasLost, type RawEvent, readPage } from "./ring_page.ts";
import { ON, Throttle } from "./trace_throttle.ts";
import { type TraceEvents, TRACEPOINTS } from "./trace_events.ts";

const FOLDERS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"] as const;

/** One that is left over after a crash is used again. */
const INSTANCE = "webstat";
/** If several run at once, the others are "webstat-2" and so on. */
const MAX_INSTANCES = 16;

/** KiB for each processor; the kernel drops the oldest events. It holds some seconds of a busy machine. */
const BUFFER_KIB = 1024;

/** No page of the buffer is larger. */
const MAX_PAGE = 65_536;
/** Pages that are read of a processor at a time: others have their turn, and memory is bounded. */
const MAX_PAGES = 512;

/** <errno.h> */
const [ENOENT, ENODEV] = [2, 19];

const SHELL = "/bin/sh";
const NOTHING = "/dev/null";
/**
 * Waits until standard input ends, as it does when webstat ends in whatever way, and removes the instance,
 * which needs root. It cannot be removed before all of its files are closed. As long as it runs it has the
 * lock too, so that it never removes what another webstat has begun to use.
 */
const REMOVER = `
trap "" HUP INT QUIT TERM
read -r end
tries=0
until rmdir "$1" 2>/dev/null || [ ! -d "$1" ] || [ $tries -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
`;

/** Why there is no tracing, in words for the user. */
export class TraceError extends UserError {
  override name = "TraceError";
}

export class TraceInstance {
  #lost = 0;
  readonly #routes: Throttle;
  readonly #pipes: readonly RawFile[];
  readonly #files: readonly RawFile[];
  readonly #page = new Uint8Array(MAX_PAGE);

  /** `files`: what is to be open as long as the instance is used. */
  private constructor(pipes: readonly RawFile[], files: readonly RawFile[], routes: Throttle) {
    this.#routes = routes;
    this.#pipes = pipes;
    this.#files = files;
  }

  /** Makes the instance, and has `events` read what it brings. Throws TraceError. */
  static open(events: TraceEvents): TraceInstance {
    const { folder, lock } = takeInstance();
    const opened = [lock];
    try {
      opened.push(startRemover(folder, lock));
      write(`${folder}/trace_clock`, "mono");
      write(`${folder}/buffer_size_kb`, `${BUFFER_KIB}`);
      const pipes = openPipes(folder);
      const routes = new Throttle();
      const instance = new TraceInstance(pipes, opened, routes);
      // What it holds is of a webstat that has crashed.
      while (instance.read().length > 0);
      for (const name of Object.keys(TRACEPOINTS) as (keyof typeof TRACEPOINTS)[]) {
        const enable = switchOn(folder, name, events);
        if (enable !== null && ROUTES.has(name)) routes.add(enable);
        else enable?.close();
      }
      write(`${folder}/tracing_on`, "1");
      return instance;
    } catch (error) {
      // The remover can only do its work then.
      for (const file of opened) file.close();
      if (error instanceof TraceError || !(error instanceof Error)) throw error;
      throw new TraceError(error.message);
    }
  }

  /** All events since the last call, the oldest first. */
  read(): RawEvent[] {
    const events: RawEvent[] = [];
    for (const pipe of this.#pipes) {
      for (let pages = 0; pages < MAX_PAGES; pages++) {
        const length = pipe.readAvailable(this.#page);
        if (length === 0) break;
        const page = new DataView(this.#page.slice(0, length).buffer);
        if (hasLost(page)) this.#lost++;
        readPage(page, events);
      }
    }
    if (this.#routes.isTooMuch(events.length)) this.#lost++;
    return events.sort((a, b) => a.time - b.time);
  }

  /**
   * How often events were lost since the last call: as they were not read in time, or as datagrams were
   * too many to be traced.
   */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  close(): void {
    this.#routes.close();
    for (const file of [...this.#pipes, ...this.#files]) file.close();
  }
}

/** The first instance that no other webstat uses, and its lock. Throws TraceError. */
function takeInstance(): { readonly folder: string; readonly lock: RawFile } {
  const instances = `${tracingFolder()}/instances`;
  for (let i = 1; i <= MAX_INSTANCES; i++) {
    const folder = `${instances}/${INSTANCE}${i === 1 ? "" : `-${i}`}`;
    if (!makeSystemFolder(folder)) throw new TraceError(`cannot make ${folder}`);
    const lock = RawFile.tryOpen(folder, { folder: true });
    if (lock?.lock() && isThere(lock)) return { folder, lock };
    lock?.close();
  }
  throw new TraceError(`${MAX_INSTANCES} others use the instances of ${instances}`);
}

/** Whether an instance, which is open, was not removed before it was locked. */
function isThere(instance: RawFile): boolean {
  try {
    RawFile.open("trace_clock", {}, instance).close();
    return true;
  } catch (error) {
    // Where it may not be opened, that is said later.
    return error instanceof SystemError && error.errno !== ENOENT && error.errno !== ENODEV;
  }
}

/** Where tracefs is; mounted there if it is not yet, as trace-cmd does. Throws TraceError. */
function tracingFolder(): string {
  const found = FOLDERS.find((folder) => hasFolder(`${folder}/instances`));
  if (found !== undefined) return found;
  const [usual] = FOLDERS;
  if (hasFolder(usual) && mountSystem("tracefs", usual)) return usual;
  throw new TraceError("there is no tracefs, or it may not be used");
}

function openPipes(folder: string): RawFile[] {
  const names = listSystemFolder(`${folder}/per_cpu`) ?? [];
  return names.map((name) =>
    RawFile.open(`${folder}/per_cpu/${name}/trace_pipe_raw`, { nonBlocking: true })
  );
}

/** Kernels without IPv6 lack its tracepoint: nothing is missing then. */
const OPTIONAL: ReadonlySet<string> = new Set(["route6"]);

/** Of datagrams, of which there may be very many. */
const ROUTES: ReadonlySet<string> = new Set(["route", "route6"]);

/** Returns the file that switches it; null if this kernel lacks it. Throws TraceError and SystemError. */
function switchOn(
  folder: string,
  name: keyof typeof TRACEPOINTS,
  events: TraceEvents,
): RawFile | null {
  const { name: path, filter } = TRACEPOINTS[name];
  const event = `${folder}/events/${path}`;
  const text = readSystemFile(`${event}/format`);
  if (text === null && OPTIONAL.has(name)) return null;
  const format = parseFormat(text ?? "");
  if (format === null || !events.add(name, format)) {
    throw new TraceError(`this kernel has no tracepoint ${path}, or another one`);
  }
  if (filter !== null) write(`${event}/filter`, filter);
  const enable = RawFile.open(`${event}/enable`, { write: true });
  enable.writeSync(ON);
  return enable;
}

/** Throws SystemError. */
function write(path: string, text: string): void {
  const file = RawFile.open(path, { write: true });
  try {
    file.writeSync(new TextEncoder().encode(text));
  } finally {
    file.close();
  }
}

/** Starts who removes the instance when this process ends, or closes what is returned. */
function startRemover(folder: string, lock: RawFile): RawFile {
  const [reading, writing] = openClosingPipe();
  const nothing = RawFile.open(NOTHING, { readAndWrite: true });
  try {
    spawn([SHELL, "-c", REMOVER, SHELL, folder], {
      environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      descriptors: [
        ...[[0, reading.descriptor], [1, nothing.descriptor], [2, nothing.descriptor]] as const,
        [3, lock.descriptor],
      ],
      apart: true,
    });
  } finally {
    reading.close();
    nothing.close();
  }
  return writing;
}
