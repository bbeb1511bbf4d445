// Takes the terminal (alternate screen, raw keys), draws on it, and restores it at the end.

import { Buffer } from "node:buffer";
import { setPriority } from "node:os";
import process from "node:process";
import { type Instance, type Key, render } from "ink";
import { type Frame, frameOf, isSameFrame } from "../view/frame.ts";
import { keyNames } from "./input.ts";
import type { Size } from "../state/screen_layout.ts";
import { Painter } from "./paint.ts";
import type { MouseAction } from "../state/mouse.ts";
import { MOUSE_OFF, MOUSE_ON, MouseInput, withoutMouse } from "./mouse_input.ts";
import type { ScreenState } from "../state/state.ts";
import type { Theme } from "./theme.ts";
import { Tickets, TicketStream } from "./tickets.ts";
import { App } from "./app.tsx";
import { Suspension } from "./suspension.ts";

/** Events of the terminal. */
export interface ScreenEvents {
  key(name: string): void;
  mouse(action: MouseAction): void;
  /** Text that came in one piece, which is not to be taken as keys. */
  paste(text: string): void;
  resized(size: Size): void;
  /** The terminal is gone: its window was closed. */
  gone(): void;
}

export interface Screen {
  /** Does nothing if the frame looks the same as before. */
  draw(state: ScreenState): void;
  /** Asks the terminal to put `text` on the clipboard. */
  copy(text: string): void;
  /** Stops the process until the shell continues it (Ctrl-Z, fg). */
  suspend(): void;
  /** Restores the terminal. */
  close(): Promise<void>;
  /** Rejected when drawing fails; the screen is closed then. */
  readonly failed: Promise<never>;
}

export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** Attributes off, no mouse events, no bracketed paste, cursor shown, main screen. */
const RESTORE = `\x1b[0m${MOUSE_OFF}\x1b[?2004l\x1b[?25h\x1b[?1049l`;

/** Niceness of this thread, see nice(2). */
const NICE = -15;

/** Signals that webstat handles: it closes the screen before it ends. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function terminalSize(stdout: NodeJS.WriteStream = process.stdout): Size {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}

/** Takes the terminal and draws `state`. */
export function openScreen(
  state: ScreenState,
  theme: Theme,
  listener: ScreenEvents,
  streams: TerminalStreams = process,
): Screen {
  const { stdin, stdout } = streams;
  raisePriority();
  const tickets = new Tickets();
  const painter = new Painter(theme, tickets);
  const ticketStream = new TicketStream(stdout, tickets);
  const onInput = (input: string, key: Key) => keyNames(input, key).forEach(listener.key);
  const suspension = new Suspension(stdout, () => listener.resized(terminalSize(stdout)));
  const app = (frame: Frame) => (
    <App
      frame={frame}
      painter={painter}
      onInput={onInput}
      onPaste={listener.paste}
      onSuspendable={suspension.provide}
    />
  );
  let frame = frameOf(state);
  const onResize = () => {
    // Terminals move lines when they are resized, so all are drawn again.
    instance.clear();
    listener.resized(terminalSize(stdout));
    // Ink comes last, so that it draws lines that fit.
    ticketStream.emit("resize");
  };
  const restore = () => restoreAtOnce(stdin);
  for (const stream of [stdin, stdout]) stream.on("error", listener.gone);
  // Ink ends the process on a signal, unless there is another listener.
  for (const signal of SIGNALS) process.on(signal, ignore);
  stdout.on("resize", onResize);
  // Older runtimes do not emit "resize".
  const onSizeSignal = () => stdout.emit("resize");
  Deno.addSignalListener("SIGWINCH", onSizeSignal);
  globalThis.addEventListener("unload", restore);
  stdout.write(MOUSE_ON);
  const instance = render(app(frame), {
    stdin: withoutMouse(stdin, new MouseInput(listener.mouse)),
    // It implements what Ink uses of a stream.
    stdout: ticketStream as unknown as NodeJS.WriteStream,
    alternateScreen: true,
    interactive: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    // High, so that keys are drawn at once; live_report.ts limits how often other events draw.
    maxFps: 100,
    patchConsole: false,
  });
  const close = async () => {
    Deno.removeSignalListener("SIGWINCH", onSizeSignal);
    suspension.close();
    stdout.off("resize", onResize);
    try {
      await leave(instance);
      stdout.write(MOUSE_OFF);
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
  const copy = (text: string) => void stdout.write(copySequence(text));
  return { draw, copy, suspend: suspension.suspend, close, failed: failure(instance) };
}

/** OSC 52 of xterm's control sequences: "c" is the clipboard, the text is in base64. */
function copySequence(text: string): string {
  return `\x1b]52;c;${Buffer.from(text).toString("base64")}\x07`;
}

const ignore = () => {};

/** An error because the terminal is gone is no failure of the program. */
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
  // `failed` reports the error.
  await instance.waitUntilExit().catch(ignore);
}

function failure(instance: Instance): Promise<never> {
  const failed = new Promise<never>((_, reject) => instance.waitUntilExit().catch(reject));
  failed.catch(ignore);
  return failed;
}

/** For a process that ends without having closed the screen. */
function restoreAtOnce(stdin: NodeJS.ReadStream): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(RESTORE));
    stdin.setRawMode(false);
  } catch {
    // The terminal is gone.
  }
}

/**
 * Raises the priority of this thread, so that keys do not wait for packets if all processors are busy:
 * packets can wait in the kernel's buffer. At 200,000 packets a second on two processors the slowest of 250 keys took 25 to 39 ms (four
 * runs, beside 27 to 74 with a nice of -5), and no packet was lost.
 */
function raisePriority(): void {
  // On other systems it applies to all threads.
  if (Deno.build.os !== "linux") return;
  try {
    setPriority(0, NICE);
  } catch {
    // Requires root or CAP_SYS_NICE.
  }
}
