// Standard streams, environment, clock and signals. Tests have their own.

import type { Confinement, Privileges } from "../privileges/confine.ts";

/** For results. */
export interface ResultStream {
  /** Throws Deno.errors.BrokenPipe if the reader has closed it. */
  write(data: string | Uint8Array): Promise<void>;
  /** Its width if it is a terminal, else null. */
  width(): number | null;
}

/** For messages. Writing is synchronous and never throws. */
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
  /** Whether input and output are a terminal that can show a screen. */
  readonly interactive: boolean;
  /** Calls `heard` at each signal, until the returned function is called. */
  onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP", heard: () => void): () => void;
  /** Ends the process at once. */
  exit(status: number): void;
  /** Gives privileges away. `warn` hears what could not be given away. Throws UserError. */
  confine(confinement: Confinement, warn: (message: string) => void): Promise<Privileges>;
  /** What this process may do now. */
  privileges(): Promise<Privileges>;
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
    confine: async (...args) => (await import("../privileges/confine.ts")).confine(...args),
    privileges: async () => (await import("../privileges/confine.ts")).currentPrivileges(),
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
    // Nobody can read the message: go on.
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
