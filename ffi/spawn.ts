// Programs that this process starts. By libc, so that a compiled binary needs no right of Deno to run
// programs, which would be a right of every package in it.

import { toCString } from "./library.ts";
import { libc } from "./libc.ts";
import { linux } from "./linux.ts";
import { addressOf } from "./memory_address.ts";
import { RawFile, SystemError } from "./raw_file.ts";

/** Room for posix_spawnattr_t and posix_spawn_file_actions_t: glibc's take 336 and 80 bytes. */
const STRUCT_BYTES = 512;
/** Room for sigset_t: 128 bytes. */
const SIGNAL_SET_BYTES = 128;

/** <signal.h> and <fcntl.h> */
const SIGPIPE = 13;
const F_GETFD = 1;
const FD_CLOEXEC = 1;
const O_CLOEXEC = 0x80000;

/** <spawn.h> */
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

export interface SpawnOptions {
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Pairs: the number in the program, and the descriptor of this process that it stands for. They are
   * made in this order, each after those before; 0 to 2 are this process's own if not given.
   */
  readonly descriptors?: readonly (readonly [number, number])[];
  /** Whether it leaves the terminal, so that no key reaches it. */
  readonly apart?: boolean;
}

/** How a program ended: with a status, or by a signal. */
export type Exit = { readonly status: number } | { readonly signal: number };

/** Starts `command`, whose first word is a path: its process id. Throws SystemError. Linux only. */
export function spawn(command: readonly string[], options: SpawnOptions): number {
  const { environment, descriptors = [], apart = false } = options;
  const [actions, attributes] = [new Uint8Array(STRUCT_BYTES), new Uint8Array(STRUCT_BYTES)];
  const symbols = linux();
  symbols.posix_spawn_file_actions_init(actions);
  for (const [number, descriptor] of descriptors) {
    symbols.posix_spawn_file_actions_adddup2(actions, descriptor, number);
  }
  symbols.posix_spawnattr_init(attributes);
  // The runtime ignores SIGPIPE, and a program would inherit that.
  symbols.posix_spawnattr_setsigdefault(attributes, signalSet(SIGPIPE));
  symbols.posix_spawnattr_setsigmask(attributes, signalSet());
  const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (apart ? POSIX_SPAWN_SETSID : 0);
  symbols.posix_spawnattr_setflags(attributes, flags);
  const pid = new Int32Array(1);
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const [argv, envp] = [pointers(command), pointers(variables)];
  const error = symbols.posix_spawn(
    new Uint8Array(pid.buffer),
    toCString(command[0]!),
    actions,
    attributes,
    argv.array,
    envp.array,
  );
  symbols.posix_spawn_file_actions_destroy(actions);
  symbols.posix_spawnattr_destroy(attributes);
  if (error !== 0) throw new SystemError(error);
  return pid[0]!;
}

/** Waits for the end of a program that `spawn` has started. */
export async function waitFor(pid: number): Promise<Exit> {
  const bits = new Int32Array(1);
  // Again if a signal interrupts it.
  while (await linux().waitpid(pid, new Uint8Array(bits.buffer), 0) !== pid);
  const signal = bits[0]! & 0x7f;
  return signal === 0 ? { status: bits[0]! >> 8 & 0xff } : { signal };
}

/** Sends a signal to a process. Returns whether there is one that may be sent it. */
export function sendSignal(pid: number, signal: number): boolean {
  return libc().kill(pid, signal) === 0;
}

/** Makes a FIFO that only this user can open. Throws Error. */
export function makeFifo(path: string): void {
  if (linux().mkfifo(toCString(path), 0o600) !== 0) throw new Error(`cannot make the FIFO ${path}`);
}

/** A pipe that programs do not inherit: its reading and its writing end. Throws Error. */
export function openClosingPipe(): readonly [RawFile, RawFile] {
  const ends = new Int32Array(2);
  if (linux().pipe2(new Uint8Array(ends.buffer), O_CLOEXEC) !== 0) {
    throw new Error("no free descriptor");
  }
  return [RawFile.of(ends[0]!), RawFile.of(ends[1]!)];
}

/** Whether programs inherit this descriptor: what this process opens itself is closed for them. */
export function isInherited(descriptor: number): boolean {
  const flags = libc().fcntl(descriptor, F_GETFD, 0n);
  return flags >= 0 && (flags & FD_CLOEXEC) === 0;
}

/** The sigset_t of some signals. */
function signalSet(...signals: readonly number[]): Uint8Array<ArrayBuffer> {
  const set = new Uint8Array(SIGNAL_SET_BYTES);
  for (const signal of signals) set[(signal - 1) >> 3]! |= 1 << ((signal - 1) & 7);
  return set;
}

/** A NULL-terminated array of C strings. `texts` keeps them in memory. */
function pointers(strings: readonly string[]) {
  const texts = strings.map(toCString);
  const array = new Uint8Array(new BigUint64Array([...texts.map(addressOf), 0n]).buffer);
  return { texts, array };
}
