// The terminal while webstat has it: full screen, raw keys, and everything as it was at the end.

import { setPriority } from "node:os";
import process from "node:process";
import { type Instance, type Key, render } from "ink";
import { type Frame, frameOf, isSameFrame } from "../view/frame.ts";
import { keyNames } from "./input.ts";
import type { Size } from "../state/screen_layout.ts";
import { Painter } from "./paint.ts";
import type { ScreenState } from "../state/state.ts";
import { COLOR_THEME, PLAIN_THEME } from "./theme.ts";
import { Tickets, TicketStream } from "./tickets.ts";
import { App } from "./app.tsx";

/** What the user does. */
export interface ScreenEvents {
  key(name: string): void;
  resized(size: Size): void;
  /** The terminal is not there any more: its window was closed. */
  gone(): void;
}

export interface Screen {
  /** Costs next to nothing where there is nothing new to see. */
  draw(state: ScreenState): void;
  /** Gives the terminal back. */
  close(): Promise<void>;
  /** Rejected when the screen cannot be drawn; it is closed then. */
  readonly failed: Promise<never>;
}

export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/**
 * On the other screen, terminals turn the mouse wheel into arrow keys when told so. Some always do:
 * they are asked to keep how it was (xterm's XTSAVE and XTRESTORE).
 */
const WHEEL_ON = "\x1b[?1007s\x1b[?1007h";
const WHEEL_BACK = "\x1b[?1007r";
/** Attributes off, cursor shown, the first screen. */
const RESTORE = `\x1b[0m${WHEEL_BACK}\x1b[?25h\x1b[?1049l`;

/** nice(2) of this thread. */
const NICE = -15;

/** Signals on which webstat closes the screen by itself, before it ends. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function terminalSize(stdout: NodeJS.WriteStream = process.stdout): Size {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}

/** Takes the terminal and draws `state` on it. */
export function openScreen(
  state: ScreenState,
  color: boolean,
  listener: ScreenEvents,
  streams: TerminalStreams = process,
): Screen {
  const { stdin, stdout } = streams;
  answerFirst();
  const tickets = new Tickets();
  const painter = new Painter(color ? COLOR_THEME : PLAIN_THEME, tickets);
  const ticketStream = new TicketStream(stdout, tickets);
  const onInput = (input: string, key: Key) => keyNames(input, key).forEach(listener.key);
  const app = (frame: Frame) => <App frame={frame} painter={painter} onInput={onInput} />;
  let frame = frameOf(state);
  const onResize = () => {
    // Terminals move lines when they change their size: none is where it was.
    instance.clear();
    listener.resized(terminalSize(stdout));
    // Only then Ink's turn, so that it draws what fits.
    ticketStream.emit("resize");
  };
  const restore = () => restoreAtOnce(stdin);
  for (const stream of [stdin, stdout]) stream.on("error", listener.gone);
  // Ink's own listener would end the process; one that is not Ink's makes it leave that to others.
  for (const signal of SIGNALS) process.on(signal, ignore);
  stdout.on("resize", onResize);
  // Older runtimes do not tell their streams.
  const onSizeSignal = () => stdout.emit("resize");
  Deno.addSignalListener("SIGWINCH", onSizeSignal);
  globalThis.addEventListener("unload", restore);
  stdout.write(WHEEL_ON);
  const instance = render(app(frame), {
    stdin,
    // As much of a stream as Ink uses.
    stdout: ticketStream as unknown as NodeJS.WriteStream,
    alternateScreen: true,
    interactive: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    // A key must not wait for its turn: what draws too often is kept from it in live_report.ts.
    maxFps: 100,
    patchConsole: false,
  });
  const close = async () => {
    Deno.removeSignalListener("SIGWINCH", onSizeSignal);
    stdout.off("resize", onResize);
    try {
      await leave(instance);
      stdout.write(WHEEL_BACK);
    } catch {
      restoreAtOnce(stdin);
    }
    globalThis.removeEventListener("unload", restore);
    for (const signal of SIGNALS) process.off(signal, ignore);
  };
  const draw = (state: ScreenState) => {
    const next = frameOf(state);
    if (isSameFrame(frame, next)) return;
    frame = next;
    unlessGone(() => instance.rerender(app(frame)), listener);
  };
  return { draw, close, failed: failure(instance) };
}

const ignore = () => {};

/** What fails because the terminal is gone is no fault of the program. */
function unlessGone(work: () => void, listener: ScreenEvents): void {
  try {
    work();
  } catch (error) {
    if (Deno.stdout.isTerminal()) throw error;
    listener.gone();
  }
}

async function leave(instance: Instance): Promise<void> {
  instance.unmount();
  // Why it failed is told by `failed`.
  await instance.waitUntilExit().catch(ignore);
}

function failure(instance: Instance): Promise<never> {
  const failed = new Promise<never>((_, reject) => instance.waitUntilExit().catch(reject));
  failed.catch(ignore);
  return failed;
}

/** The process ends without having closed the screen: there is no time for anything but this. */
function restoreAtOnce(stdin: NodeJS.ReadStream): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(RESTORE));
    stdin.setRawMode(false);
  } catch {
    // The terminal is gone.
  }
}

/**
 * Where all processors are busy a key should not wait for packets: those can wait in the kernel's
 * buffer. At 200,000 packets a second on two processors the slowest of 250 keys took 25 to 39 ms (four
 * runs, beside 27 to 74 with a nice of -5), and no packet was lost.
 */
function answerFirst(): void {
  // Elsewhere it would mean all threads.
  if (Deno.build.os !== "linux") return;
  try {
    setPriority(0, NICE);
  } catch {
    // Needs root, or CAP_SYS_NICE.
  }
}
