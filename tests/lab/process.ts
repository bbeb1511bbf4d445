// Other programs, run and watched: short commands, and daemons that say when they are ready.

/** What a command that has ended left behind. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What the command reads from standard input. */
  readonly input?: string | Uint8Array;
  readonly env?: Record<string, string>;
  /** Where it runs, if not here. */
  readonly directory?: string;
  /** Milliseconds after which the command is killed; 20 seconds unless given. */
  readonly timeout?: number;
  /** Whether a status other than 0 is an answer rather than a failure. */
  readonly mayFail?: boolean;
}

/** Runs a command to its end. Throws where it fails and may not. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Result> {
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    env: options.env ?? {},
    cwd: options.directory ?? Deno.cwd(),
    signal: AbortSignal.timeout(options.timeout ?? 20_000),
  }).spawn();
  const [output] = await Promise.all([child.output(), feed(child, options.input)]);
  const result = {
    code: output.code,
    stdout: new TextDecoder().decode(output.stdout),
    stderr: new TextDecoder().decode(output.stderr),
  };
  if (result.code !== 0 && options.mayFail !== true) {
    throw new Error(
      `${command.join(" ")}: status ${result.code}\n${result.stdout}${result.stderr}`,
    );
  }
  return result;
}

async function feed(child: Deno.ChildProcess, input: string | Uint8Array | undefined) {
  if (input === undefined) return;
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  try {
    const writer = child.stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
  } catch {
    // The command ended without reading everything: its status tells whether that was right.
  }
}

/** A program that runs until it is stopped. */
export class Daemon implements AsyncDisposable {
  /** All that it printed so far. */
  stdout = "";
  stderr = "";
  readonly #command: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #drained: Promise<unknown>;
  #status: Deno.CommandStatus | null = null;
  #changed = Promise.withResolvers<void>();

  constructor(command: readonly string[], options: { env?: Record<string, string> } = {}) {
    this.#command = command;
    this.#child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: options.env ?? {},
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {});
    this.#drained = Promise.all([
      this.#collect(this.#child.stdout, (text) => this.stdout += text),
      this.#collect(this.#child.stderr, (text) => this.stderr += text),
      this.#child.status.then((status) => {
        this.#status = status;
        this.#wake();
      }),
    ]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#status === null;
  }

  /** Writes to the program's standard input. */
  async write(text: string | Uint8Array): Promise<void> {
    await this.#input.write(typeof text === "string" ? new TextEncoder().encode(text) : text);
  }

  /** Waits until the program's output matches; throws where it ends or `timeout` passes before. */
  async waitFor(pattern: RegExp, timeout = 10_000): Promise<RegExpMatchArray> {
    const deadline = Date.now() + timeout;
    while (true) {
      const match = this.stderr.match(pattern) ?? this.stdout.match(pattern);
      if (match) return match;
      if (!this.running) throw new Error(this.#complaint(`ended without printing ${pattern}`));
      if (Date.now() >= deadline) throw new Error(this.#complaint(`did not print ${pattern}`));
      await this.#change(deadline - Date.now());
    }
  }

  /** Sends the signal and waits for the end; kills the program where it is deaf to it. */
  async stop(signal: Deno.Signal = "SIGTERM", patience = 5_000): Promise<Result> {
    this.signal(signal);
    return await this.ended(patience);
  }

  signal(signal: Deno.Signal): void {
    try {
      if (this.running) this.#child.kill(signal);
    } catch {
      // It ended meanwhile.
    }
  }

  /** Waits for the end; kills the program after `patience` milliseconds. */
  async ended(patience = 5_000): Promise<Result> {
    const timer = setTimeout(() => this.signal("SIGKILL"), patience);
    await this.#drained;
    clearTimeout(timer);
    await this.#input.close().catch(() => {});
    return { code: this.#status!.code, stdout: this.stdout, stderr: this.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void) {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      add(decoder.decode(bytes, { stream: true }));
      this.#wake();
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async #change(timeout: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, timeout));
    await Promise.race([this.#changed.promise, late]);
    clearTimeout(timer);
  }

  #complaint(what: string): string {
    return `${this.#command.join(" ")} ${what}:\n${this.stderr}${this.stdout}`;
  }
}

/** Asks again and again until the answer is neither null nor false; throws after `timeout`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | false>,
  { timeout = 10_000, every = 25 } = {},
): Promise<T> {
  const deadline = Date.now() + timeout;
  while (true) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (Date.now() >= deadline) throw new Error(`${what}: not within ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
