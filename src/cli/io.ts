// Standard streams, environment, clock and signals. Tests have their own.

import { readSystemFile } from "../../ffi/raw_file.ts";
import type { Confinement, Privileges } from "../privileges/confine.ts";
import { OutputAside, type ResultStream, StandardOutput } from "./standard_output.ts";
import { resultsDescriptor } from "./start.ts";

/** For messages. Writing is synchronous and never throws. */
export interface MessageStream {
  write(text: string): void;
  readonly terminal: boolean;
}

export type HandledSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGUSR1" | "SIGUSR2";

export interface Io {
  readonly stdout: ResultStream;
  readonly stderr: MessageStream;
  env(name: string): string | undefined;
  /** The names of all environment variables. */
  envNames(): string[];
  /** The configuration file that is read if it is there; null for none. */
  readonly configFile: string | null;
  /** Milliseconds since 1970. */
  now(): number;
  /** Whether input and output are a terminal that can show a screen. */
  readonly interactive: boolean;
  /** Calls `heard` at each signal, until the returned function is called. */
  onSignal(signal: HandledSignal, heard: () => void): () => void;
  /** Whether this process was started on a terminal that is gone by now, and is not to outlive it. */
  isTerminalGone(): boolean;
  /** Ends the process at once. */
  exit(status: number): void;
  /** Gives privileges away. `warn` hears what could not be given away. Throws UserError. */
  confine(confinement: Confinement, warn: (message: string) => void): Promise<Privileges>;
  /** What this process may do now. */
  privileges(): Promise<Privileges>;
}

/** This process. */
export function systemIo(): Io {
  const hasTerminal = isOnTerminal() && !isHangUpIgnored();
  const results = resultsDescriptor();
  return {
    stdout: results === null ? new StandardOutput() : new OutputAside(results),
    stderr: { write: writeMessage, terminal: Deno.stderr.isTerminal() },
    interactive: Deno.stdin.isTerminal() && Deno.stdout.isTerminal() &&
      Deno.env.get("TERM") !== "dumb",
    env: (name) => Deno.env.get(name),
    envNames: () => Object.keys(Deno.env.toObject()),
    configFile: "/etc/webstat.yaml",
    now: () => Date.now(),
    onSignal(signal, heard) {
      Deno.addSignalListener(signal, heard);
      return () => Deno.removeSignalListener(signal, heard);
    },
    isTerminalGone: () => hasTerminal && !isOnTerminal(),
    exit: (status) => Deno.exit(status),
    confine: async (...args) => (await import("../privileges/confine.ts")).confine(...args),
    privileges: async () => (await import("../privileges/confine.ts")).currentPrivileges(),
  };
}

const isOnTerminal = () => Deno.stdin.isTerminal() || Deno.stderr.isTerminal();

/** As nohup has it for programs that are to outlive their terminal. */
function isHangUpIgnored(): boolean {
  if (Deno.build.os !== "linux") return false;
  const ignored = /^SigIgn:\s*([0-9a-f]+)/m.exec(readSystemFile("/proc/self/status") ?? "")?.[1];
  return (Number.parseInt(ignored ?? "0", 16) & 1) === 1;
}

const encoder = new TextEncoder();

function writeMessage(text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // Nobody can read the message: go on.
  }
}
