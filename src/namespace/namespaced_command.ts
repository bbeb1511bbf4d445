// A command in a network namespace of its own. It is a child of webstat with webstat's own streams; pasta
// connects the namespace with the network, and writes each packet that passes to a FIFO.

import { RawFile } from "../../ffi/raw_file.ts";
import {
  type Exit,
  isInherited,
  makeFifo,
  openClosingPipe,
  sendSignal,
  spawn,
  waitFor,
} from "../../ffi/spawn.ts";
import { UserError } from "../errors.ts";
import { namespaceObstacle, pastaObstacle } from "./obstacles.ts";
import { findPrograms, type Programs } from "./programs.ts";
import { FORWARDED_RESOLVER, namespaceResolver, readResolver } from "./resolver.ts";
import { holder, type HolderDescriptors, KEEPER } from "./scripts.ts";

const SHELL = "/bin/sh";
const NOWHERE = "/dev/null";
const SIGKILL = 9;
/** Each user of the machine is the same user in the namespace. */
const ALL_USERS = "0 0 4294967295\n";
/** pasta's profile of AppArmor lets it write here. */
const TEMPORARY = "/tmp";

export interface NamespaceOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the command reaches servers on the machine's loopback at 127.0.0.1, which nobody sees. */
  readonly localhost: boolean;
}

/** The folder for a command's FIFOs and key log. Nobody else can open it; the keeper removes it. */
export class NamespaceFolder {
  readonly path = Deno.makeTempDirSync({ dir: TEMPORARY, prefix: "webstat-run-" });
  readonly packets = `${this.path}/packets`;
  readonly gate = `${this.path}/gate`;
  readonly resolver = `${this.path}/resolv.conf`;
  readonly keyLog = `${this.path}/keys`;

  constructor() {
    makeFifo(this.packets);
    makeFifo(this.gate);
    Deno.writeTextFileSync(this.keyLog, "", { mode: 0o600 });
  }

