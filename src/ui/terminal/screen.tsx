// Takes the terminal (alternate screen, raw keys), draws on it, and restores it at the end.

import { Buffer } from "node:buffer";
import process from "node:process";
import { type Instance, type Key, render } from "ink";
import type { ReactElement } from "react";
import { type Frame, frameOf, isSameFrame } from "../view/frame.ts";
import { keyNames } from "./input.ts";
import type { Size } from "../state/screen_layout.ts";
export { raisePriority } from "./priority.ts";
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

/** Signals that webstat handles: it closes the screen before it ends. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function terminalSize(stdout: NodeJS.WriteStream = process.stdout): Size {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}

/** Takes the terminal and draws `state`. */
export function openScreen(
  state: ScreenState,
  theme: Theme,
  events: ScreenEvents,
  streams: TerminalStreams = process,
): Screen {
  return new InkScreen(state, theme, events, streams);
}

class InkScreen implements Screen {
  readonly failed: Promise<never>;
  readonly #streams: TerminalStreams;
  readonly #events: ScreenEvents;
  readonly #ticketStream: TicketStream;
  readonly #suspension: Suspension;
  readonly #stopListening: () => void;
  readonly #app: (frame: Frame) => ReactElement;
  readonly #instance: Instance;
  #frame: Frame;
  #isClosing = false;

  constructor(state: ScreenState, theme: Theme, events: ScreenEvents, streams: TerminalStreams) {
    const { stdin, stdout } = streams;
    this.#streams = streams;
    this.#events = events;
    const tickets = new Tickets();
    this.#ticketStream = new TicketStream(stdout, tickets);
    this.#suspension = new Suspension(stdout, () => events.resized(terminalSize(stdout)));
    const painter = new Painter(theme, tickets);
    const onInput = (input: string, key: Key) => keyNames(input, key).forEach(events.key);
    this.#app = (frame) => (
      <App
        frame={frame}
        painter={painter}
        onInput={onInput}
        onPaste={events.paste}
        onSuspendable={this.#suspension.provide}
      />
    );
    this.#stopListening = listen(streams, () => this.#resized(), events.gone);
    stdout.write(MOUSE_ON);
    this.#frame = frameOf(state);
    this.#instance = render(this.#app(this.#frame), {
      stdin: withoutMouse(stdin, new MouseInput(events.mouse)),
      // It implements what Ink uses of a stream.
      stdout: this.#ticketStream as unknown as NodeJS.WriteStream,
      alternateScreen: true,
      interactive: true,
      exitOnCtrlC: false,
      incrementalRendering: true,
      // High, so that keys are drawn at once; live_report.ts limits how often other events draw.
      maxFps: 100,
      patchConsole: false,
    });
    this.failed = failure(this.#instance);
  }

  #resized(): void {
    if (this.#isClosing) return;
    // Terminals move lines when they are resized, so all are drawn again.
    this.#instance.clear();
    this.#events.resized(terminalSize(this.#streams.stdout));
    // Ink comes last, so that it draws lines that fit.
    this.#ticketStream.emit("resize");
  }

  draw(state: ScreenState): void {
    const next = frameOf(state);
    if (isSameFrame(this.#frame, next)) return;
    this.#frame = next;
    unlessGone(() => this.#instance.rerender(this.#app(next)), this.#events);
  }

  copy(text: string): void {
    this.#streams.stdout.write(copySequence(text));
  }

  suspend(): void {
    this.#suspension.suspend();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    try {
      await withinTime(this.#suspension.close().then(() => leave(this.#instance)));
      this.#streams.stdout.write(MOUSE_OFF);
    } catch {
      restoreAtOnce(this.#streams.stdin);
    }
    this.#stopListening();
  }
}

/** Listens to what happens to the terminal and the process; the returned function ends that. */
function listen(
  { stdin, stdout }: TerminalStreams,
  onResize: () => void,
  onGone: () => void,
): () => void {
  const restore = () => restoreAtOnce(stdin);
  // Older runtimes do not emit "resize".
  const onSizeSignal = () => stdout.emit("resize");
  for (const stream of [stdin, stdout]) stream.on("error", onGone);
  // Ink ends the process on a signal, unless there is another listener.
  for (const signal of SIGNALS) process.on(signal, ignore);
  stdout.on("resize", onResize);
  Deno.addSignalListener("SIGWINCH", onSizeSignal);
  globalThis.addEventListener("unload", restore);
  return () => {
    Deno.removeSignalListener("SIGWINCH", onSizeSignal);
    stdout.off("resize", onResize);
    globalThis.removeEventListener("unload", restore);
    for (const signal of SIGNALS) process.off(signal, ignore);
  };
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

/** Milliseconds for the last frame: a terminal that is gone may never take it. */
const LEAVE_TIME = 1500;

async function withinTime(leaving: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LEAVE_TIME);
  await Promise.race([leaving, promise]);
  clearTimeout(timer);
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
