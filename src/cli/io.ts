// The world outside: what commands read from and write to. Tests put their own in its place.

/** Where results go. */
export interface ResultStream {
  /** Done when all is handed to the system. Throws Deno.errors.BrokenPipe where nobody reads on. */
  write(data: string | Uint8Array): Promise<void>;
  /** Its width where it is a terminal, else null. */
  width(): number | null;
}

/** Where messages go: at once, and never a reason to fail. */
export interface MessageStream {
  write(text: string): void;
  readonly terminal: boolean;
}

export interface Io {
  readonly stdout: ResultStream;
  readonly stderr: MessageStream;
  env(name: string): string | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  /** Whether a person sits there: keys can be read, and a screen drawn. */
  readonly interactive: boolean;
  /** Calls back at each signal, until the returned function is called. */
  onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP", heard: () => void): () => void;
  /** Ends the process at once. */
  exit(status: number): void;
}

/** This process. */
export function systemIo(): Io {
  return {
    stdout: { write: writeResult, width: terminalWidth },
    stderr: { write: writeMessage, terminal: Deno.stderr.isTerminal() },
    interactive: Deno.stdin.isTerminal() && Deno.stdout.isTerminal() &&
      Deno.env.get("TERM") !== "dumb",
    env: (name) => Deno.env.get(name),
    now: () => Date.now(),
    onSignal(signal, heard) {
      Deno.addSignalListener(signal, heard);
      return () => Deno.removeSignalListener(signal, heard);
    },
    exit: (status) => Deno.exit(status),
  };
}

const encoder = new TextEncoder();

async function writeResult(data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

function writeMessage(text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // Nobody reads the messages; the work goes on.
  }
}

function terminalWidth(): number | null {
  if (!Deno.stdout.isTerminal()) return null;
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}