  /** If there is no keeper that does. */
  remove(): void {
    try {
      Deno.removeSync(this.path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

export class NamespacedCommand {
  /** How the command ended. */
  readonly ended: Promise<Exit>;
  /** What pasta said before its end, which should not come before `close`. */
  readonly disconnected: Promise<string>;
  readonly #pid: number;
  /** Then another process may have its number. */
  #hasEnded = false;
  /** Whether the holder came further, see holder(). */
  readonly #next: () => Promise<boolean>;
  /** The command begins with a line that is written here, and does not if it is closed before. */
  readonly #start: RawFile;
  /** Its end is that of pasta, see KEEPER. */
  readonly #keeper: number;
  readonly #keeperInput: RawFile;
  /** Keeps the FIFO open before pasta and the reader have opened it. */
  readonly #packets: RawFile;

  private constructor(started: {
    readonly pid: number;
    readonly start: RawFile;
    readonly next: () => Promise<boolean>;
    readonly keeper: number;
    readonly keeperInput: RawFile;
    readonly packets: RawFile;
    readonly disconnected: Promise<string>;
    readonly ended: Promise<Exit>;
  }) {
    this.#pid = started.pid;
    this.#start = started.start;
    this.#next = started.next;
    this.#keeper = started.keeper;
    this.#keeperInput = started.keeperInput;
    this.#packets = started.packets;
    this.disconnected = started.disconnected;
    this.ended = started.ended;
    this.ended.then(() => this.#hasEnded = true);
  }

  /** Resolves when the namespaces are there, and pasta is started. Throws UserError. */
  static async start(
    command: readonly string[],
    folder: NamespaceFolder,
    options: NamespaceOptions,
  ): Promise<NamespacedCommand> {
    const programs = findPrograms(options.environment.PATH ?? "");
    const resolver = namespaceResolver(readResolver());
    if (resolver !== null) Deno.writeTextFileSync(folder.resolver, resolver);
    const packets = RawFile.open(folder.packets, { readAndWrite: true });
    const held = hold(command, folder, programs, resolver !== null, options);
    const ended = waitFor(held.pid);
    if (!await held.next()) {
      packets.close();
      throw new UserError(`cannot make a network namespace: ${namespaceObstacle()}`);
    }
    if (Deno.uid() === 0) mapAllUsers(held.pid);
    const connection = connect(held.pid, folder, programs, resolver !== null, options);
    return new NamespacedCommand({ ...connection, ...held, packets, ended });
  }

  /** Resolves when the network is there. Throws UserError if pasta fails. */
  async connected(): Promise<void> {
    const failure = await Promise.race([
      this.#next().then((isConnected) => isConnected ? null : this.disconnected),
      this.disconnected,
    ]);
    if (failure === null) return;
    this.signal(SIGKILL);
    throw new UserError(`cannot connect the command with the network: ${pastaObstacle(failure)}`);
  }

  /** Once it is connected. */
  begin(): void {
    this.#start.writeSync(new TextEncoder().encode("\n"));
  }

  /** By its number; nothing once the command has ended. */
  signal(signal: number): void {
    if (!this.#hasEnded) sendSignal(this.#pid, signal);
  }

  /** Takes the packets that nobody else reads any more, as pasta would wait. */
  async discard(): Promise<void> {
    const bytes = new Uint8Array(1 << 16);
    while (await this.#packets.read(bytes) !== null);
  }

  /** Ends the connection with the network and the FIFO, and removes the folder. */
  async close(): Promise<void> {
    this.#start.close();
    this.#keeperInput.close();
    await waitFor(this.#keeper);
    this.#packets.close();
  }
}

/** Starts what becomes the command. `next` tells whether it came further, see holder(). */
function hold(
  command: readonly string[],
  folder: NamespaceFolder,
  { unshare }: Programs,
  hasResolver: boolean,
  { environment }: NamespaceOptions,
): { readonly pid: number; readonly start: RawFile; next(): Promise<boolean> } {
  const isRoot = Deno.uid() === 0;
  const [waiting, start] = openClosingPipe();
  const [reading, writing] = openClosingPipe();
  const nothing = RawFile.open(NOWHERE, { readAndWrite: true });
  const numbers = holderDescriptors([writing, waiting, nothing]);
  // In the outer user namespace this user is root, who may mount; the command is itself again.
  const again = [`--map-user=${Deno.uid()}`, `--map-group=${Deno.gid()}`];
  const pid = spawn([
    ...[unshare, "--user", ...isRoot ? [] : ["--map-root-user"], "--net", "--mount"],
    ...[SHELL, "-c", holder(numbers), "webstat", folder.gate, hasResolver ? folder.resolver : ""],
    ...isRoot ? [] : [unshare, "--user", ...again, "--"],
    ...command,
  ], {
    environment,
    descriptors: [
      ...[[numbers.errors, 2], [2, nothing.descriptor]] as const,
      ...[[numbers.progress, writing.descriptor], [numbers.start, waiting.descriptor]] as const,
    ],
  });
  for (const file of [writing, waiting, nothing]) file.close();
  return { pid, start, next: async () => await reading.read(new Uint8Array(1)) !== null };
}

/**
 * Numbers that stand for nothing the command inherits, such as the pipe of make's job server; the
 * highest if there are too few. `sources` would be overwritten by each other.
 */
function holderDescriptors(sources: readonly RawFile[]): HolderDescriptors {
  const digits = [9, 8, 7, 6, 5, 4, 3]
    .filter((number) => sources.every(({ descriptor }) => descriptor !== number));
  const [progress, errors, start] = [
    ...digits.filter((number) => !isInherited(number)),
    ...digits.filter(isInherited),
  ] as [number, number, number];
  return { progress, errors, start };
}

/** As unshare maps only the user that calls it. */
function mapAllUsers(pid: number): void {
  const map = new TextEncoder().encode(ALL_USERS);
  for (const path of [`/proc/${pid}/uid_map`, `/proc/${pid}/gid_map`]) {
    const file = RawFile.open(path, { write: true });
    file.writeSync(map);
    file.close();
  }
}

/** Starts pasta for the network namespace of process `pid`. */
function connect(
  pid: number,
  { path, packets, gate }: NamespaceFolder,
  { pasta }: Programs,
  hasResolver: boolean,
  { localhost, environment }: NamespaceOptions,
) {
  const [input, keeperInput] = openClosingPipe();
  const [messages, errors] = openClosingPipe();
  // From outside no port leads to the command.
  const ports = ["-t", "none", "-u", "none"];
  const local = localhost ? "auto" : "none";
  const keeper = spawn([
    ...[SHELL, "-c", KEEPER, "webstat", path],
    ...[pasta, "--foreground", "--quiet", "--config-net", ...ports, "-T", local, "-U", local],
    // The gateway stays what it is: pasta would have it stand for this machine.
    "--no-map-gw",
    ...hasResolver ? ["--dns-forward", FORWARDED_RESOLVER] : [],
    ...Deno.uid() === 0 ? ["--runas", "0"] : [],
    ...["--pcap", packets, "--pid", gate, `${pid}`],
  ], {
    environment,
    descriptors: [[0, input.descriptor], [1, errors.descriptor], [2, errors.descriptor]],
    apart: true,
  });
  input.close();
  errors.close();
  return { keeper, keeperInput, disconnected: readAll(messages) };
}

/** The end of what is written there. */
async function readAll(file: RawFile): Promise<string> {
  const [decoder, bytes] = [new TextDecoder(), new Uint8Array(4096)];
  let text = "";
  for (let count; (count = await file.read(bytes)) !== null;) {
    text = (text + decoder.decode(bytes.subarray(0, count), { stream: true })).slice(-4096);
  }
  file.close();
  return text;
}
