// A real terminal for programs that draw on one: tmux, with a server of its own.

import { run, until } from "./process.ts";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export class Terminal implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Opens a terminal with a shell in it. `inside` says how commands get into a namespace. */
  static async open(size: TerminalSize, inside: readonly string[] = []): Promise<Terminal> {
    const terminal = new Terminal(`webstat-${Deno.pid}-${crypto.randomUUID().slice(0, 6)}`);
    const { columns, rows } = size;
    await terminal.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", "-x", `${columns}`, "-y", `${rows}`],
      ...inside,
      ...["env", "PS1=$ ", "LC_ALL=C.UTF-8", "sh"],
    );
    await terminal.#tmux("set-option", "-g", "default-terminal", "screen-256color");
    // Programs may fill the clipboard.
    await terminal.#tmux("set-option", "-s", "set-clipboard", "on");
    await terminal.waitFor(/\$/);
    return terminal;
  }

  #tmux(...args: string[]) {
    const environment = { LC_ALL: "C.UTF-8", TERM: "xterm-256color", TMUX: "" };
    return run(["tmux", "-u", "-L", this.#socket, ...args], { env: environment });
  }

  /** Types a command line. */
  async command(line: string): Promise<void> {
    await this.type(line);
    await this.keys("Enter");
  }

  /** Types letters as they are. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
  }

  /** Pastes text, bracketed if the program asked for that. */
  async paste(text: string): Promise<void> {
    await this.#tmux("set-buffer", text);
    await this.#tmux("paste-buffer", "-p");
  }

  /** What a program put on the clipboard last. */
  async clipboard(): Promise<string> {
    return (await this.#tmux("show-buffer")).stdout;
  }

  /** Clicks into a cell, counted from 1, as xterm reports it in mode 1006. */
  async click(column: number, line: number): Promise<void> {
    await this.type(`\x1b[<0;${column};${line}M\x1b[<0;${column};${line}m`);
  }

  /** Presses keys by tmux's names: "Enter", "Escape", "Down", "C-c". */
  async keys(...names: string[]): Promise<void> {
    await this.#tmux("send-keys", ...names);
  }

  /** What is to be seen. */
  async screen(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p")).stdout;
  }

  /** The same with escape sequences for colours, and with the blanks at the ends of lines. */
  async coloured(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p", "-e", "-N")).stdout;
  }

  /** Waits until what is to be seen matches. */
  async waitFor(pattern: RegExp, timeout = 10_000): Promise<string> {
    let screen = "";
    try {
      return await until(`${pattern}`, async () => {
        screen = await this.screen();
        return pattern.test(screen) ? screen : null;
      }, { timeout });
    } catch (error) {
      throw new Error(`${(error as Error).message}; the screen is\n${screen}`);
    }
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** A variable of tmux: "cursor_flag" (1 where the cursor is shown), "alternate_on". */
  async variable(name: string): Promise<string> {
    return (await this.#tmux("display-message", "-p", `#{${name}}`)).stdout.trim();
  }

  /** What `stty` says of the terminal, asked for from within it. */
  async settings(): Promise<string> {
    const { stdout } = await this.#tmux("display-message", "-p", "#{pane_tty}");
    return (await run(["stty", "-a", "-F", stdout.trim()])).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
  }
}
